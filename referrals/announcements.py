"""What a unit's own system is told of referrals: which one, what was done, where it stands. Nothing of the person."""

from django.utils.translation import gettext_lazy as _

from members import webhooks
from referrals.models import ReferralAccess
from referrals.workflow import State

ARRIVED, MOVED, LATE = "referral.arrived", "referral.moved", "referral.late"
EVENTS = {
    ARRIVED: _("收到新的转介"),
    MOVED: _("转介有了变化"),
    LATE: _("转介超过期限"),
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


def _told(referral):
    return {
        "referral": referral.code, "number": referral.number, "state": str(referral.state),
        "version": referral.version,
    }  # fmt: skip


def _earlier(referral):
    rows = ReferralAccess.objects.filter(referral=referral, reason=ReferralAccess.Reason.ANCESTOR)
    return set(rows.values_list("organization", flat=True)) if referral.parent_id else set()
