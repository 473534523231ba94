"""What the government answers to what a charity told it (T13, R84), and what that writes into the person's record."""

from django.utils import timezone
from django.utils.translation import gettext as _

from members.access import Refusal
from members.kinds import NeedKind
from referrals.actions.government_aid import write_answer
from referrals.kinds import AidState, NeedState
from referrals.models import OutcomeReport, Referral
from referrals.workflow import REASONS, Decision, State

NEEDS_SCHEME = frozenset(
    {Decision.APPLICATION_OPENED, Decision.AID_GRANTED, Decision.ALREADY_AIDED, Decision.NOT_ELIGIBLE}
)
# The family is looked after: what it asked the charity to help with, applying, is done.
SETTLES_APPLYING = frozenset({Decision.APPLICATION_OPENED, Decision.AID_GRANTED, Decision.ALREADY_AIDED})
NEEDS_WORDS = frozenset({Decision.CANNOT_REACH, Decision.PERSON_REFUSES, Decision.HANDED_TO_TOWN})
GROUNDS_OF_REFUSAL = REASONS["ineligible"].codes


def refuse_incomplete(referral, values):
    """Everything without which the charity could not tell the family what was decided, and why."""
    decision, today = values.get("decision"), timezone.localdate()
    if not decision or not values.get("decided_on"):
        raise Refusal(_("请写明办理结果和日期。"), field="decision" if not decision else "decided_on")
    if values["decided_on"] > today:
        raise Refusal(_("决定日期不能晚于今天。"), field="decided_on")
    if decision in NEEDS_SCHEME and not values.get("scheme"):
        raise Refusal(_("请写明是哪一项政府救助。"), field="scheme")
    if decision == Decision.NOT_ELIGIBLE and values.get("why_not") not in GROUNDS_OF_REFUSAL:
        raise Refusal(_("请写明哪一条不符合，家庭和慈善组织都要知道。"), field="why_not")
    if decision == Decision.NOT_ELIGIBLE and open_check_of(referral) and not values.get("despite_check"):
        words = _("家庭经济状况核对还没有结论。请等结论；不必等的，勾选“不等核对结论”再答复。")
        raise Refusal(words, field="despite_check")
    if decision == Decision.ALREADY_AIDED and not values.get("since"):
        raise Refusal(_("请写明从哪一天起已在救助中。"), field="since")
    if (since := values.get("since")) and decision == Decision.ALREADY_AIDED and since > today:
        raise Refusal(_("已在救助中的，起始日期不能晚于今天。"), field="since")
    if decision in NEEDS_WORDS and not (values.get("summary") or "").strip():
        raise Refusal(_("请写明经过：哪几天怎样联系、交给了哪里，或者本人怎么说的。"), field="summary")
    if decision == Decision.HANDED_TO_TOWN and referral.receiver.kind == "town_street":
        raise Refusal(_("贵单位就是镇街，请直接办理。"), field="decision")


def open_check_of(referral):
    """What was asked about the family's means for this case, and is not answered."""
    return referral.checks.filter(decided_at=None).order_by("pk").first()


def take_effect(actor, referral, report, values):
    """Government aid is written down in the record that the charity keeps: nobody writes it down a second time."""
    if report.decision not in NEEDS_SCHEME:
        return
    aid = _on_file(referral, report) or write_answer(actor, referral.person, AID_OF[report.decision](referral, values))
    OutcomeReport.objects.filter(pk=report.pk).update(government_aid=aid)


def _on_file(referral, report):
    """Aided already, and the record says so already."""
    if report.decision != Decision.ALREADY_AIDED:
        return None
    return referral.person.government_aid.running().filter(scheme=report.scheme).order_by("-pk").first()


def _opened(referral, values):
    return {"state": AidState.APPLIED, "applied_on": values["decided_on"], **_common(referral, values)}


def _granted(referral, values):
    paid = {name: values.get(name) for name in ("amount_yuan", "since")}
    return {
        "state": AidState.GRANTED, "decided_on": values["decided_on"], "rhythm": values.get("rhythm", ""), **paid,
        **_common(referral, values),
    }  # fmt: skip


def _already(referral, values):
    """The day from which it holds stands for the day of a decision that nobody here made."""
    return {**_granted(referral, values), "decided_on": values["since"]}


def _refused(referral, values):
    reason = str(GROUNDS_OF_REFUSAL[values["why_not"]])
    return {
        "state": AidState.REFUSED,
        "decided_on": values["decided_on"],
        "reason": reason,
        **_common(referral, values),
    }


def _common(referral, values):
    return {"scheme": values["scheme"], "decided_by": referral.receiver.name}


AID_OF = {
    Decision.APPLICATION_OPENED: _opened, Decision.AID_GRANTED: _granted, Decision.ALREADY_AIDED: _already,
    Decision.NOT_ELIGIBLE: _refused,
}  # fmt: skip


def settle_needs(actor, referral):
    """When the charity has taken note: applying is done or not; every other need is the charity's again."""
    decision = referral.reports.first().decision
    for need in referral.needs.select_for_update().filter(state=NeedState.IN_HELP):
        is_done = need.kind == NeedKind.APPLICATION_HELP and decision in SETTLES_APPLYING
        if is_done:
            step_need(actor, need, NeedState.MET)
        elif not is_helped_elsewhere(need, referral):
            step_need(actor, need, NeedState.OPEN)


def release_needs(actor, referral):
    """It ended without help: what nobody else helps with is open again."""
    for need in referral.needs.select_for_update().filter(state=NeedState.IN_HELP):
        if not is_helped_elsewhere(need, referral):
            step_need(actor, need, NeedState.OPEN)


def is_helped_elsewhere(need, referral):
    going = [State.ACCEPTED, State.IN_PROGRESS, State.ON_HOLD, State.REPORTED]
    return Referral.objects.filter(needs=need, state__in=going).exclude(pk=referral.pk).exists()


def step_need(actor, need, state):
    need.state, need.version = state, need.version + 1
    need.changed_by, need.changed_at = actor, timezone.now()
    need.save()
    need.steps.create(state=state, made_by=actor)
