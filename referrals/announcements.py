"""What a unit's own system is told of referrals, help and leads: which, what was done, where it stands. No names."""

from django.utils.translation import gettext_lazy as _

from members import webhooks
from referrals.kinds import WAITING_AID
from referrals.models import ReferralAccess
from referrals.workflow import State

ARRIVED, MOVED, LATE = "referral.arrived", "referral.moved", "referral.late"
AID, LEAD = "aid.moved", "lead.moved"
EVENTS = {
    ARRIVED: _("收到新的转介"),
    MOVED: _("转介有了变化"),
    LATE: _("转介超过期限"),
    AID: _("帮扶有了变化"),
    LEAD: _("线索有了变化"),
}
_SENDS = frozenset({"send", "approve_sending"})


def tell_moved(referral, step):
    """Both sides, and whoever sent it on before; of what was not sent yet only the sender's."""
    data = {**_told(referral), "verb": step.verb, "step": step.code}
    is_inside = referral.state in (State.DRAFT, State.REVIEW)
    if step.verb in _SENDS:
        webhooks.announce(ARRIVED, [referral.receiver_id], data)
    units = {referral.sender_id} if is_inside or step.verb in _SENDS else {referral.sender_id, referral.receiver_id}
    webhooks.announce(MOVED, units | _earlier(referral), data)


def tell_late(referral):
    """Whose turn it is."""
    if referral.turn is not None:
        webhooks.announce(LATE, [referral.turn.pk], _told(referral))


def tell_aid(line, verb):
    """The unit that gives it; and of a case whoever sent it, from the decision on. No sum, no kind of help."""
    data = {
        "aid": line.code, "verb": verb, "state": str(line.state), "version": line.version,
        "referral": line.referral.code if line.referral_id else None,
    }  # fmt: skip
    is_decided = line.referral_id and line.state not in WAITING_AID
    webhooks.announce(AID, {line.organization_id, *([line.referral.sender_id] if is_decided else [])}, data)


def tell_lead(lead, verb):
    """The unit whose people filed it."""
    webhooks.announce(LEAD, [lead.organization_id], {"lead": lead.code, "verb": verb, "state": str(lead.state)})


def _told(referral):
    return {
        "referral": referral.code, "number": referral.number, "state": str(referral.state),
        "version": referral.version,
    }  # fmt: skip


def _earlier(referral):
    rows = ReferralAccess.objects.filter(referral=referral, reason=ReferralAccess.Reason.ANCESTOR)
    return set(rows.values_list("organization", flat=True)) if referral.parent_id else set()
