"""Visits: what was seen on the spot, with pictures; and rounds, which are a task for an area and a time."""

from contextlib import ExitStack

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from members import audit
from members.access import Refusal, is_within, may_in
from members.kinds import BUREAU_KINDS
from portal.lib import uploads
from referrals import timeline, verification
from referrals.actions.facts import record_facts
from referrals.actions.people import verify_person
from referrals.kinds import MET_RESULTS, VisitResult
from referrals.models import Visit, VisitPhoto, VisitRound
from referrals.permissions import demand, refuse_related

MOST_PHOTOS = 3
FIELDS = ("occasion", "visited_on", "visitors", "result", "homes", "round")


def record_visit(actor, person, values, photos=()):
    """To somebody: whoever was met counts as visited (a fact programs ask for); nothing changed, so all is fresh."""
    demand(actor, "person.edit", person)
    refuse_related(actor, person.number, person.name)
    visit = _made(actor, person.residence, values, person=person)
    with ExitStack() as files, transaction.atomic():
        _save(actor, visit, photos, files)
        words = {"occasion": visit.get_occasion_display(), "result": visit.get_result_display()}
        timeline.record("visited", actor, person=person, happened_at=_noon(visit), **words)
        if visit.result in MET_RESULTS:
            record_facts(actor, person, {"home_visit_verified": True}, source=_source(visit), valid_on=visit.visited_on)
        if visit.result == VisitResult.AS_RECORDED and visit.visited_on == timezone.localdate():
            verify_person(actor, person)
    return visit


def record_case_visit(actor, referral, values, photos=()):
    """To verify what a charity told: the record is the charity's, the visit is ours. The charity learns the result."""
    if not verification.may_verify(actor, referral, "visit.record"):
        raise PermissionDenied
    visit = _made(actor, referral.person.residence, values, person=referral.person)
    visit.referral = referral
    with ExitStack() as files, transaction.atomic():
        _save(actor, visit, photos, files)
        words = {"occasion": visit.get_occasion_display(), "result": visit.get_result_display()}
        timeline.record("visited", actor, person=referral.person, happened_at=_noon(visit), **words)
    return visit


def record_area_visit(actor, area, values, photos=()):
    """To a place: so many homes, and nobody new who is in need; it closes the gap of that place (R51)."""
    if "visit.record" not in actor.permissions:
        raise PermissionDenied
    if actor.organization.kind in BUREAU_KINDS and not is_within(area, actor.organization.area):
        raise Refusal(_("不在 %(area)s 范围内。") % {"area": actor.organization.area}, field="area")
    visit = _made(actor, area, values)
    with ExitStack() as files, transaction.atomic():
        _save(actor, visit, photos, files)
    return visit


def _made(actor, area, values, person=None):
    today = timezone.localdate()
    if values["visited_on"] > today:
        raise Refusal(_("走访日期晚于今天。"), field="visited_on")
    visit = Visit(person=person, area=area, organization=actor.organization, recorded_by=actor)
    for name in FIELDS:
        if name in values:
            setattr(visit, name, values[name])
    visit.private = {"findings": values["findings"].strip()} if values.get("findings", "").strip() else {}
    _refuse_round(visit)
    return visit


def _refuse_round(visit):
    one = visit.round
    if one and not (one.since <= visit.visited_on <= one.until and is_within(visit.area, one.area)):
        raise Refusal(_("这次走访不在“%(round)s”的时间或范围内。") % {"round": one}, field="round")


def _save(actor, visit, photos, files):
    kept = [files.enter_context(uploads.kept(photo)) for photo in photos[:MOST_PHOTOS]]
    visit.save()
    for file in kept:
        VisitPhoto.objects.create(visit=visit, **file)
    audit.record(actor, "visit.record", visit, organization=actor.organization)


def _noon(visit):
    """A day has no hour: today's visits stand where they were written down, earlier ones at noon."""
    if visit.visited_on == timezone.localdate():
        return None
    moment = timezone.datetime.combine(visit.visited_on, timezone.datetime.min.time().replace(hour=12))
    return timezone.make_aware(moment)


def _source(visit):
    return _("%(day)s %(occasion)s") % {"day": visit.visited_on.isoformat(), "occasion": visit.get_occasion_display()}


def begin_round(actor, values):
    if not may_in(actor, "round.begin", values["area"]):
        raise Refusal(_("只能在本单位辖区内布置走访。"), field="area")
    if values["until"] < values["since"]:
        raise Refusal(_("结束日期早于开始日期。"), field="until")
    with transaction.atomic():
        made = VisitRound.objects.create(organization=actor.organization, begun_by=actor, **values)
        audit.record(actor, "visit.begin_round", made, organization=actor.organization)
    return made
