"""The monthly return of a unit: frozen sums of its ledger, handed in once; and who is reminded of it."""

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from members import audit, outbox
from members.access import Refusal
from members.models import Organization
from referrals import aid_returns
from referrals.models import AidReturn, Referral
from referrals.workflow import State


def hand_in_return(actor, month, note=""):
    """What the ledger holds of a month that is over; nothing given is a return too."""
    if not aid_returns.owes(actor):
        raise PermissionDenied
    if month not in aid_returns.months_until():
        raise Refusal(_("只能报送最近 %(n)s 个已经结束的月份。") % {"n": aid_returns.MONTHS}, field="month")
    figures = aid_returns.figures_of(actor.organization, month)
    try:
        with transaction.atomic():
            row = AidReturn.objects.create(
                organization=actor.organization, month=month, handed_in_by=actor, note=note.strip(), **figures
            )
            audit.record(actor, "aid.hand_in", row, organization=actor.organization)
    except IntegrityError as error:
        raise Refusal(_("这个月已经报送过。"), field="month") from error
    return row


def remind_of_returns(on=None):
    """Units that took on referrals and have not told of last month: a mail each, once a month. Returns how many."""
    month = aid_returns.months_until(on)[0]
    took_on = Referral.objects.exclude(state__in=[State.DRAFT, State.REVIEW, State.IN_ERROR]).values("receiver")
    units = Organization.objects.filter(pk__in=took_on, is_suspended=False).exclude(
        pk__in=AidReturn.objects.filter(month=month).values("organization")
    )  # fmt: skip
    owing = [unit for unit in units.order_by("pk") if month in aid_returns.missing_of(unit)]
    with transaction.atomic():
        for unit in owing:
            outbox.put("mail.aid_return", {"unit": unit.code}, dedup_key=f"mail.aid_return:{unit.code}:{month:%Y-%m}")
    return len(owing)
