"""A consent that ran out, or was taken back in part, and was given anew: what goes on under it is shown again.

The person named the receiver and the items once more, so nobody has to send anything a second time: a case that is
still going on gets another list, of what it listed before and no more.
"""

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from members.access import Refusal
from referrals import disclosure
from referrals.actions.moves import RELATED
from referrals.actions.referrals import list_what_is_sent, provide_items
from referrals.items import Purpose
from referrals.models import Provision, Referral, UrgentLane
from referrals.workflow import LIVE, State

GOING_ON = LIVE - {State.DRAFT, State.REVIEW}


def renew_lists(actor, person):
    """Of every case of the person that goes on; `actor` is None for the clock. Returns how many got another list.

    救急难 has a way of its own from its ground to a consent (actions.urgent).
    """
    urgent = UrgentLane.objects.filter(state__in=[UrgentLane.State.OPEN, UrgentLane.State.LAPSED])
    rows = Referral.objects.of(person).filter(state__in=GOING_ON).exclude(pk__in=urgent.values("referral"))
    return sum(_renew(actor, referral) for referral in rows.select_related(*RELATED, "written_by"))


def _renew(actor, referral):
    """Where the papers between the two units do not stand any more, nothing is shown before they do."""
    items = _agreed_anew(referral)
    giver = actor or referral.sender_handler or referral.written_by
    if not items:
        return False
    try:
        with transaction.atomic():
            provisions = provide_items(giver, referral, items)
            list_what_is_sent(giver, referral, provisions, reason=_("重新征得同意"))
    except (Refusal, PermissionDenied):
        return False
    return bool(provisions)


def _agreed_anew(referral):
    """Of what it lists: what the receiver does not see, and some consent covers."""
    person, receiver = referral.person, referral.receiver
    open_lists = Provision.objects.about(person).open().filter(receiver=receiver, purpose=Purpose.REFER_TO_ORG)
    seen = frozenset().union(
        *(disclosure.left_of(one) for one in open_lists.select_related("lane").prefetch_related(disclosure.terms()))
    )
    hidden = [item for item in referral.items if item not in seen]
    return sorted(disclosure.covered(person, receiver, Purpose.REFER_TO_ORG, hidden).by_item) if hidden else []
