"""Leads: filed once however often they are sent; triaged where they lie; the finder hears what became of it."""

import re
from contextlib import ExitStack

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from members import audit, handover, outbox
from members.access import Refusal, is_within, may_by_role
from members.calendar import add_working_days
from members.kinds import BUREAU_KINDS
from members.profiles import profile_of
from portal.lib import uploads
from referrals import announcements, timeline
from referrals.actions.people import register_person
from referrals.kinds import OPEN_LEADS, LeadClosing, LeadState, Urgency
from referrals.models import Lead, LeadPhoto
from referrals.permissions import demand, refuse_related

MOST_PHOTOS = 3
KEY = re.compile(r"[0-9a-f]{32}")


def file_lead(actor, key, values, photos=()):
    """(lead, whether it is new). The same form sent again changes nothing and answers the same."""
    if not may_by_role(actor, "lead.file", actor.organization):
        raise PermissionDenied
    if not KEY.fullmatch(key):
        raise Refusal(_("这张表单不完整，请重新打开再填。"))
    if known := _known(actor, key):
        return known, False
    _refuse_unasked(actor, values)
    try:
        with ExitStack() as files:
            kept = [files.enter_context(uploads.kept(photo)) for photo in photos[:MOST_PHOTOS]]
            with transaction.atomic():
                lead = _write(actor, key, values, kept)
    except IntegrityError:
        if known := _known(actor, key):
            return known, False
        raise
    return lead, True


def _known(actor, key):
    return Lead.objects.filter(filed_by=actor, key=key).first()


def _write(actor, key, values, kept):
    today = timezone.localdate()
    told = {name: values.get(name, "") for name in ("seen", "place", "name", "phone")}
    lead = Lead.objects.create(
        key=key, filed_by=actor, organization=actor.organization, channel=values["channel"],
        urgency=values["urgency"], area=values["area"], is_agreed=values["is_agreed"], due_on=today,
        private={name: text for name, text in told.items() if text},
    )  # fmt: skip
    _set_due(lead, today)
    for file in kept:
        LeadPhoto.objects.create(lead=lead, **file)
    audit.record(actor, "lead.file", lead, organization=actor.organization)
    announcements.tell_lead(lead, "file")
    if lead.urgency != Urgency.NORMAL:
        outbox.put("lead.urgent", {"lead": lead.code})
    return lead


def _set_due(lead, day):
    lead.due_on = add_working_days(day, profile_of(lead.area).days("lead", is_urgent=lead.urgency != Urgency.NORMAL))
    lead.save(update_fields=["due_on"])


def _refuse_unasked(actor, values):
    """Who tells the bureau from outside says so to the family first, unless nobody is named (R60)."""
    if actor.organization.kind in BUREAU_KINDS or values["is_agreed"]:
        return
    if values.get("name") or values.get("phone"):
        raise Refusal(_("写明姓名或电话的，要先征得家庭同意；还没有问过的，只写地点和看到的情况。"), field="is_agreed")


# -- Triage -------------------------------------------------------------------------------------------------------
def take_lead(actor, lead):
    """Who takes it up is named, so that two do not go to the same door."""
    with transaction.atomic():
        current = _locked(actor, lead)
        if current.state == LeadState.TAKEN and current.taken_by_id == actor.pk:
            return current
        before = current.taken_by
        current.state, current.taken_by, current.taken_at = LeadState.TAKEN, actor, timezone.now()
        current.save(update_fields=["state", "taken_by", "taken_at"])
        audit.record(actor, "lead.take", current, changes={"taken_by": [str(before or ""), str(actor)]})
        announcements.tell_lead(current, "take")
    return current


def link_lead(actor, lead, person, answer=""):
    """It is about somebody who has a record, or has one now."""
    demand(actor, "person.edit", person)
    refuse_related(actor, person.number, person.name)
    with transaction.atomic():
        current = _locked(actor, lead)
        _decide(actor, current, LeadState.REGISTERED, answer, "lead.link", person=person)
        timeline.record(
            "lead_received", current.filed_by, person=person, happened_at=current.filed_at,
            channel=current.get_channel_display(),
        )  # fmt: skip
        timeline.record("lead_linked", actor, person=person, number=current.code)
    return current


def register_from_lead(actor, lead, values, *, is_another=False):
    """A new record, and the lead leads to it; neither without the other."""
    with transaction.atomic():
        _locked(actor, lead)
        person = register_person(actor, values, is_another=is_another)
        link_lead(actor, lead, person)
    return person


def mark_duplicate(actor, lead, first, answer=""):
    """The same was told before: the first one goes on, and both finders hear of it."""
    first = first.duplicate_of or first
    if first.pk == lead.pk:
        raise Refusal(_("一条线索不能与自己重复。"), field="first")
    with transaction.atomic():
        current = _locked(actor, lead)
        if not Lead.objects.for_triage(actor).filter(pk=first.pk).exists():
            raise Refusal(_("在您能处理的范围内没有这条线索。"), field="first")
        # What pointed here points to the first one now: no chains.
        Lead.objects.filter(duplicate_of=current).update(duplicate_of=first)
        _decide(actor, current, LeadState.DUPLICATE, answer, "lead.mark_duplicate", duplicate_of=first)
    return current


def close_lead(actor, lead, closing, answer):
    if closing == LeadClosing.OTHER and not answer.strip():
        raise Refusal(_("选“其他原因”的，请写明。"), field="answer")
    with transaction.atomic():
        current = _locked(actor, lead)
        _decide(actor, current, LeadState.CLOSED, answer, "lead.close", closing=closing)
    return current


def end_leads(actor, referral):
    """The finder's unit has told formally what its lead told: from here on there is one case, not two."""
    rows = Lead.objects.waiting().filter(referral=referral).select_for_update(of=("self",))
    for lead in rows.select_related("area", "organization", "filed_by"):
        words = _("由转介单 %(number)s 正式告知。") % {"number": referral.number}
        _decide(actor, lead, LeadState.CLOSED, words, "lead.refer", closing=LeadClosing.REFERRED)


def reopen_lead(actor, lead, reason):
    """Closed or called a duplicate by mistake, or there is news. A record that was made stays linked."""
    with transaction.atomic():
        current = _locked(actor, lead, is_open=False)
        if current.state == LeadState.REGISTERED:
            raise Refusal(_("已经建档的线索，请在困难群众页面继续办理。"))
        before = current.get_state_display()
        current.state, current.taken_by, current.taken_at = LeadState.TAKEN, actor, timezone.now()
        current.decided_by = current.decided_at = current.answer_seen_at = current.duplicate_of = None
        current.closing = ""
        current.save()
        _set_due(current, timezone.localdate())
        audit.record(actor, "lead.reopen", current, reason=reason, changes={"state": [before, "taken"]})
        announcements.tell_lead(current, "reopen")
    return current


def pass_lead(actor, lead, area, reason):
    """It lies elsewhere: another town of the county, or the county itself when nobody knows which."""
    with transaction.atomic():
        current = _locked(actor, lead)
        if area.pk == current.area_id:
            raise Refusal(_("这条线索已经在 %(area)s。") % {"area": area}, field="area")
        if not (is_within(area, actor.organization.area) or _is_same_county(area, current)):
            raise Refusal(_("只能转到本县（市、区）内；外地的请了结并告知报送人。"), field="area")
        before, current.area = current.area, area
        current.state, current.taken_by, current.taken_at = LeadState.NEW, None, None
        current.save()
        audit.record(actor, "lead.pass", current, reason=reason, changes={"area": [str(before), str(area)]})
        announcements.tell_lead(current, "pass")
    return current


def see_answer(actor, lead):
    """The finder has looked at what became of it."""
    Lead.objects.answered_unseen(actor).filter(pk=lead.pk).update(answer_seen_at=timezone.now())


def _is_same_county(area, lead):
    return bool(lead.county) and area.county == lead.county


def _locked(actor, lead, *, is_open=True):
    """The row as it is now, held until the end of the transaction; only for those who may work on it."""
    current = Lead.objects.for_triage(actor).select_for_update(of=("self",)).select_related("area", "organization")
    current = current.filter(pk=lead.pk).first()
    if current is None:
        raise PermissionDenied
    if is_open and current.state not in OPEN_LEADS:
        words = {"who": current.decided_by, "when": f"{timezone.localtime(current.decided_at):%Y-%m-%d %H:%M}"}
        raise Refusal(_("这条线索已由 %(who)s 于 %(when)s 处理完毕。") % words)
    if not is_open and current.state in OPEN_LEADS:
        raise Refusal(_("这条线索还在处理中。"))
    return current


def _decide(actor, lead, state, answer, deed, **values):
    for name, value in values.items():
        setattr(lead, name, value)
    before, lead.state = lead.get_state_display(), state
    lead.decided_by, lead.decided_at = actor, timezone.now()
    # The finder who decides knows already.
    lead.answer_seen_at = lead.decided_at if lead.filed_by_id == actor.pk else None
    lead.private = {**lead.private, "answer": answer.strip()} if answer.strip() else lead.private
    lead.save()
    audit.record(
        actor, deed, lead, changes={"state": [before, lead.get_state_display()]},
        reason=lead.get_closing_display() if lead.closing else "",
    )  # fmt: skip
    announcements.tell_lead(lead, deed.removeprefix("lead."))
    if lead.answer_seen_at is None:
        outbox.put("lead.answered", {"lead": lead.code})


# -- Handing over -------------------------------------------------------------------------------------------------
def _held(staff):
    return Lead.objects.filter(taken_by=staff, state=LeadState.TAKEN)


def _move_held(actor, staff, successor):
    if successor:
        _held(staff).update(taken_by=successor)
    else:
        _held(staff).update(taken_by=None, taken_at=None, state=LeadState.NEW)


handover.register(
    handover.Holding(
        code="leads",
        label=gettext_lazy("处理中的线索"),
        fate=gettext_lazy("交给接手的同事；没有指定的，回到本单位待处理。"),
        count=lambda staff: _held(staff).count(),
        move=_move_held,
    )
)
