"""Government aid: what was applied for and how it was decided. Relief granted makes its category by itself."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from members import audit
from members.access import Refusal, Stale
from referrals import timeline
from referrals.actions.categories import enter_category
from referrals.actions.documents import demand_own
from referrals.kinds import AidState, Category, Scheme
from referrals.models import GovernmentAid
from referrals.permissions import demand, refuse_related

EDITABLE = (
    "scheme", "state", "applied_on", "decided_on", "decided_by", "amount_yuan", "rhythm", "since", "until", "reason",
    "document",
)  # fmt: skip


def record_aid(actor, person, values):
    demand(actor, "person.edit", person)
    refuse_related(actor, person.number, person.name)
    aid = GovernmentAid(person=person, recorded_by=actor, changed_by=actor)
    _fill(aid, values)
    with transaction.atomic():
        aid.save()
        timeline.record(
            "aid_recorded", actor, person=person, scheme=aid.get_scheme_display(), state=aid.get_state_display()
        )
        audit.record(actor, "government_aid.record", aid, organization=person.keeper)
        _certify_relief(actor, aid)
    return aid


def write_answer(actor, person, values):
    """By the unit that decided on what was referred to it, whoever keeps the record. An application that waits there
    under the same scheme gets this answer."""
    rows = person.government_aid.select_for_update(of=("self",)).filter(scheme=values["scheme"]).order_by("-pk")
    aid = rows.filter(state=AidState.APPLIED).first()
    is_new, aid = aid is None, aid or GovernmentAid(person=person, recorded_by=actor)
    aid.changed_by, aid.changed_at, aid.version = actor, timezone.now(), aid.version + (not is_new)
    _fill(aid, {**values, "document": aid.document})
    aid.save()
    deed, kind = ("record", "aid_recorded") if is_new else ("edit", "aid_changed")
    timeline.record(kind, actor, person=person, scheme=aid.get_scheme_display(), state=aid.get_state_display())
    audit.record(actor, f"government_aid.{deed}", aid, organization=person.keeper)
    _certify_relief(actor, aid)
    return aid


def change_aid(actor, aid, version, values):
    demand(actor, "person.edit", aid.person)
    refuse_related(actor, aid.person.number, aid.person.name)
    with transaction.atomic():
        current = GovernmentAid.objects.select_for_update(of=("self",)).get(pk=aid.pk)
        if current.version != version:
            raise Stale(current, by=current.changed_by, at=current.changed_at)
        before = {name: getattr(current, name) for name in EDITABLE}
        _fill(current, values)
        changed = [name for name in EDITABLE if getattr(current, name) != before[name]]
        if not changed:
            return current
        current.version += 1
        current.changed_by, current.changed_at = actor, timezone.now()
        current.save()
        timeline.record(
            "aid_changed", actor, person=aid.person, scheme=current.get_scheme_display(),
            state=current.get_state_display(),
        )  # fmt: skip
        audit.record(
            actor, "government_aid.edit", current, organization=aid.person.keeper,
            changes={name: ["…", "…"] for name in changed},
        )  # fmt: skip
        _certify_relief(actor, current)
    return current


def _fill(aid, values):
    if values.get("document") != aid.document:
        demand_own(aid.person, values.get("document"))
    for name in EDITABLE:
        if name in values:
            setattr(aid, name, values[name])
    _refuse_what_cannot_be(aid)


def wanting(state, decided_on, reason):
    """(field, words) of everything this result cannot do without; a form tells all of it at once."""
    if state in (AidState.GRANTED, AidState.REFUSED) and not decided_on:
        yield "decided_on", _("请填写决定日期。")
    if state in (AidState.REFUSED, AidState.ENDED, AidState.NONE_APPLIES) and not reason:
        yield "reason", _("请写明原因。")


def _refuse_what_cannot_be(aid):
    today = timezone.localdate()
    for field, words in wanting(aid.state, aid.decided_on, aid.reason):
        raise Refusal(words, field=field)
    if aid.applied_on and aid.applied_on > today:
        raise Refusal(_("申请日期晚于今天。"), field="applied_on")
    if aid.decided_on and (aid.decided_on > today or (aid.applied_on and aid.decided_on < aid.applied_on)):
        raise Refusal(_("决定日期应在申请日期和今天之间。"), field="decided_on")
    if aid.since and aid.until and aid.until < aid.since:
        raise Refusal(_("享受期止早于享受期起。"), field="until")


def _certify_relief(actor, aid):
    """临时救助对象（近1年内）: the day of the decision is its first, and it lapses a year later."""
    if aid.scheme != Scheme.TEMP_RELIEF or aid.state != AidState.GRANTED or aid.categories.exists():
        return
    if aid.person.categories.filter(category=Category.TEMP_RELIEF_1Y, since=aid.decided_on).exists():
        return
    values = {"category": Category.TEMP_RELIEF_1Y, "since": aid.decided_on, "certified_by": aid.decided_by}
    enter_category(actor, aid.person, values, aid=aid)
