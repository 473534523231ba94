"""Passing on personal data, looking at what was passed on, and stopping it. Every one of these leaves a line."""

import hashlib
import json

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from members import audit
from members.access import Refusal, may
from referrals import disclosure, minors, safeguards, timeline
from referrals.items import ITEMS, TO_ORGANIZATIONS, Purpose, words_of
from referrals.models import (
    Consent,
    ConsentNaming,
    DisclosureLog,
    Need,
    Provision,
    ReferralAccess,
    ReferralGrant,
    ReferralManifest,
    ReferralShare,
)
from referrals.permissions import demand, refuse_related

Kind, Ended = DisclosureLog.Kind, Provision.Ended


def provide(actor, person, receiver, purpose, items, reason, share=None):
    """Put items of a person onto a list for one receiver, under consents that cover every one of them. With `share`
    for those of the receiver alone whom the share names."""
    demand(actor, "disclosure.provide", person)
    minors.require(actor, person)
    refuse_related(actor, person.number, person.name)
    _refuse_receiver(person, receiver, purpose, items)
    with transaction.atomic():
        # Whoever withdraws holds the same rows: either this list is closed by them, or it is not made.
        list(Consent.objects.select_for_update().of(person).given().filter(purpose=purpose).values_list("pk"))
        coverage = disclosure.covered(person, receiver, purpose, items)
        if coverage.missing:
            words = {"receiver": receiver, "items": words_of(coverage.missing)}
            raise Refusal(_("本人没有同意向%(receiver)s提供：%(items)s。") % words, field="items")
        standing = safeguards.check(person.keeper, receiver, purpose, items)
        if not standing:
            raise Refusal(standing.wanting[0])
        return [
            _provide(actor, person, receiver, purpose, code, coverage, standing, reason, share)
            for code in sorted(coverage.consents)
        ]


def provide_urgently(actor, person, receiver, lane, items, reason):
    """救急难: for 72 hours, on the ground that two people of the sender stated. What papers stand are named with it."""
    minors.require(actor, person)
    refuse_related(actor, person.number, person.name)
    _refuse_receiver(person, receiver, Purpose.REFER_TO_ORG, items)
    standing = safeguards.check(person.keeper, receiver, Purpose.REFER_TO_ORG, items)
    provision = Provision(
        person=person, provider=person.keeper, receiver=receiver, purpose=Purpose.REFER_TO_ORG, lane=lane,
        items=[item for item in ITEMS if item in items], agreement=standing.agreement,
        assessment=standing.assessment, reason=reason, provided_by=actor,
    )  # fmt: skip
    _write(actor, provision, lane.code)
    return [provision]


def end_lane(actor, lane):
    """The ground is over: a consent stands in its place, or nothing does."""
    for provision in lane.provisions.open().select_related("receiver", "provider", "person"):
        _end(provision, Ended.URGENT_OVER, actor)


def _refuse_receiver(person, receiver, purpose, items):
    if purpose not in TO_ORGANIZATIONS:
        raise Refusal(_("这种用途不向其他单位提供信息。"))
    if not items or not set(items) <= ITEMS.keys():
        raise Refusal(_("请勾选要提供的内容。"), field="items")
    if receiver.pk == person.keeper_id:
        raise Refusal(_("这是登记单位自己。"), field="receiver")
    if receiver.is_suspended:
        raise Refusal(_("%(receiver)s已被暂停，不能向它提供。") % {"receiver": receiver}, field="receiver")


def _provide(actor, person, receiver, purpose, code, coverage, standing, reason, share):
    consent = Consent.objects.with_terms().get(code=code)
    if receiver.pk not in consent.terms.recipients:
        ConsentNaming.objects.create(consent=consent, organization=receiver, named_by=actor)
        audit.record(actor, "consent.name", consent, organization=person.keeper, changes={"to": [None, receiver.name]})
    items = [item for item in ITEMS if coverage.by_item.get(item) == code]
    provision = Provision(
        person=person, provider=person.keeper, receiver=receiver, purpose=purpose, consent=consent, items=items,
        agreement=standing.agreement, assessment=standing.assessment, reason=reason, provided_by=actor, share=share,
    )  # fmt: skip
    _write(actor, provision, code)
    return provision


def _write(actor, provision, basis):
    """`basis`: the code of the consent, or of the ground that stands for it."""
    person, items, receiver = provision.person, list(provision.items), provision.receiver
    provision.digest = _digest(provision)
    provision.save()
    _log(provision, Kind.PROVIDED, actor, items, disclosure.payload_hash(disclosure.project(person, items)))
    named = "consent" if provision.consent_id else "ground"
    audit.record(
        actor, "disclosure.provide", provision, organization=person.keeper,
        changes={"receiver": [None, receiver.name], "items": [None, items], named: [None, basis]},
    )  # fmt: skip
    timeline.record("information_provided", actor, person=person, receiver=receiver.name, items=words_of(items))


def see_received(actor, provision):
    """What the receiver's staff may see of one list now, and the line that they saw it. (permitted, rows)."""
    if provision.receiver_id != actor.organization_id or not may(actor, "received.view", provision.receiver):
        raise PermissionDenied
    permitted = disclosure.permitted(actor, provision.person, provision.purpose)
    if not permitted:
        return permitted, []
    with transaction.atomic():
        # Where it was merged into another record, that one is what is known of the person.
        person = provision.person.merged_into or provision.person
        rows = disclosure.project(person, permitted.items, _needs_meant(permitted.provisions))
        seen = [item for item in ITEMS if item in permitted.items]
        _log(provision, Kind.SEEN, actor, seen, disclosure.payload_hash(rows))
        audit.record(actor, "person.view", provision.person, organization=provision.provider, reason=provision.code)
    return permitted, rows


def _needs_meant(provisions):
    """What was passed on with referrals is for their needs; None where a list stands for itself."""
    standing = [one.pk for one in provisions if "needs" in one.items]
    referred = ReferralManifest.objects.filter(provisions__in=standing)
    if len(set(referred.values_list("provisions", flat=True)) & set(standing)) < len(standing):
        return None
    return Need.objects.filter(referrals__manifests__in=referred).distinct()


def log_seen(actor, person, permitted, rows, reason=""):
    """Somebody looked at a person on the page of a case: for a receiver a line for each list it stands on."""
    seen = [item for item in ITEMS if item in permitted.items]
    with transaction.atomic():
        if permitted.basis == disclosure.CONSENT:
            digest = disclosure.payload_hash(rows)
            for provision in permitted.provisions:
                if not provision.ended_at:
                    _log(provision, Kind.SEEN, actor, seen, digest)
        audit.record(actor, "person.view", person, organization=person.keeper, reason=reason)


def log_guest(access, permitted, rows):
    """Somebody looked by a link: a line for each list, with the post that was written to."""
    digest = disclosure.payload_hash(rows)
    with transaction.atomic():
        for provision in permitted.provisions:
            if not provision.ended_at:
                items = [item for item in ITEMS if item in permitted.items]
                _log(provision, Kind.SEEN, None, items, digest, name=str(access.post))
        person, receiver = access.referral.person, access.referral.receiver
        audit.record(None, "person.view", person, organization=receiver, reason=access.code)


def end_provision(actor, provision):
    """The provider stops showing it; also when the record was merged into another since."""
    demand(actor, "disclosure.provide", provision.person.merged_into or provision.person)
    with transaction.atomic():
        if not _end(provision, Ended.BY_PROVIDER, actor):
            raise Refusal(_("这份清单已经停止提供。"))
        audit.record(actor, "disclosure.end", provision, organization=provision.provider)


def end_for_good(actor, provisions):
    """What a referral had passed on, when it is over without help: nobody needs it any more."""
    for provision in provisions:
        _end(provision, Ended.BY_PROVIDER, actor)


def end_uncovered(actor, consent, ended=Ended.WITHDRAWN):
    """Lists of which a withdrawal or the end of a consent left nothing; part of one stays open for its rest."""
    consent = Consent.objects.with_terms().get(pk=consent.pk)
    over = []
    for provision in consent.provisions.open().select_related("receiver", "provider"):
        provision.consent = consent
        if not disclosure.left_of(provision) and _end(provision, ended, actor):
            over.append(provision)
    return over


def confirm_deletion(actor, provision):
    """The receiver says that whatever it kept outside is deleted (§47)."""
    if provision.receiver_id != actor.organization_id or not may(actor, "received.view", provision.receiver):
        raise PermissionDenied
    with transaction.atomic():
        waiting = Provision.objects.filter(pk=provision.pk, ended_at__isnull=False, deleted_at=None)
        if not waiting.update(deleted_at=timezone.now(), deleted_by=actor):
            raise Refusal(_("还没有停止提供，或者已经确认过。"))
        audit.record(actor, "disclosure.confirm_deletion", provision, organization=provision.provider)


# -- Shares -----------------------------------------------------------------------------------------------------------
def see_share(actor, share):
    """What a share shows somebody it was given to, and the line that they saw it. (permitted, rows)."""
    permitted = disclosure.permitted_by_share(actor, share)
    if not permitted:
        return permitted, []
    rows = disclosure.project(share.referral.person, permitted.items, share.referral.needs.all())
    log_seen(actor, share.referral.person, permitted, rows, reason=share.code)
    return permitted, rows


def end_shares_of(actor, referral):
    """The case is over: nobody is asked for anything any more."""
    for share in referral.shares.open().select_related("party"):
        close_share(actor, share, ReferralShare.Ended.CASE_OVER)


def close_share(actor, share, ended, reason=""):
    """Its grants count no longer, the case is out of the party's sight, its lists end. True for whoever closed it."""
    now = timezone.now()
    values = {"ended_at": now, "ended": ended, "ended_by": actor, "end_reason": reason, "version": F("version") + 1}
    if not ReferralShare.objects.open().filter(pk=share.pk).update(**values):
        return False
    ReferralGrant.objects.filter(share=share, revoked_at=None).update(revoked_at=now, revoked_by=actor)
    _put_out_of_sight(share)
    for provision in share.provisions.open().select_related("receiver", "provider", "person"):
        _end(provision, Ended.SHARE_OVER, actor)
    audit.record(
        actor, "share.end", share.referral, organization=share.organization,
        reason=reason or str(ReferralShare.Ended(ended).label), changes={"party": [share.party.name, None]},
    )  # fmt: skip
    return True


def _put_out_of_sight(share):
    """As long as another share of the case with the same unit lives, its rows are read for that one."""
    same = {"referral": share.referral_id, "organization": share.party_id, "reason": ReferralAccess.Reason.SHARED}
    if not ReferralShare.objects.open().filter(referral=share.referral_id, party=share.party_id).exists():
        ReferralAccess.objects.filter(**same).delete()


def _close_empty(share, ended, actor):
    """The last of its lists ended by itself: the person took the consent back, it ran out, or the keeper stopped it."""
    if share.provisions.open().exists():
        return
    if ended == Ended.BY_PROVIDER and actor is not None:
        close_share(actor, share, ReferralShare.Ended.REVOKED, str(Ended.BY_PROVIDER.label))
    else:
        close_share(actor, share, ReferralShare.Ended.CONSENT)


def _end(provision, ended, actor):
    """True for whoever ended it; a second one changes nothing."""
    mine = Provision.objects.filter(pk=provision.pk, ended_at=None)
    if not mine.update(ended_at=timezone.now(), ended=ended, ended_by=actor):
        return False
    _log(provision, Kind.ENDED, actor, list(provision.items))
    timeline.record("information_stopped", actor, person=provision.person, receiver=provision.receiver.name)
    if provision.share_id:
        _close_empty(provision.share, ended, actor)
    return True


def _log(provision, kind, actor, items, payload_hash="", name=""):
    return DisclosureLog.objects.create(
        kind=kind, person_id=provision.person_id, provision=provision, receiver=provision.receiver,
        receiver_name=provision.receiver.name, items=items, actor=actor, actor_name=str(actor or name),
        payload_hash=payload_hash,
    )  # fmt: skip


def _digest(provision):
    about = [
        provision.code, provision.person.code, provision.provider.code, provision.receiver.code, provision.purpose,
        provision.consent.digest if provision.consent_id else provision.lane.code, provision.items,
    ]  # fmt: skip
    return hashlib.sha256(json.dumps(about, ensure_ascii=False).encode()).hexdigest()
