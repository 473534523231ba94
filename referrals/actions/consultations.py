"""工作紧急会商 (T15): what is disputed a second time is settled by the civil-affairs side, not by the clock."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from members.access import Refusal
from referrals import clocks
from referrals.actions.moves import make, take


def ask_consultation(actor, referral, version, note):
    """Asked for by the sender, after one dispute. The clock of the confirmation stops until the conclusion."""
    if not note.strip():
        raise Refusal(_("请写明还有什么分歧、要会商什么。"), field="note")
    with transaction.atomic():
        current = take(actor, referral, "consult", version)
        values = {"consultation_asked_at": timezone.now(), "consultation_ended_at": None, **clocks.STOPPED}
        make(actor, current, "consult", values=values, note=note.strip())
    return current


def uphold_report(actor, referral, version, note):
    """The report stands: the sender confirms it, or the clock closes it, which begins anew."""
    _refuse_unsaid(note)
    with transaction.atomic():
        current = take(actor, referral, "uphold", version)
        values = {"consultation_ended_at": timezone.now(), **clocks.running(current, current.state)}
        make(actor, current, "uphold", values=values, note=note.strip())
    return current


def help_on(actor, referral, version, note):
    """Help goes on; of the next report a consultation may be asked again."""
    _refuse_unsaid(note)
    with transaction.atomic():
        current = take(actor, referral, "help_on", version)
        values = {"consultation_asked_at": None, "consultation_ended_at": None, "finish_on": None}
        make(actor, current, "help_on", values=values, note=note.strip())
    return current


def _refuse_unsaid(note):
    if not note.strip():
        raise Refusal(_("请写明会商的结论和理由。"), field="note")
