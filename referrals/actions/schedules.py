"""Deeds on a payment schedule by themselves: laid out for another school year, signed for, months left out."""

from contextlib import ExitStack

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from members.access import Refusal
from portal.lib import money
from programs.actions import funds
from referrals import instalments
from referrals.actions import fact_sheets
from referrals.actions.aid import keep_papers
from referrals.actions.aid_steps import move_line, take_line, tell_family
from referrals.actions.instalments import lay_out, leave_out
from referrals.kinds import AidLineState, SkipCause


def plan_aid(actor, line, version, first_year):
    """Laid out anew, as long as nothing of it was paid: the course begins in another autumn than was supposed."""
    with transaction.atomic():
        current = take_line(actor, line, "plan", version)
        today = timezone.localdate()
        if not today.year - 5 <= first_year <= today.year + 1:
            raise Refusal(_("请填写开学的年份。"), field="first_year")
        lay_out(current, first_year)
        said = _("%(year)s 年秋季开学") % {"year": first_year}
        return move_line(actor, current, "plan", current.state, said)


def sign_aid(actor, line, version, numbers, *, day, signer="", receipt="", files=(), note=""):
    """What was paid has reached the hand: months by number, with the sheet that was signed or its number.

    `files`: (kind of paper, checked file). `signer`: who signed in their stead.
    """
    if not receipt.strip() and not files:
        raise Refusal(_("请填写签收单编号，或者上传签收单、照片。"), field="receipt")
    with ExitStack() as kept, transaction.atomic():
        current = take_line(actor, line, "sign", version)
        rows = _chosen(instalments.to_sign(current), numbers, _("请选择已经支付、还没有签收的月份。"))
        if not max(one.order.day for one in rows) <= day <= timezone.localdate():
            raise Refusal(_("签收日期不能早于支付，不晚于今天。"), field="day")
        papers = keep_papers(kept, actor, current, files)
        for one in rows:
            one.signed_on, one.signed_by, one.receipt = day, actor, receipt.strip()
            one.paper = papers[0] if papers else None
            one.private = {**one.private, "signer": signer.strip()} if signer.strip() else one.private
            one.save(update_fields=["signed_on", "signed_by", "receipt", "paper", "private"])
        tell_family(actor, current, "aid_line_signed", months=_months(rows))
        return move_line(actor, current, "sign", current.state, _said(rows, note))


def skip_aid(actor, line, version, numbers, *, cause, note):
    """Months that are not paid: the sum is less by them, and their money is free again at once."""
    if not note.strip():
        raise Refusal(_("请写明为什么不发。"), field="note")
    with transaction.atomic():
        current = take_line(actor, line, "skip", version)
        rows = _chosen(instalments.to_pay(current), numbers, _("请选择还没有支付的月份。"))
        amount = sum(one.amount for one in rows)
        if amount == current.amount:
            raise Refusal(_("全部不发的，请取消这笔帮扶。"), field="numbers")
        leave_out(actor, rows, SkipCause(cause), note)
        words = f"{SkipCause(cause).label} {_months(rows)}"
        funds.release(actor, current.commitment, amount, reason=words[:200])
        current.amount -= amount
        is_over = current.paid and current.paid == current.amount
        state = AidLineState.PAID if is_over else current.state
        tell_family(actor, current, "aid_line_skipped", months=_months(rows), cause=SkipCause(cause).label)
        move_line(actor, current, "skip", state, _said(rows, note))
        if current.program_id:
            fact_sheets.renew(current.person)
        return current


def _chosen(able, numbers, words):
    rows = [one for one in able if one.number in set(numbers)]
    if not rows or len(rows) != len(set(numbers)):
        raise Refusal(words, field="numbers")
    return rows


def _months(rows):
    return str(_("、")).join(f"{one.month:%Y-%m}" for one in rows)


def _said(rows, note):
    told = _("%(months)s，%(sum)s") % {"months": _months(rows), "sum": money.show(sum(one.amount for one in rows))}
    return f"{told} {note.strip()}".strip()
