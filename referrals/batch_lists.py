"""The printed lists of a program, filled in: under the name the program gives them, with its columns and copies.

Which lists there are is read from the program: its papers that are lists or receipts, a hand-out list where it gives
goods, a sheet of signatures where several bodies sign. A value is printed only where it is open to the viewer now; a
list with a hole in it is not printed at all.
"""

import re
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from members.access import Refusal
from portal.lib import money
from programs import catalogue, wording
from programs.blank_forms import LISTS, RECEIPTS, columns_of_list
from programs.sentences import value_text
from programs.words import PARTIES, PARTS, say
from referrals import disclosure, instalments, listed
from referrals.batch_routes import asks_bill, is_filed, program_of
from referrals.items import ITEMS, item_of_fact
from referrals.models import AidInstalment, PersonFact

# A list for the bank: these six columns, in this order, and no other.
PAYMENT = (
    ("name", gettext_lazy("姓名")), ("id_number", gettext_lazy("身份证号")), ("phone", gettext_lazy("联系方式")),
    ("account", gettext_lazy("银行账号")), ("bank", gettext_lazy("开户行")), ("bank_code", gettext_lazy("行号")),
)  # fmt: skip
# column -> (item of the data dictionary that must be open, function(row) -> text)
READERS = {
    "name": ("name", lambda row: row.person.name),
    "gender": ("gender", lambda row: str(row.person.get_gender_display())),
    "id_number": ("number", lambda row: row.person.number),
    "phone": ("phone", lambda row: row.person.phone),
    "address": ("address", lambda row: row.person.address),
    "residence": ("residence", lambda row: row.person.residence.name),
    "account": ("account", lambda row: _payee(row, "account") or row.person.account),
    "bank": ("account", lambda row: _payee(row, "bank") or row.person.bank),
    "bank_code": ("account", lambda row: row.person.private.get("bank_code", "")),
    "amount": ("", lambda row: _sum(row)),
    "bill": ("", lambda row: _money(row.bill)),
    "own_share": ("", lambda row: _money(row.own_share)),
    "listed": ("", lambda row: _money(row.listed)),
    "treated_on": ("", lambda row: row.treated_on.isoformat() if row.treated_on else ""),
    "received_on": ("", lambda row: row.received_on.isoformat() if row.received_on else ""),
}


@dataclass(frozen=True)
class PrintedList:
    code: str
    title: str
    columns: tuple  # ((code, label), …)
    sheets: int = 1
    filed: str = ""
    is_numbered: bool = True
    signers: tuple = ()
    # Where it is signed month by month: the months there are, and the one of this sheet.
    months: tuple = ()
    month: date | None = None

    @property
    def items(self):
        """What of the people has to be open."""
        return frozenset(item for code, _label in self.columns if (item := item_of_column(code)))

    @property
    def copies(self):
        return range(1, self.sheets + 1)


def item_of_column(code):
    if code.startswith("fact:"):
        item = item_of_fact(code.removeprefix("fact:"))
        return item.code if item else ""
    return READERS.get(code, ("", None))[0]


def lists_of(batch):
    """Every list the program has for its lists of people."""
    program, vocabulary = program_of(batch), catalogue.vocabulary()
    found = [_of_paper(program, paper, vocabulary) for paper in program.papers if paper.kind in LISTS | RECEIPTS]
    if any(step.kind == "provide" for step in program.steps):
        found.append(_handout(program))
    if is_filed(program):
        found += [_filing(batch, program, paper) for paper in program.papers if paper.kind == "program_form"]
    for step in program.steps:
        if step.kind == "sign_off":
            found.append(_signatures(step))
    return found


def list_of(batch, code, month=""):
    """One of them, for one month where it is signed month by month: by itself the first that is not signed for."""
    found = next((one for one in lists_of(batch) if one.code == code), None)
    if found is None or code not in _monthly(program_of(batch)):
        return found
    lines = list(batch.rows.listed().filter(line__isnull=False).values_list("line", flat=True))
    months = tuple(instalments.months_of(lines))
    if not months:
        return found
    left = instalments.months_of(lines, AidInstalment.objects.filter(skipped_at=None, signed_on=None))
    named = next((one for one in months if f"{one:%Y-%m}" == month), None)
    return replace(found, months=months, month=named or (left or months)[0])


def _monthly(program):
    return {paper.code.lower() for paper in program.papers if paper.kind in RECEIPTS} if program.benefit.plan else ()


def _of_paper(program, paper, vocabulary):
    if paper.kind == "payment_list":
        columns, is_numbered = PAYMENT, False
    elif paper.kind in RECEIPTS:
        columns, is_numbered = _receipt_columns(program), True
    else:
        columns, is_numbered = columns_of_list(program, paper, vocabulary), True
    return PrintedList(
        paper.code.lower(), title_of(paper), tuple(columns), max(paper.originals, 1), wording.parties(paper.filed),
        is_numbered, (_("填报单位（盖章）"), _("经办人")),
    )  # fmt: skip


def _filing(batch, program, paper):
    """The approval form of what is filed: everybody on one list, with what each was charged and what is asked."""
    bill = [("treated_on", _("手术日期")), ("bill", _("费用总额（元）")), ("own_share", _("本人自付（元）"))]
    columns = (
        ("name", _("姓名")), ("gender", _("性别")), ("id_number", _("证件号码")), ("residence", _("所在地")),
        *(bill if asks_bill(program) else ()), ("listed", _("申请金额（元）")), ("amount", _("核定金额（元）")),
        ("blank:remark", _("备注")),
    )  # fmt: skip
    title = title_of(paper)
    if "当年" in paper.names[0]:
        title = _("%(year)s 年%(title)s") % {"year": (batch.until or batch.made_at).year, "title": title}
    return PrintedList(
        paper.code.lower(), title, columns, max(paper.originals, 1), wording.parties(paper.filed),
        signers=(_("申报单位（盖章）"), _("审批单位（盖章）")),
    )  # fmt: skip


def title_of(paper):
    """Its printed name; without one the paper's own, without what stands in brackets behind it."""
    return paper.form or re.sub(r"（.*|[《》]|一式.份", "", paper.name).strip()


def _receipt_columns(program):
    plan = program.benefit.plan
    parts = (
        [(f"part:{name}", _("%(part)s（元）") % {"part": say(PARTS, name)}) for name, _sum in plan.parts]
        if plan
        else []
    )
    return [
        ("name", _("姓名")),
        *(parts or [("amount", _("金额（元）"))]),
        ("blank:signature", _("签名")),
        ("blank:day", _("日期")),
    ]


def _handout(program):
    columns = (
        ("name", _("姓名")), ("residence", _("住址")), ("amount", _("物资折价（元）")), ("blank:goods", _("物资")),
        ("blank:signature", _("签收人签名")), ("received_on", _("签收日期")),
    )  # fmt: skip
    title = _("“%(program)s”物资发放签收表") % {"program": program.name}
    return PrintedList("handout", title, columns, signers=(_("发放单位（盖章）"), _("发放人")))


def _signatures(step):
    bodies = [(f"blank:{body}", say(PARTIES, body)) for body in step.bodies]
    columns = (("name", _("姓名")), ("id_number", _("证件号码")), *bodies)
    return PrintedList("sign_off", _("会签表"), columns, step.sheets or 1, signers=(_("填报单位（盖章）"),))


# -- Filling in -------------------------------------------------------------------------------------------------------
def filled(viewer, batch, wanted):
    """[(row, permitted, [(code, text)])]; a Refusal that names the rows of which not everything is open."""
    rows = _of_month(list(batch.rows.listed().with_people()), wanted.month)
    permitted = disclosure.permitted_each(viewer, [row.person for row in rows], is_payment=wanted.columns == PAYMENT)
    if closed := [row.number for row in rows if not wanted.items <= permitted[row.person_id].items]:
        numbers = str(_("、")).join(map(str, closed[:20]))
        raise Refusal(_("序号 %(numbers)s 的内容您现在不能全部查看，整份名单都不打印、不导出。") % {"numbers": numbers})
    facts = _facts_of([row.person_id for row in rows], wanted)
    return [
        (row, permitted[row.person_id], [(code, _value(row, code, facts)) for code, _label in wanted.columns])
        for row in rows
    ]


def _of_month(rows, month):
    """Those who get something for this month, with it."""
    if month is None:
        return rows
    found = AidInstalment.objects.filter(line__in=[row.line_id for row in rows], month=month, skipped_at=None)
    of_line = {one.line_id: one for one in found}
    for row in rows:
        row.instalment = of_line.get(row.line_id)
    return [row for row in rows if row.instalment]


def shown_items(wanted, values):
    """As the log of what was seen wants it: [(group, [(item, value)])]."""
    return [("", [(ITEMS[item], text) for code, text in values if (item := item_of_column(code))])]


def _facts_of(ids, wanted):
    names = [code.removeprefix("fact:") for code, _label in wanted.columns if code.startswith("fact:")]
    rows = PersonFact.objects.standing().filter(person__in=ids, name__in=names) if names else []
    return {(fact.person_id, fact.name): fact.known for fact in rows if fact.known is not None}


def _value(row, code, facts):
    if code.startswith("fact:"):
        name = code.removeprefix("fact:")
        known = facts.get((row.person_id, name))
        return "" if known is None else value_text(catalogue.vocabulary()[name], known)
    if code.startswith("part:"):
        amount = dict(_parts(row)).get(code.removeprefix("part:"))
        return "" if amount is None else money.show(amount).removesuffix(" 元")
    return READERS[code][1](row) if code in READERS else ""


def _parts(row):
    """Of the month of this sheet; before anything was approved, as the program says."""
    if instalment := getattr(row, "instalment", None):
        return [(name, Decimal(amount)) for name, amount in instalment.parts]
    return program_of(row.batch).benefit.plan.parts


def _payee(row, name):
    return row.line.payee.get(name, "") if row.line else ""


def _sum(row):
    """Of what was filed nothing is set before somebody proposed it."""
    return "" if row.is_filed and row.line is None else _money(listed.sum_of(row))


def _money(amount):
    return "" if amount is None else f"{amount:,.2f}"
