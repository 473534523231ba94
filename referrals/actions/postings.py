"""Needs are put up without a name; units claim them; whoever put one up takes a claim up and asks the person."""

from datetime import timedelta

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from members import audit
from members.access import Refusal
from members.kinds import BUREAU_KINDS
from programs.actions.rows import (
    move_row,
    refuse_what_cannot_be,
    require_reason,
    take_step,
    write_row,
)
from programs.supply import refuse_numbers
from referrals import minors
from referrals.board_kinds import CLAIM_MOVES, POSTING_MOVES, ClaimState, PostingState
from referrals.kinds import OPEN_NEEDS
from referrals.models import Claim, Posting
from referrals.permissions import may, refuse_related

LONGEST = timedelta(days=90)
EDITABLE = ("area", "age_band", "gap_yuan", "words", "until")


def post_need(actor, need, values):
    """Up for everybody to see: what is said of it is written here, and nothing of the record goes along."""
    person = need.person
    _require_keeper(actor, person)
    if need.state not in OPEN_NEEDS:
        raise Refusal(_("这项需求已经了结，不用再对接。"))
    posting = Posting(
        need=need, organization=actor.organization, kind=need.kind, form=need.form, urgency=need.urgency,
        posted_by=actor, changed_by=actor, **_checked(person, values),
    )  # fmt: skip
    refuse_what_cannot_be(posting)
    with transaction.atomic():
        posting.save()
        audit.record(actor, "posting.post", posting, organization=posting.organization)
    return posting


def edit_posting(actor, posting, version, values):
    _require_owner(actor, posting)
    with transaction.atomic():
        posting, changes = write_row(actor, posting, version, _checked(posting.need.person, values))
        if posting.state != PostingState.OPEN:
            raise Refusal(_("已经对接或者撤下，不能再改。"))
        audit.record(actor, "posting.edit", posting, organization=posting.organization, changes=changes)
    return posting


def withdraw_posting(actor, posting, version, reason):
    """Nobody sees it any more; those who wait for an answer get this one."""
    _require_owner(actor, posting)
    _refuse_names(posting.need.person, reason, "reason")
    with transaction.atomic():
        take_step(actor, "posting.withdraw", posting, version, POSTING_MOVES, reason=require_reason(reason))
        _decline_waiting(actor, posting, reason)
    return posting


def reopen_posting(actor, posting, version, until):
    """What was taken up came to nothing: up again, until a new day."""
    _require_owner(actor, posting)
    _refuse_day(until)
    if posting.need.state not in OPEN_NEEDS:
        raise Refusal(_("这项需求已经了结，不用再对接。"))
    if Posting.objects.filter(need=posting.need, state=PostingState.OPEN).exclude(pk=posting.pk).exists():
        raise Refusal(_("这项需求已经在供需对接里。"))
    return take_step(actor, "posting.reopen", posting, version, POSTING_MOVES, until=until, reason="")


def claim_posting(actor, posting, *, offered, offer=None, program=None):
    """A unit says that it could help. Nothing of the person is told to it by that."""
    if "posting.claim" not in actor.permissions or actor.organization_id == posting.organization_id:
        raise PermissionDenied
    if actor.organization.is_suspended:
        raise Refusal(_("贵单位已被暂停，暂时不能认领。"))
    if any(one is not None and one.organization_id != actor.organization_id for one in (offer, program)):
        raise Refusal(_("请选择本单位的供给和项目。"))
    _refuse_words(offered, "offered")
    with transaction.atomic():
        current = Posting.objects.select_for_update(of=("self",)).get(pk=posting.pk)
        if current.state != PostingState.OPEN or current.is_over:
            raise Refusal(_("这项需求已经对接、撤下或者到期。"))
        if current.claims.filter(organization=actor.organization_id, state=ClaimState.WAITING).exists():
            raise Refusal(_("贵单位已经认领，正在等待答复。"))
        claim = Claim.objects.create(
            posting=current, organization=actor.organization, offered=offered.strip(), offer=offer, program=program,
            claimed_by=actor, changed_by=actor,
        )  # fmt: skip
        audit.record(actor, "claim.make", claim, organization=actor.organization)
    return claim


def take_up_claim(actor, claim, version):
    """This one it shall be. The person is asked next, and referred; the others hear that it was somebody else."""
    posting = claim.posting
    _require_owner(actor, posting)
    with transaction.atomic():
        posting = Posting.objects.select_for_update(of=("self",)).get(pk=posting.pk)
        if posting.state != PostingState.OPEN:
            raise Refusal(_("这项需求已经对接或者撤下。"))
        take_step(actor, "claim.take_up", claim, version, CLAIM_MOVES)
        move_row(actor, posting, posting.version, POSTING_MOVES, "match")
        _decline_waiting(actor, posting, _("已与其他单位对接。"))
    return claim


def decline_claim(actor, claim, version, reason):
    _require_owner(actor, claim.posting)
    _refuse_names(claim.posting.need.person, reason, "reason")
    return take_step(actor, "claim.decline", claim, version, CLAIM_MOVES, reason=require_reason(reason))


def release_claim(actor, claim, version, reason):
    """Given up by whoever claimed; what it was taken up for is up again."""
    if "posting.claim" not in actor.permissions or actor.organization_id != claim.organization_id:
        raise PermissionDenied
    with transaction.atomic():
        was_taken_up = claim.state == ClaimState.TAKEN_UP
        take_step(actor, "claim.release", claim, version, CLAIM_MOVES, reason=require_reason(reason))
        posting = Posting.objects.select_for_update(of=("self",)).get(pk=claim.posting_id)
        if was_taken_up and posting.state == PostingState.MATCHED and posting.need.state in OPEN_NEEDS:
            move_row(actor, posting, posting.version, POSTING_MOVES, "reopen")
    return claim


def may_answer(staff, posting):
    """The unit that put it up; civil affairs also for its towns."""
    reach = staff.permissions.get("posting.edit")
    if reach is None:
        return False
    is_own = posting.organization_id == staff.organization_id
    return is_own or (posting.organization.kind in BUREAU_KINDS and may(staff, "person.edit", posting.need.person))


def _decline_waiting(actor, posting, reason):
    for claim in posting.claims.filter(state=ClaimState.WAITING).order_by("pk"):
        take_step(actor, "claim.decline", claim, claim.version, CLAIM_MOVES, reason=reason)


def _checked(person, values):
    known = {name: values[name] for name in EDITABLE if name in values}
    if area := known.get("area"):
        if area.level not in ("county", "town"):
            raise Refusal(_("请写到县区或者镇街：写到村（社区）容易认出是谁。"), field="area")
        if area.code not in (person.county, person.town):
            raise Refusal(_("请选择此人居住的县区或者镇街。"), field="area")
    if words := known.get("words"):
        _refuse_words(words, "words")
        _refuse_names(person, words, "words")
    if until := known.get("until"):
        _refuse_day(until)
    return known


def _refuse_names(person, words, field):
    """Neither theirs nor that of anybody in the household: a child's tells whose the family is as well."""
    names = person.household.people.filter(merged_into=None).values_list("name", flat=True)
    if any(name and name in words for name in {person.name, *names}):
        raise Refusal(_("这里各单位都能看到，请不要写姓名。"), field=field)


def _refuse_words(words, field):
    if not words.strip():
        raise Refusal(_("请填写这一栏。"), field=field)
    try:
        refuse_numbers(words)
    except ValidationError as error:
        raise Refusal(" ".join(error.messages), field=field) from error


def _refuse_day(until):
    today = timezone.localdate()
    if not today <= until <= today + LONGEST:
        raise Refusal(_("最多挂 90 天。"), field="until")


def _require_keeper(actor, person):
    if "posting.edit" not in actor.permissions or not may(actor, "person.edit", person):
        raise PermissionDenied
    minors.require(actor, person)
    refuse_related(actor, person.number, person.name)


def _require_owner(actor, posting):
    if not may_answer(actor, posting):
        raise PermissionDenied
