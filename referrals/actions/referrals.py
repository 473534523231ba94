"""Writing a referral and sending it (T1, T2): nothing leaves before everything that must hold holds at that moment."""

import hashlib
import json

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from members import audit
from members.access import Refusal
from members.calendar import add_working_days
from members.kinds import BUREAU_KINDS
from members.models import Organization
from members.profiles import profile_of
from programs import rounds
from programs.models import Program, ProgramVersion, Round
from referrals import clocks, disclosure, minors, receivers, turns, urgent_lanes
from referrals.actions.leads import end_leads
from referrals.actions.moves import Moved, locked, make, take
from referrals.actions.provisions import provide, provide_urgently
from referrals.case_verdicts import snapshot_of
from referrals.items import ITEMS, Purpose, words_of
from referrals.kinds import OPEN_NEEDS, Ground
from referrals.matching import categories_of, is_certified
from referrals.models import Provision, Referral, ReferralAccess, ReferralManifest, UrgentLane
from referrals.models.referrals import TOLD
from referrals.permissions import may, refuse_related
from referrals.workflow import TO_BUREAU_KINDS, Procedure, ReferralKind, State

EDITABLE = (
    "kind", "ground", "urgency", "is_exclusive", "scheme", "scheme_result", "gap_yuan", "items", "papers",
)  # fmt: skip
ONE_OPEN = ("one_open_referral_of_person_and_program", "one_open_telling_of_a_person")
# These grounds say what the government did (R63).
# Of the civil-affairs side those who answer for others of their area.
KINDS_ABOVE = ("civil_affairs", "town_street")
ASKS_GOVERNMENT = frozenset({Ground.NOT_YET_ELIGIBLE, Ground.STILL_IN_DIFFICULTY})


class AlreadyReferred(Refusal):
    """There is an open referral of this person and program: that one goes on (HTTP 409)."""

    def __init__(self, existing):
        words = {"number": existing.number or existing.code, "state": existing.get_state_display()}
        if existing.kind in TO_BUREAU_KINDS:
            said = _("已经告知过民政部门，转介单 %(number)s（%(state)s）还在办理，请在那一份上继续。")
        else:
            said = _("此人在这个项目上已有办理中的转介 %(number)s（%(state)s），请在那一份上继续。")
        super().__init__(said % words)
        self.existing = existing


# -- Drafts -----------------------------------------------------------------------------------------------------------
def draft_referral(actor, person, receiver, values):
    """A draft of the unit that keeps the person; the civil-affairs side writes for its own area."""
    sender = _sender_for(actor, person)
    referral = Referral(
        person=person, sender=sender, receiver=receiver, written_by=actor, sender_handler=actor, changed_by=actor,
        direction=receivers.direction_between(sender, receiver),
    )  # fmt: skip
    with transaction.atomic():
        _fill(referral, values)
        referral.save()
        _set_needs(referral, values.get("needs"))
        concern(referral)
        audit.record(actor, "referral.draft", referral, organization=sender, changes={"to": [None, receiver.name]})
    return referral


def edit_draft(actor, referral, version, values):
    with transaction.atomic():
        current = own_draft(actor, referral, version)
        if receiver := values.get("receiver"):
            current.receiver = receiver
            current.direction = receivers.direction_between(current.sender, receiver)
        _fill(current, values)
        current.version, current.changed_by, current.changed_at = version + 1, actor, timezone.now()
        current.save()
        _set_needs(current, values.get("needs"))
        concern(current)
        audit.record(actor, "referral.edit", current, organization=current.sender)
    return current


def discard_draft(actor, referral, version):
    """A draft that was never sent leaves nothing but its audit line."""
    with transaction.atomic():
        current = own_draft(actor, referral, version)
        audit.record(actor, "referral.discard", current, organization=current.sender)
        current.delete()


def _sender_for(actor, person):
    if "referral.write" not in actor.permissions or not may(actor, "person.view", person):
        raise PermissionDenied
    minors.require(actor, person)
    refuse_related(actor, person.number, person.name)
    return actor.organization


def own_draft(actor, referral, version):
    """The locked row, still a draft and as it was seen."""
    current = locked(referral)
    if not turns.answers_for(actor, current.sender, actor.permissions.get("referral.write")):
        raise PermissionDenied
    if current.state != State.DRAFT or current.version != version:
        raise Moved(current)
    return current


def _fill(referral, values):
    for name in EDITABLE:
        if name in values:
            setattr(referral, name, values[name])
    for name in ("program", "offer"):
        if name in values:
            setattr(referral, name, values[name])
    told = {name: values[name].strip() for name in TOLD if name in values}
    referral.private = {**referral.private, **told}


def _set_needs(referral, needs):
    if needs is None:
        return
    if any(need.person_id != referral.person_id for need in needs):
        raise Refusal(_("需求不属于此人。"), field="needs")
    referral.needs.set(needs)


def concern(referral):
    """The rows by which lists find it: both units, the keeper of the person where a bureau sends for it, and the
    bureaus above them; of a draft only the sender's side.

    Written anew from the referral; what was shared or comes from earlier in a chain stays.
    """
    wanted = {referral.sender_id: "sender"}
    sides = [referral.sender]
    if referral.state not in (State.DRAFT, State.REVIEW):
        wanted[referral.receiver_id] = "receiver"
        sides.append(referral.receiver)
    if referral.person.is_official:
        wanted.setdefault(referral.person.keeper_id, "keeper")
    for pk in _bureaus_above(sides):
        wanted.setdefault(pk, "above")
    kept = ReferralAccess.objects.filter(referral=referral).exclude(reason__in=["shared", "ancestor"])
    kept.exclude(organization__in=wanted).delete()
    ReferralAccess.objects.bulk_create(
        [ReferralAccess(organization_id=pk, referral=referral, reason=reason) for pk, reason in wanted.items()],
        update_conflicts=True,
        unique_fields=["organization", "referral"],
        update_fields=["reason"],
    )


def _bureaus_above(units):
    """The town and the bureaus over it. A station or a village body works in the same area and is above nobody."""
    codes = {code for unit in units for code in (unit.area.code, *unit.area.ancestor_codes)}
    rows = Organization.objects.filter(kind__in=KINDS_ABOVE, area__code__in=codes)
    return rows.exclude(pk__in=[unit.pk for unit in units]).values_list("pk", flat=True)


# -- Sending ----------------------------------------------------------------------------------------------------------
def submit_referral(actor, referral, version):
    """For those who write and do not send, and where the unit has a second person look first."""
    with transaction.atomic():
        current = take(actor, referral, "submit", version)
        _refuse_unready(current)
        make(actor, current, "submit", words={"receiver": current.receiver})
    return current


def send_referral(actor, referral, version):
    """Straight from the draft. Where the unit asks for a second person, it goes to them instead."""
    with transaction.atomic():
        current = take(actor, referral, "send", version)
        if current.is_urgent_lane or clocks.settings_of(current.sender).asks_review:
            return submit_referral(actor, referral, version)
        return _send(actor, current, "send")


def approve_sending(actor, referral, version, note=""):
    """By another person than the one who wrote it."""
    with transaction.atomic():
        current = take(actor, referral, "approve_sending", version)
        if actor.pk == current.written_by_id:
            raise Refusal(_("自己写的转介要由另一个人审核。"))
        return _send(actor, current, "approve_sending", note=note)


def send_back(actor, referral, version, note):
    if not note.strip():
        raise Refusal(_("请写明要修改什么。"), field="note")
    with transaction.atomic():
        current = take(actor, referral, "send_back", version)
        make(actor, current, "send_back", note=note.strip())
    return current


def _send(actor, referral, verb, note=""):
    _refuse_unready(referral)
    provisions = (
        _urgently(actor, referral) if referral.is_urgent_lane else provide_items(actor, referral, referral.items)
    )
    values = {
        "number": referral.number or next_number(), "sent_at": timezone.now(), "procedure": procedure_of(referral),
        **judged_by(referral),
    }  # fmt: skip
    try:
        with transaction.atomic():
            make(actor, referral, verb, values=values, note=note, words={"receiver": referral.receiver})
    except IntegrityError as error:
        if not any(name in str(error) for name in ONE_OPEN):
            raise
        raise AlreadyReferred(_open_one(referral)) from error
    referral.receiver = Organization.objects.select_related("area").get(pk=referral.receiver_id)
    concern(referral)
    list_what_is_sent(actor, referral, provisions)
    end_leads(actor, referral)
    return referral


def _urgently(actor, referral):
    """救急难: the second person opens the road for 72 hours."""
    lane = UrgentLane.objects.select_for_update().get(referral=referral)
    if lane.asked_by_id == actor.pk:
        raise Refusal(_("自己提请的救急难，要由另一个人审核。"))
    now = timezone.now()
    lane.state, lane.approved_by, lane.approved_at = UrgentLane.State.OPEN, actor, now
    lane.due_at, lane.ended_at, lane.warned_at = urgent_lanes.due_from(now), None, None
    lane.papers_due_on = add_working_days(timezone.localdate(), urgent_lanes.PAPERS_DAYS)
    lane.save()
    giver = actor if may(actor, "disclosure.provide", referral.person) else referral.written_by
    reason = _("救急难：%(ground)s") % {"ground": lane.get_ground_display()}
    return provide_urgently(giver, referral.person, referral.receiver, lane, referral.items, reason)


def provide_items(actor, referral, items):
    """Passed on by whoever wrote it, where whoever sends it only looked at it. Refused for what no consent covers.

    Whoever keeps the person learns nothing that is not theirs: a case that comes back to them brings no list.
    """
    if referral.receiver_id == referral.person.keeper_id:
        return []
    giver = actor if may(actor, "disclosure.provide", referral.person) else referral.written_by
    reason = _("转介：%(ground)s") % {"ground": referral.get_ground_display()}
    return provide(giver, referral.person, referral.receiver, Purpose.REFER_TO_ORG, items, reason)


def list_what_is_sent(actor, referral, provisions, reason=""):
    """信息提供清单, as it stands from now on: frozen, hashed, with what the rules said of the person today.

    What was passed on before and still stands is on it too.
    """
    before = Provision.objects.open().filter(manifests__referral=referral).distinct().order_by("pk")
    provisions = list(dict.fromkeys([*before, *provisions]))
    number = referral.manifests.count() + 1
    seen = disclosure.papers(referral.person, disclosure.Permitted(frozenset(referral.items)))
    papers = [document.code for document in seen]
    about = [
        referral.number, number, referral.receiver.code, sorted(referral.items), sorted(papers),
        sorted(one.digest for one in provisions),
    ]  # fmt: skip
    manifest = ReferralManifest.objects.create(
        referral=referral, number=number, items=referral.items, papers=papers, made_by=actor, reason=reason,
        snapshot=snapshot_of(referral), digest=hashlib.sha256(json.dumps(about).encode()).hexdigest(),
    )  # fmt: skip
    manifest.provisions.set(provisions)
    return manifest


def procedure_of(referral):
    """By the region's settings: for a referral by civil affairs, or for a certified group."""
    if referral.kind in TO_BUREAU_KINDS:
        return Procedure.NORMAL
    profile = profile_of(referral.receiver.area)
    categories = categories_of(referral.person)
    is_referred = referral.sender.kind in BUREAU_KINDS
    named = profile.simplified_categories or (categories if is_certified(referral.person, categories) else ())
    return profile.procedure_for(is_referred=is_referred, categories=set(categories) & set(named))


def judged_by(referral):
    """The version of the program and the round of the day it is sent: by them the case is judged."""
    if referral.program is None:
        return {"program_version": None, "round": None}
    versions = ProgramVersion.objects.holding_on(timezone.localdate()).filter(program=referral.program)
    return {"program_version": versions.first(), "round": _open_round(referral.program)}


def _open_round(program):
    return rounds.open_round(list(Round.objects.filter(program=program)), timezone.localdate())


def next_number():
    """Of a sequence, so that two who send at once do not wait for each other; a gap means nothing."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('referrals_number')")
        return f"ZJ{timezone.localdate().year}{cursor.fetchone()[0]:07d}"


# -- What must hold ---------------------------------------------------------------------------------------------------
def why_unready(referral):
    """Everything that keeps a draft from being sent, besides consent and safeguards: each in a sentence."""
    found = []
    for check in WHAT_MUST_HOLD:
        try:
            check(referral)
        except Refusal as refusal:
            found.append(refusal.message)
    return found


def _refuse_unready(referral):
    """Everything of T1 except the consent, which `provide` asks for every single item."""
    for check in WHAT_MUST_HOLD:
        check(referral)


def _refuse_second(referral):
    if existing := _open_one(referral):
        raise AlreadyReferred(existing)


def _refuse_empty(referral):
    needs = list(referral.needs.all())
    if not needs or any(need.state not in OPEN_NEEDS for need in needs):
        raise Refusal(_("请选择要解决的需求；已经解决的不再转介。"), field="needs")
    if not referral.items or not set(referral.items) <= ITEMS.keys():
        raise Refusal(_("请勾选要提供的内容。"), field="items")


def _refuse_kind(referral):
    if referral.kind in TO_BUREAU_KINDS and referral.receiver.kind not in BUREAU_KINDS:
        words = {"kind": ReferralKind(referral.kind).label}
        raise Refusal(_("“%(kind)s”只能送给民政部门或镇街。") % words, field="kind")


def _refuse_receiver(referral):
    kinds = {need.kind for need in referral.needs.all()}
    if found := receivers.why_not(referral.sender, referral.receiver, referral.person, kinds, referral.program):
        raise Refusal(found[0], field="receiver")


def _refuse_by_region(referral):
    categories, reason = categories_of(referral.person), referral.private.get("receiver_choice", "")
    if refused := receivers.refused_by_region(referral.sender, referral.receiver, categories, reason):
        raise Refusal(refused, field="receiver")


def _refuse_more_than_urgent(referral):
    if not referral.is_urgent_lane:
        return
    if more := set(referral.items) - set(urgent_lanes.ITEMS):
        raise Refusal(_("救急难只提供施救必需的内容，不包括：%(items)s。") % {"items": words_of(more)}, field="items")


def _refuse_ground(referral):
    if referral.is_urgent_lane or referral.ground not in ASKS_GOVERNMENT:
        return
    is_stated = (referral.scheme and referral.scheme_result) or referral.private.get("government")
    if not is_stated:
        raise Refusal(_("请写明申请过哪项政府救助、结果怎样，或者已经得到什么救助。"), field="scheme")


def _refuse_gap(referral):
    if referral.is_urgent_lane:
        return
    if referral.ground == Ground.STILL_IN_DIFFICULTY and referral.gap_yuan is None and not referral.private.get("gap"):
        raise Refusal(_("请写明政府救助后还差多少、还缺什么。"), field="gap_yuan")


def _refuse_program(referral):
    program = referral.program
    if program is None:
        return
    today = timezone.localdate()
    if not ProgramVersion.objects.holding_on(today).filter(program=program).exists():
        raise Refusal(_("“%(program)s”现在没有施行的版本。") % {"program": program.name}, field="program")
    has_rounds = Program.objects.filter(pk=program.pk, rounds__isnull=False).exists()
    if has_rounds and _open_round(program) is None:
        raise Refusal(_("“%(program)s”现在不在受理期内。") % {"program": program.name}, field="program")


WHAT_MUST_HOLD = (
    _refuse_second, _refuse_empty, _refuse_more_than_urgent, _refuse_ground, _refuse_gap, _refuse_kind, _refuse_program,
    _refuse_receiver, _refuse_by_region,
)  # fmt: skip


def _open_one(referral):
    """Of the same person and program; of what is told the government, of the same kind and scheme."""
    if referral.kind in TO_BUREAU_KINDS:
        same = {"kind": referral.kind, "scheme": referral.scheme}
    elif referral.program_id is not None:
        same = {"program": referral.program_id}
    else:
        return None
    return Referral.objects.open().of(referral.person).filter(**same).exclude(pk=referral.pk).first()
