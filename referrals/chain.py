"""转介链: from the first referral to the last, with where each stands. States only; of the person nothing."""

from dataclasses import dataclass

from portal.lib import row_security
from referrals.models import Referral
from referrals.workflow import MOST_FORWARDINGS, ReferralKind, State


@dataclass(frozen=True)
class Link:
    """One referral of a chain; without an address for whoever it does not concern."""

    referral: object
    is_here: bool
    is_seen: bool
    # How many working days it waits is the clock's; this is whose turn it is.
    turn: object

    @property
    def is_over(self):
        return self.referral.is_ended and self.referral.state != State.FORWARDED


def chain_of(staff, referral):
    """[Link], the first one first; empty where nothing was passed on."""
    rows = _earlier(referral) + [referral] + _later(referral)
    if len(rows) == 1:
        return []
    seen = set(Referral.objects.visible_to(staff).filter(pk__in=[one.pk for one in rows]).values_list("pk", flat=True))
    return [Link(one, one.pk == referral.pk, one.pk in seen, one.turn) for one in rows]


@row_security.widely("the chain")
def _earlier(referral):
    found, link = [], referral
    known = Referral.objects.select_related("sender", "receiver", "sender_handler", "paused_by")
    while link.parent_id is not None:
        link = known.get(pk=link.parent_id)
        found.insert(0, link)
    return found


@row_security.widely("the chain")
def _later(referral):
    """Each was passed on once at most; there are never more than three."""
    found, parents = [], [referral.pk]
    for _step in range(MOST_FORWARDINGS):
        rows = list(Referral.objects.filter(parent__in=parents).select_related("sender", "receiver", "paused_by"))
        if not rows:
            break
        found, parents = found + rows, [one.pk for one in rows]
    return found


def leader_of(referral):
    """Who leads the case: whoever took it over, and until somebody has, and after the end, whoever sent it first."""
    if referral.kind == ReferralKind.HANDOVER:
        taken = next((one for one in reversed([referral, *_later(referral)]) if one.is_handed_over), None)
        if taken:
            return taken.receiver
    return first_sender_of(referral)


def first_sender_of(referral):
    return next(iter(_earlier(referral)), referral).sender


def first_senders(referral):
    """[referral]: those before it in the chain; whoever sent the first of them follows it to the end."""
    return _earlier(referral)
