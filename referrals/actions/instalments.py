"""What happens to a payment schedule in the course of the deeds of its line. The line is locked by whoever calls."""

from django.utils import timezone
from django.utils.translation import gettext as _

from members.access import Refusal
from programs import payments
from programs.models import FundOrder, LineKind
from referrals import instalments
from referrals.kinds import SkipCause
from referrals.models import AidInstalment


def lay_out(line, first_year=None):
    """From the day the money is set aside: month by month, as the program's version says. Nothing where it is paid at
    once."""
    plan = instalments.plan_of(line)
    if plan is None:
        return []
    first_year = first_year or payments.school_year_of(plan, timezone.localdate())
    line.instalments.all().delete()
    rows = [_row(line, one) for one in payments.spread(plan, first_year, line.amount)]
    return AidInstalment.objects.bulk_create(rows)


def _row(line, one):
    parts = [[name, str(amount)] for name, amount in one.parts]
    return AidInstalment(
        line=line, number=one.number, term=one.term, month=one.month, due_on=one.due_on, amount=one.amount, parts=parts
    )


def chosen_to_pay(line, numbers=None):
    """The instalments that this payment is for: those named, else all that are due. None for a line without any."""
    if not instalments.of_line(line):
        return None
    able = instalments.to_pay(line)
    today = timezone.localdate()
    rows = [one for one in able if (one.due_on <= today if numbers is None else one.number in numbers)]
    if not rows or (numbers is not None and len(rows) != len(set(numbers))):
        raise Refusal(_("请选择还没有支付的一期或几期。"), field="numbers")
    return rows


def attach(rows, order):
    AidInstalment.objects.filter(pk__in=[one.pk for one in rows]).update(order=order)


def detach(order):
    """The payment was not booked: its instalments wait again."""
    AidInstalment.objects.filter(order=order).update(order=None)


def hear_of_return(actor, line, order):
    """A counter-entry against a payment by instalments: it names whole ones, the last first, that nobody signed for."""
    paid_with = order.against.order
    rows = [one for one in instalments.of_line(line) if one.order_id == paid_with.pk]
    if not rows:
        return
    back, left = [], order.amount
    for one in reversed([one for one in rows if not one.signed_on]):
        if left <= 0:
            break
        back.append(one)
        left -= one.amount
    if left:
        raise Refusal(_("这笔支付是分期的：退回的金额要正好是其中最后几期的合计，而且这几期还没有签收。"))
    AidInstalment.objects.filter(pk__in=[one.pk for one in back]).update(order=None)
    if order.kind == LineKind.PAYEE_RETURN:
        leave_out(actor, back, SkipCause.RETURNED, order.reason)


def leave_out(actor, rows, cause, reason):
    for one in rows:
        one.order, one.cause, one.skipped_by, one.skipped_at = None, cause, actor, timezone.now()
        one.private = {**one.private, "reason": reason.strip()}
        one.save(update_fields=["order", "cause", "skipped_by", "skipped_at", "private"])


def stop(actor, line, reason):
    """The line ended: what was not paid is left out."""
    rows = line.instalments.exclude(order__state=FundOrder.State.APPROVED).filter(skipped_at=None)
    leave_out(actor, list(rows), SkipCause.ENDED, reason)
