"""A second person decides on what somebody asked (ReferralApproval): agreed to, it happens in the same moment."""

from datetime import date

from django.db import transaction

from referrals.actions import approvals
from referrals.actions.decisions import accept_referral
from referrals.actions.outcomes import reopen_referral, void_referral
from referrals.models import Referral


def agree(actor, approval, note=""):
    """The move is made by whoever asked, with this person as its second; over the version that was seen then."""
    with transaction.atomic():
        row = approvals.decide(actor, approval, is_agreed=True, note=note)
        return DONE_BY[row.verb](row)


def decline(actor, approval, note):
    with transaction.atomic():
        return approvals.decide(actor, approval, is_agreed=False, note=note)


def _accept(row):
    values = row.private["values"]
    finish_on = date.fromisoformat(values["finish_on"]) if values["finish_on"] else None
    return accept_referral(
        row.asked_by, row.referral, row.seen_version, extent=values["extent"], finish_on=finish_on, note=row.note,
        approval=row,
    )  # fmt: skip


def _reopen(row):
    return reopen_referral(row.asked_by, row.referral, row.seen_version, row.note, approval=row)


def _void(row):
    right = Referral.objects.filter(code=row.private["values"]["right_one"]).first()
    return void_referral(row.asked_by, row.referral, row.seen_version, row.note, right_one=right, approval=row)


DONE_BY = {"accept": _accept, "reopen": _reopen, "void": _void}
