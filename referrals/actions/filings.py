"""申报: a unit files the people it keeps together, and the unit that manages the program decides on them.

A hospital files its patients with what each was charged, a district charity the households it visited. What is passed
on of each stands under their own consent; with its receipt the list goes over to whoever decides, who sets the sums.
"""

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from members import audit
from members.access import Refusal, may
from programs import catalogue
from programs.kinds import AidForm
from programs.rules import facts_of
from referrals import batch_routes
from referrals.actions import aid
from referrals.actions.batches import MOST_ROWS, keep, locked, put
from referrals.actions.facts import record_facts
from referrals.actions.provisions import provide
from referrals.items import ITEMS, Purpose, item_of_fact
from referrals.list_kinds import BatchState
from referrals.models import Person
from referrals.permissions import refuse_related

# What every list of people shows, and the bank wants to know.
ALWAYS = {"name", "gender", "number", "phone", "address", "residence", "account"}
MOST_TOLD = 5


def people_to_file(actor, batch):
    """Kept by the unit itself, and not on this list yet."""
    listed = batch.rows.values("person")
    return Person.objects.visible_to(actor, "person.edit").filter(keeper=actor.organization_id).exclude(pk__in=listed)


def file_row(actor, batch, version, person, values):
    """Onto a draft. `values`: listed (what is asked, or None), bill, own_share, treated_on.

    What the patient had to pay is known of them from then on: the sum of the program is reckoned from it.
    """
    with transaction.atomic():
        current = locked(actor, batch, "batch.edit", version, [BatchState.DRAFT])
        if batch_routes.decider_of(current) is None:
            raise Refusal(_("这个项目的名册不由别的单位申报。"))
        person = people_to_file(actor, current).filter(pk=person.pk).first()
        if person is None:
            raise Refusal(_("请选择本单位登记、还不在名册上的人。"), field="person")
        refuse_related(actor, person.number, person.name)
        program = batch_routes.program_of(current)
        values = _bill_of(values) if batch_routes.asks_bill(program) else {"listed": values.get("listed")}
        last = current.rows.aggregate(last=Max("number"))["last"] or 0
        if last >= MOST_ROWS:
            raise Refusal(_("一份名册最多 %(n)s 人，请分成几份。") % {"n": MOST_ROWS})
        row = put(current, last + 1, person, actor, is_filed=True, **values)
        if values.get("own_share") is not None:
            source = _("医院申报")
            told = {batch_routes.OWN_SHARE: values["own_share"]}
            record_facts(actor, person, told, source=source, valid_on=values["treated_on"])
        keep(actor, current)
        audit.record(actor, "batch.file", current, organization=current.organization, changes={"row": [None, last + 1]})
    return row


def _bill_of(values):
    bill, own_share, asked = (values.get(name) for name in ("bill", "own_share", "listed"))
    if bill is None or own_share is None or values.get("treated_on") is None:
        raise Refusal(_("请填写手术日期、费用总额和本人自付的金额。"), field="bill")
    if own_share > bill:
        raise Refusal(_("自付不能多于费用总额。"), field="own_share")
    if asked is not None and asked > own_share:
        raise Refusal(_("申请的金额不能多于自付。"), field="listed")
    if values["treated_on"] > timezone.localdate():
        raise Refusal(_("手术日期不能晚于今天。"), field="treated_on")
    return {"bill": bill, "own_share": own_share, "listed": asked, "treated_on": values["treated_on"]}


# -- Handed in --------------------------------------------------------------------------------------------------------
def items_of(program):
    """What of each person goes along: what the lists show, and what the program looks at."""
    names = set(facts_of(program.condition)) | {
        rule.pay.fact for rule in program.benefit.rules if getattr(rule.pay, "fact", "")
    }
    asked = {item.code for name in names if (item := item_of_fact(name)) is not None}
    return [code for code in ITEMS if code in ALWAYS | asked]


def pass_on(actor, batch, rows, decider):
    """Everybody on the list, under their own consent: all of them or nobody."""
    items = items_of(batch_routes.program_of(batch))
    reason = _("名册申报：%(batch)s") % {"batch": batch.label}
    refused = []
    for row in rows:
        if not row.is_filed:
            continue
        try:
            with transaction.atomic():
                provide(actor, row.person, decider, Purpose.REFER_TO_ORG, items, reason)
        except Refusal as refusal:
            refused.append(_("序号 %(n)s：%(why)s") % {"n": row.number, "why": refusal.message})
    if refused:
        told = str(_("；")).join(refused[:MOST_TOLD])
        raise Refusal(_("有 %(n)s 人的信息不能提供给审批单位，名册没有报送。") % {"n": len(refused)} + told)


# -- At whoever decides -----------------------------------------------------------------------------------------------
def rows_to_set(batch):
    """Filed, and nobody has proposed anything for them yet."""
    return batch.rows.listed().filter(line=None, is_filed=True).with_people()


def suggested(row):
    """What was asked, or all the patient paid; within what the program gives at most."""
    amounts = [one for one in (row.listed, row.own_share, most_of(row)) if one is not None]
    return min(amounts) if amounts else None


def most_of(row):
    program = catalogue.parsed(row.batch.program_version, catalogue.vocabulary())
    caps = [rule.pay.cap for rule in program.benefit.rules if getattr(rule.pay, "cap", None) is not None]
    return min(caps) if caps else None


def set_sums(actor, batch, version, sums, *, fund, reason=""):
    """核定: help is proposed for each of these people, by sums {code of a row: amount}; one by one, each by itself.

    (how many went, [(row, why not)])
    """
    with transaction.atomic():
        current = locked(actor, batch, "batch.edit", version, [BatchState.FROZEN])
        if not may(actor, "aid.propose", current.holder) or current.holder_id == current.organization_id:
            raise Refusal(_("名册还没有报到审批单位。"))
        rows = list(rows_to_set(current).filter(code__in=sums))
        done, refused = 0, []
        for row in rows:
            try:
                with transaction.atomic():
                    _propose(actor, current, row, sums[row.code], fund, reason)
                done += 1
            except Refusal as refusal:
                refused.append((row, refusal.message))
        if done:
            keep(actor, current)
            audit.record(
                actor, "batch.set_sums", current, organization=current.organization, changes={"rows": [None, done]}
            )
    return done, refused


def _propose(actor, batch, row, amount, fund, reason):
    values = {
        "form": AidForm.CASH, "amount": amount, "program": batch.program, "round": batch.round, "fund": fund,
        "exception_reason": reason, "is_own_account": aid.has_own_account(actor, row.person),
    }  # fmt: skip
    row.line = aid.propose_aid(actor, row.person, values)
    row.save(update_fields=["line"])
