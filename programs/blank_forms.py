"""The printed forms of a program, empty: what is to be filled in by hand, under the name that stands in its head.

The annex prints the names of the forms and not their fields. So the fields are those the program itself asks for: the
person, what its conditions and sums look at, where the money goes, the papers that come along, and a box for each hand
the form passes through. Where a paper lists fields of its own (`fields`), these stand there instead.
"""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from programs import wording
from programs.facts import pick
from programs.leaflets import FAMILY, paper_row
from programs.rules import facts_of, tests_of
from programs.words import PARTIES, say

LISTS = frozenset({"summary_table", "quarterly_summary", "payment_list"})
RECEIPTS = frozenset({"receipt"})
ROWS_OF_LIST = 12
CHILDHOOD = 18
NARROW = 8  # so many signs of choices have room in half a row
# Told by who the person is, in the first part of every form.
OF_THE_PERSON = frozenset({
    "as_of", "birth_date", "age_years", "age_at_first_grant", "gender", "nationality", "compatriot_origin",
    "hukou_code", "residence_code", "has_id_card", "applied_by", "prior_grants", "documents_held", "document_seals",
})  # fmt: skip
# Steps that leave a word and a seal on the form.
SIGNED = frozenset({"select", "check", "visit", "sign_off", "forward", "approve"})
SIGNED_TOGETHER = frozenset({"forward", "approve"})


@dataclass(frozen=True)
class Field:
    """One thing to fill in: room to write, with its unit, or boxes to tick; or what stands there already."""

    label: str
    boxes: tuple = ()
    unit: str = ""
    text: str = ""

    @property
    def is_wide(self):
        return sum(map(len, self.boxes)) > NARROW


@dataclass(frozen=True)
class Part:
    title: str
    fields: tuple

    @property
    def cells(self):
        """(field, does it take the whole row): two to a row, and no row with a hole in it."""
        found, is_left = [], True
        for field, following in zip(self.fields, [*self.fields[1:], None], strict=True):
            is_alone = is_left and (following is None or following.is_wide)
            is_whole = field.is_wide or is_alone
            found.append((field, is_whole))
            is_left = is_whole or not is_left
        return found


@dataclass(frozen=True)
class Opinion:
    """A box for a word, a signature and a seal."""

    who: str
    what: str


@dataclass(frozen=True)
class BlankForm:
    number: int  # the place of its paper among those of the program, from 1
    title: str
    paper: object
    sheets: int
    filed: str
    parts: tuple = ()
    columns: tuple = ()
    papers: tuple = ()
    signers: tuple = ()
    opinions: tuple = ()

    @property
    def rows(self):
        return range(1, ROWS_OF_LIST + 1) if self.columns else ()


def forms_of(program):
    """(number, paper) of those papers that are a printed form."""
    return [(number, paper) for number, paper in enumerate(program.papers, start=1) if paper.form]


def blank_form(program, number, vocabulary):
    """The form on which that paper is written, or None where it is no printed form."""
    paper = dict(forms_of(program)).get(number)
    if paper is None:
        return None
    common = {
        "number": number,
        "title": paper.form,
        "paper": paper,
        "sheets": paper.originals,
        "filed": wording.parties(paper.filed),
    }
    if paper.kind in LISTS:
        return BlankForm(
            **common, columns=columns_of(program, paper, vocabulary), opinions=opinions_of(program, SIGNED_TOGETHER)
        )
    if paper.kind in RECEIPTS:
        return BlankForm(**common, parts=receipt_parts(paper), signers=(_("领取人"), _("发放单位（盖章）")))
    return BlankForm(
        **common,
        parts=parts_of(program, paper, vocabulary),
        papers=tuple(attached(program, paper, vocabulary)),
        signers=(_("申请人（监护人、代办人）"),) if is_by_family(program) else (_("经办人"),),
        opinions=opinions_of(program, SIGNED),
    )


# -- What is filled in ------------------------------------------------------------------------------------------------
def parts_of(program, paper, vocabulary):
    if paper.fields:
        return (Part(_("填写内容"), tuple(map(Field, paper.fields))),)
    who = _("申请人") if is_by_family(program) else _("受助人")
    found = [Part(who, tuple(person_fields(program)))]
    if not is_by_family(program):
        found.append(Part(_("填报单位"), (Field(_("单位名称")), Field(_("经办人")), Field(_("联系电话")))))
    elif has_guardian(program, vocabulary):
        found.append(Part(_("监护人"), tuple(guardian_fields())))
    asked = asked_facts(program, vocabulary)
    for title, is_office in ((_("申请情况"), False), (_("由经办单位核对后填写"), True)):
        fields = [fact_field(fact, program, vocabulary) for fact in asked if (fact.knows == "bureau") is is_office]
        if is_office:
            fields.append(Field(_("以前得到过本项目的资助"), (_("没有"), _("有，时间和金额："))))
        if fields:
            found.append(Part(title, tuple(fields)))
    if program.benefit.unit == "money":
        found.append(Part(_("收款"), tuple(payment_fields(program))))
    return tuple(found)


def person_fields(program):
    yield Field(_("姓名"))
    yield Field(_("性别"), (_("男"), _("女")))
    yield Field(_("出生日期"))
    yield Field(_("国籍"))
    yield Field(_("证件类型和号码"))
    yield Field(_("联系电话"))
    yield Field(_("户籍地址"))
    yield Field(_("现在住址"))
    if program.beneficiary == "household":
        yield Field(_("家庭人口"), unit=_("人"))


def guardian_fields():
    yield Field(_("监护人姓名"))
    yield Field(_("与申请人的关系"))
    yield Field(_("监护人证件号码"))
    yield Field(_("监护人联系电话"))


def payment_fields(program):
    yield Field(_("付给"), text=program.benefit.payee)
    yield Field(_("户名"))
    yield Field(_("开户银行"))
    yield Field(_("账号"))


def receipt_parts(paper):
    if paper.fields:
        return (Part(_("填写内容"), tuple(map(Field, paper.fields))),)
    labels = (
        _("姓名"), _("证件类型和号码"), _("资助金额（大写）"), _("资助金额（小写，元）"), _("所属年度或批次"),
        _("领取日期"), _("联系电话"), _("代领人和与受助人的关系"),
    )  # fmt: skip
    return (Part(_("领取"), tuple(map(Field, labels))),)


def columns_of(program, paper, vocabulary):
    """The columns of a list of people, after the number of the row."""
    return tuple(label for _code, label in columns_of_list(program, paper, vocabulary))


def columns_of_list(program, paper, vocabulary):
    """((what stands there, label), …); a place's own columns are filled where their name is known, else left blank."""
    asked = [fact for fact in asked_facts(program, vocabulary) if fact.is_number or fact.type == "choice"]
    usual = (
        ("name", _("姓名")), ("gender", _("性别")), ("id_number", _("证件号码")), ("address", _("住址")),
        *((f"fact:{fact.name}", fact.label) for fact in asked[:4]), ("amount", _("金额（元）")),
        ("blank:remark", _("备注")),
    )  # fmt: skip
    if not paper.fields:
        return usual
    known = {label: code for code, label in usual} | {_("身份证号"): "id_number", _("联系电话"): "phone"}
    return tuple((known.get(label, f"blank:{number}"), label) for number, label in enumerate(paper.fields))


# -- What the program asks for ----------------------------------------------------------------------------------------
def conditions_in(program):
    return [program.gate, *(rule.when for rule in program.benefit.rules), *(one.when for one in program.papers)]


def asked_facts(program, vocabulary):
    """Facts that decide about the program, its sums and its papers, as somebody can be asked for them."""
    names = {name for condition in conditions_in(program) for name in facts_of(condition)}
    names |= {rule.pay.fact for rule in program.benefit.rules if getattr(rule.pay, "fact", "")}
    given = {source for name in names for source in vocabulary.asked_for(name)} - OF_THE_PERSON
    facts = [vocabulary[name] for name in sorted(given, key=vocabulary.position.get)]
    return [fact for fact in facts if not fact.is_program_state]


def fact_field(fact, program, vocabulary):
    if fact.type == "bool":
        return Field(fact.label, (_("是"), _("否")))
    if fact.type == "choice":
        return Field(fact.label, tuple(fact.label_of(code) for code in fact.choices))
    if fact.type == "choices":
        named = [fact.label_of(code) for code in fact.choices if code in named_codes(fact.name, program)]
        return Field(fact.label, (*named, _("其他：")))
    return Field(fact.label, unit=fact.unit)


def named_codes(name, program):
    """Which members of a list some condition of the program names."""
    tests = (test for condition in conditions_in(program) for test in tests_of(condition) if test.fact == name)
    found = set()
    for test in tests:
        found |= test.value if isinstance(test.value, frozenset) else {test.value}
    return found


def is_by_family(program):
    return not FAMILY.isdisjoint(program.applicants)


def has_guardian(program, vocabulary):
    """May the person be a child? Then somebody signs for them."""
    highs = [test.high for test in tests_of(program.condition) if test.fact == "age_years" and test.high is not None]
    return "guardian" in program.applicants and all(high <= CHILDHOOD for high in highs)


def attached(program, form, vocabulary):
    """The other papers of the application: (name, how many, only when)."""
    for paper in program.papers:
        if paper is not form and paper.stage == form.stage:
            yield paper.name, paper.count_text(), paper_row(paper, vocabulary).when


def opinions_of(program, kinds):
    """One box for each hand the form passes through; of those who sign together, one for each."""
    found = []
    for step in program.steps:
        if step.kind in kinds and step.bodies:
            found += [Opinion(say(PARTIES, body), _("会签意见")) for body in step.bodies]
        elif step.kind in kinds:
            found.append(Opinion(say(PARTIES, step.actor), pick(step.texts)))
    return tuple(found)
