"""A receiver without an account: the link and the code, and the three things that can be done without signing in."""

from datetime import timedelta

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from members import audit, outbox
from members.access import Refusal
from referrals import disclosure, guests, turns
from referrals.actions.decisions import MOST_QUESTIONS, end_provisions, free_place
from referrals.actions.moves import locked, make
from referrals.actions.provisions import log_guest
from referrals.guest_links import code_digest, digest, draw_code, is_code, token_of
from referrals.models import GuestAccess, ReferralQuestion
from referrals.workflow import MOVES, State

VALID_FOR = timedelta(days=7)
MOST_TRIES = 5
MOST_LINKS = 5


# -- The sender -------------------------------------------------------------------------------------------------------
def invite_guest(actor, referral, post, email):
    """(access, code). The code is shown once, to be told by telephone; the mail says nothing of anybody."""
    with transaction.atomic():
        current = _sent_by(actor, referral)
        if guests.has_account(current.receiver):
            raise Refusal(_("%(unit)s已经有人使用本平台，不用另发链接。") % {"unit": current.receiver})
        if post.organization_id != current.receiver_id or post.ended_at:
            raise Refusal(_("请选择接收单位现有的联系岗位。"), field="post")
        if current.guests.count() >= MOST_LINKS:
            raise Refusal(_("这份转介已经发过 %(n)s 次链接，请改用电话联系，或者撤回。") % {"n": MOST_LINKS})
        _end(current.guests.filter(ended_at=None), GuestAccess.Ended.REPLACED)
        access = GuestAccess(
            referral=current, post=post, email=email, made_by=actor, expires_at=timezone.now() + VALID_FOR
        )
        code = _seal(access)
        access.token_hash = digest(token_of(access))
        access.save()
        audit.record(
            actor, "referral.invite_guest", current, organization=current.sender, changes={"to": [None, str(post)]}
        )
        outbox.put("referral.guest", {"access": access.code}, dedup_key=f"referral.guest:{access.code}")
    return access, code


def renew_code(actor, access):
    """A used or forgotten code gives way to a new one; the link stays."""
    with transaction.atomic():
        current = GuestAccess.objects.select_for_update(of=("self",)).select_related("referral").get(pk=access.pk)
        _sent_by(actor, current.referral)
        if not current.is_open:
            raise Refusal(_("链接已经失效，请重新发送。"))
        code = _seal(current)
        current.save(update_fields=["code_hash", "tries"])
        audit.record(actor, "referral.renew_guest_code", current.referral, organization=current.referral.sender)
    return current, code


def end_guest(actor, access):
    with transaction.atomic():
        referral = _sent_by(actor, access.referral)
        if not _end(GuestAccess.objects.filter(pk=access.pk, ended_at=None), GuestAccess.Ended.BY_SENDER):
            raise Refusal(_("链接已经失效。"))
        audit.record(actor, "referral.end_guest", referral, organization=referral.sender)


def _seal(access):
    code = draw_code()
    access.code_hash, access.tries = code_digest(access, code), 0
    return code


def _sent_by(actor, referral):
    current = locked(referral)
    if not turns.answers_for(actor, current.sender, actor.permissions.get("referral.write")):
        raise PermissionDenied
    if State(current.state) not in guests.WHILE:
        raise Refusal(_("现在是“%(state)s”，不能发链接。") % {"state": current.get_state_display()})
    return current


def _end(rows, how):
    return rows.update(ended_at=timezone.now(), ended=how)


# -- The guest --------------------------------------------------------------------------------------------------------
def find_access(token):
    """By one look into one index; the same nothing for a link that is wrong, over or closed."""
    access = GuestAccess.objects.select_related("referral__receiver", "post").filter(token_hash=digest(token)).first()
    return access if access and access.is_open and State(access.referral.state) in guests.WHILE else None


def open_guest(access, code):
    """True for the one who knows the code; each code opens once, and five wrong ones close the link."""
    with transaction.atomic():
        current = GuestAccess.objects.select_for_update().get(pk=access.pk)
        if not current.is_open:
            return False
        if is_code(current, code):
            current.code_hash, current.tries, current.opened_at = "", 0, timezone.now()
            current.save(update_fields=["code_hash", "tries", "opened_at"])
            audit.record(None, "referral.open_as_guest", access.referral, organization=access.referral.receiver)
            return True
        GuestAccess.objects.filter(pk=current.pk).update(tries=F("tries") + 1)
        if current.tries + 1 >= MOST_TRIES:
            _end(GuestAccess.objects.filter(pk=current.pk), GuestAccess.Ended.LOCKED)
        audit.record(None, "referral.refuse_guest", access.referral, organization=access.referral.receiver)
    return False


def see_as_guest(access):
    """(permitted, rows): exactly the list that was sent, as far as the consent still covers it; each look is logged."""
    referral = access.referral
    permitted = disclosure.permitted_to_guest(referral.receiver, referral.person)
    items = permitted.items & frozenset(referral.items)
    if not items:
        return permitted, []
    rows = disclosure.project(referral.person, items, referral.needs.all())
    log_guest(access, permitted, rows)
    return permitted, rows


def sign_as_guest(access, version, name):
    with transaction.atomic():
        current = _take(access, "sign", version)
        make(None, current, "sign", values={"opened_at": timezone.now()}, **_who(access, name))


def ask_as_guest(access, version, name, questions):
    asked = [text.strip() for text in questions if text.strip()][:MOST_QUESTIONS]
    if not asked:
        raise Refusal(_("请至少提出一个问题。"), field="questions")
    with transaction.atomic():
        current = _take(access, "return", version)
        for text in asked:
            ReferralQuestion.objects.create(referral=current, private={"text": text})
        make(None, current, "return", values={"returns": current.returns + 1}, **_who(access, name))


def reject_as_guest(access, version, name, reason, note):
    if reason.startswith("incomplete."):
        raise Refusal(_("材料不齐的，请先提出问题。"), field="reason")
    with transaction.atomic():
        current = _take(access, "reject", version)
        make(
            None, current, "reject", values=free_place(None, current), reason=reason, note=note.strip(),
            **_who(access, name),
        )  # fmt: skip
        end_provisions(None, current)


def _take(access, verb, version):
    """The locked row; refused when the link is over, or when something happened since the page was opened."""
    current = locked(access.referral)
    live = GuestAccess.objects.select_for_update().get(pk=access.pk)
    if not live.is_open or current.receiver.is_suspended or guests.has_account(current.receiver):
        raise Refusal(_("链接已经失效。贵单位已有账号的，请登录办理。"))
    if verb not in guests.VERBS.get(State(current.state), ()) or current.version != version:
        words = {"state": current.get_state_display(), "move": MOVES[verb].label}
        raise Refusal(_("现在是“%(state)s”，不能“%(move)s”。请刷新后再看。") % words)
    return current


def _who(access, name):
    if not name.strip():
        raise Refusal(_("请写明办理人的姓名和岗位。"), field="name")
    return {"organization": access.referral.receiver, "guest": f"{name.strip()}（{access.post}）"}
