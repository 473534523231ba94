"""Sharing one case with named people of one more unit, and the end of it. The sight of the person itself ends in
`provisions`, together with the lists."""

from django.contrib.auth.models import Permission
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from members import audit, handover, outbox
from members.access import Refusal, Stale
from members.actions.grants import end_of, refuse_grantee
from referrals import case_notes, disclosure, shares, timeline, turns
from referrals.actions.moves import MOST_TOLD, hearers, locked
from referrals.actions.provisions import close_share, confirm_deletion, provide
from referrals.items import ITEMS, Purpose
from referrals.kinds import ShareTask
from referrals.models import CaseNote, ReferralAccess, ReferralGrant, ReferralShare
from referrals.workflow import Side

Ended = ReferralShare.Ended
BATCH, MOST_NOTES = 500, 100


def give_share(actor, referral, party, holders, values):
    """`values`: task, words, items, reasons (item -> why more than the task needs), expires_on (its last day)."""
    if not shares.may_share(actor, referral):
        raise PermissionDenied
    task, items = ShareTask(values["task"]), [code for code in ITEMS if code in values["items"]]
    _refuse_items(task, items, values["reasons"])
    if not values["words"].strip():
        raise Refusal(_("请写明请对方做什么。"), field="words")
    until = end_of(values["expires_on"])
    with transaction.atomic():
        current = locked(referral)
        if reason := shares.why_not_now(actor, current) or shares.why_no_party(current, party):
            raise Refusal(reason)
        _refuse_holders(actor, current, party, holders)
        share = ReferralShare.objects.create(
            referral=current, party=party, task=task, items=items, expires_on=values["expires_on"], given_by=actor,
            organization=actor.organization,
            private={"words": values["words"].strip(), "reasons": _reasons_of(task, items, values["reasons"])},
        )  # fmt: skip
        _provide(actor, current, share)
        _grant(actor, share, holders, until)
        ReferralAccess.objects.bulk_create(
            [ReferralAccess(organization=party, referral=current, reason="shared")], ignore_conflicts=True
        )
        _tell_given(actor, current, share, holders)
    return share


def _refuse_items(task, items, reasons):
    if not items:
        raise Refusal(_("请勾选要提供的内容。"), field="items")
    for code in items:
        if code not in shares.LEAST[task] and not reasons.get(code, "").strip():
            words = {"item": ITEMS[code].label, "task": task.label}
            raise Refusal(_("“%(item)s”超出%(task)s最少要的内容，请写明为什么要。") % words, field="items")


def _reasons_of(task, items, reasons):
    return {code: reasons[code].strip()[:200] for code in items if code not in shares.LEAST[task]}


def _refuse_holders(actor, referral, party, holders):
    if not holders or len(holders) > shares.MOST_HOLDERS:
        words = {"most": shares.MOST_HOLDERS}
        raise Refusal(_("请指定对方的具体人员，最多 %(most)s 人。") % words, field="holders")
    if referral.shares.open().count() >= shares.MOST_SHARES:
        raise Refusal(_("一件个案同时最多共享 %(most)s 次，请先收回用不上的。") % {"most": shares.MOST_SHARES})
    for one in holders:
        refuse_grantee(actor, one)
        if turns.related_words(one, referral.person):
            raise Refusal(_("%(name)s按回避规定不能看这件个案。") % {"name": one}, field="holders")
    able = {one.pk for one in shares.people_of(party, referral)}
    if {one.pk for one in holders} - able:
        raise Refusal(_("只能共享给该单位办理个案的在岗人员。"), field="holders")
    live = ReferralGrant.objects.live().filter(content_object=referral, user__in=holders, share__ended_at=None)
    if again := live.select_related("user").first():
        words = {"name": again.user, "day": again.last_day.isoformat()}
        raise Refusal(_("已经共享给%(name)s（到 %(day)s），要改内容请先收回。") % words, field="holders")


def _provide(actor, referral, share):
    """Under consents that last at least as long as the share does."""
    reason = _("共享：%(task)s") % {"task": share.get_task_display()}
    provisions = provide(actor, referral.person, share.party, Purpose.REFER_TO_ORG, share.items, reason, share)
    last = min(one.consent.valid_until for one in provisions)
    if share.expires_on > last:
        words = {"day": last.isoformat()}
        raise Refusal(_("本人的同意到 %(day)s 为止，不能共享得更久。") % words, field="expires_on")


def _grant(actor, share, holders, until):
    permission = Permission.objects.get(
        content_type__app_label="referrals", content_type__model="referral", codename=shares.READ
    )
    for one in holders:
        ReferralGrant.objects.create(
            user=one, permission=permission, content_object=share.referral, share=share, given_by=actor,
            reason=str(share.get_task_display()), expires_at=until,
        )  # fmt: skip


def _tell_given(actor, referral, share, holders):
    audit.record(
        actor, "share.give", referral, organization=actor.organization, reason=share.code,
        changes={"party": [None, share.party.name], "grantee": [None, [one.code for one in holders]],
                 "items": [None, list(share.items)], "expires_on": [None, share.expires_on.isoformat()]},
    )  # fmt: skip
    timeline.record(
        "referral_shared", actor, person=referral.person, party=share.party.name, task=share.get_task_display(),
        until=share.expires_on.isoformat(),
    )  # fmt: skip
    for one in holders:
        outbox.put(
            "share.given", {"share": share.code, "staff": one.code}, dedup_key=f"share.given:{share.code}:{one.code}"
        )
    _tell_sides(actor, referral, "referral.shared", f"{share.code}:given")


def _tell_sides(actor, referral, topic, key):
    for side in (Side.SENDER, Side.RECEIVER):
        for staff in hearers(referral, side).exclude(pk=actor.pk if actor else None)[:MOST_TOLD]:
            outbox.put(topic, {"referral": referral.code, "staff": staff.code}, dedup_key=f"{topic}:{key}:{staff.code}")


# -- The end ----------------------------------------------------------------------------------------------------------
def revoke_share(actor, share, version, reason):
    """By the side that keeps the record, at any moment: from now on nothing of it is seen."""
    if not shares.may_share(actor, share.referral):
        raise PermissionDenied
    if not reason.strip():
        raise Refusal(_("请写明为什么收回。"), field="reason")
    with transaction.atomic():
        current = ReferralShare.objects.select_for_update(of=("self",)).select_related("party", "referral").get(
            pk=share.pk
        )  # fmt: skip
        if current.ended_at:
            raise Refusal(_("这次共享已经结束：%(how)s。") % {"how": current.how_it_ended})
        if current.version != version:
            raise Stale(current)
        close_share(actor, current, Ended.REVOKED, reason.strip()[:200])
        _tell_sides(actor, share.referral, "referral.shared", f"{share.code}:ended")
    current.refresh_from_db()
    return current


def end_expired(on=None):
    """By the clock: the grants count no longer already, here the end is written down. Returns how many."""
    on = on or timezone.localdate()
    rows = ReferralShare.objects.open().filter(expires_on__lt=on).select_related("party", "referral").order_by("pk")
    return sum(_expire(share) for share in rows[:BATCH])


def _expire(share):
    with transaction.atomic():
        return close_share(None, share, Ended.EXPIRED)


def confirm_share_deletion(actor, share):
    """Somebody it was given to says that whatever they kept outside is deleted (§47)."""
    if not shares.is_shown_to(actor, share):
        raise PermissionDenied
    with transaction.atomic():
        waiting = list(share.provisions.filter(ended_at__isnull=False, deleted_at=None).select_related("receiver"))
        if not waiting:
            raise Refusal(_("还没有停止提供，或者已经确认过。"))
        for provision in waiting:
            confirm_deletion(actor, provision)


# -- What is written on it --------------------------------------------------------------------------------------------
def write_share_note(actor, share, text):
    """Between those it was given to and the two sides: an answer, a question. It moves nothing."""
    share.refresh_from_db(fields=["ended_at", "ended", "expires_on"])
    if reason := why_not_write(actor, share):
        raise Refusal(reason)
    if not text.strip():
        raise Refusal(_("请写下内容。"), field="text")
    if share.notes.count() >= MOST_NOTES:
        raise Refusal(_("一次共享最多 %(most)s 条。") % {"most": MOST_NOTES}, field="text")
    with transaction.atomic():
        note = CaseNote.objects.create(
            referral=share.referral, audience=CaseNote.Audience.SHARE, share=share, author=actor,
            organization=actor.organization, private={"text": text.strip()},
        )  # fmt: skip
        audit.record(actor, "referral.note", share.referral, organization=actor.organization, reason=note.code)
        _tell_sides(actor, share.referral, "referral.noted", note.code)
        for grant in share.grants.filter(revoked_at=None).exclude(user=actor).select_related("user"):
            outbox.put(
                "share.noted", {"share": share.code, "staff": grant.user.code},
                dedup_key=f"share.noted:{note.code}:{grant.user.code}",
            )  # fmt: skip
    return note


def why_not_write(actor, share):
    """Whoever sees it now may answer; whoever works on the case may ask."""
    if shares.is_shown_to(actor, share):
        return disclosure.permitted_by_share(actor, share).reason
    if not case_notes.side_of(actor, share.referral):
        raise PermissionDenied
    if share.is_over:
        return _("这次共享已经结束：%(how)s。") % {"how": share.how_it_ended}
    if not disclosure.permitted(actor, share.referral.person):
        return _("本人的同意已不包括向贵单位提供的内容，不能再写。")
    return case_notes.why_not_write(actor, share.referral)


# -- Whoever leaves ---------------------------------------------------------------------------------------------------
def _held(staff):
    return ReferralShare.objects.open().filter(pk__in=ReferralGrant.objects.live().filter(user=staff).values("share"))


def _end_held(actor, staff, successor):
    """Given to this person by name, so not passed on; where others hold it too, it stays with them. The clock ends
    none: whoever is switched off sees nothing, and may come back."""
    if actor is None:
        return
    for share in _held(staff).select_related("party", "referral"):
        ReferralGrant.objects.filter(share=share, user=staff, revoked_at=None).update(
            revoked_at=timezone.now(), revoked_by=actor
        )
        if not share.grants.live().exists():
            close_share(actor, share, Ended.LEFT)


handover.register(
    handover.Holding(
        code="shares",
        label=gettext_lazy("共享给他的个案"),
        fate=gettext_lazy("收回；还需要的，由共享的单位另行指定人员。"),
        count=lambda staff: _held(staff).count(),
        move=_end_held,
    )
)
