"""双向闭环: the government could not aid somebody a charity told it of, and asks that charity to help itself."""

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from members import audit
from members.access import Refusal
from referrals import double_loop, receivers, turns
from referrals.actions.moves import locked
from referrals.actions.referrals import concern, send_referral, submit_referral
from referrals.kinds import AidState, Ground
from referrals.models import Referral
from referrals.workflow import ReferralKind


def refer_back(actor, referral, *, program=None):
    """Written from what stands there, and sent at once; where somebody else of the unit sends, it goes to them.

    The charity keeps the person, so that no list has to pass; it may help by the simplified procedure of its region.
    """
    with transaction.atomic():
        told = locked(referral)
        _refuse(actor, told)
        back = _written(actor, told, program)
        sends = turns.answers_for(actor, back.sender, actor.permissions.get("referral.send"))
        (send_referral if sends else submit_referral)(actor, back, back.version)
    return Referral.objects.get(pk=back.pk)


def _refuse(actor, told):
    if not turns.answers_for(actor, told.receiver, actor.permissions.get("referral.write")):
        raise PermissionDenied
    if not double_loop.is_open(told):
        raise Refusal(_("只有答复“不符合条件”的才转回告知单位。"))
    if existing := double_loop.way_back(told):
        words = {"number": existing.number or existing.code, "state": existing.get_state_display()}
        raise Refusal(_("已经转回，转介单 %(number)s（%(state)s）。") % words)
    if related := turns.related_words(actor, told.person):
        raise Refusal(related)


def _written(actor, told, program):
    report = told.reports.first()
    back = Referral(
        person=told.person, sender=told.receiver, receiver=told.sender, written_by=actor, sender_handler=actor,
        changed_by=actor, follows=told, program=program, kind=ReferralKind.SHARE, ground=Ground.NOT_YET_ELIGIBLE,
        urgency=told.urgency, scheme=report.scheme, scheme_result=AidState.REFUSED, items=told.items,
        direction=receivers.direction_between(told.receiver, told.sender),
        private={"circumstances": told.circumstances, "government": double_loop.words_of(report)},
    )  # fmt: skip
    back.save()
    back.needs.set(told.needs.all())
    concern(back)
    audit.record(actor, "referral.draft", back, organization=back.sender, changes={"to": [None, back.receiver.name]})
    return back
