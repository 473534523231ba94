"""The money of funds: income, commitments, releases; payments and counter-entries by two people.

`commit`, `release` and `pay` are what casework calls. Each locks the fund first, so two requests come one after the
other; each may be asked twice with the same reference and counts once. The database would refuse an overdrawn pot too.
"""

import re

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Max, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from members import audit
from members.access import Refusal, is_within
from portal.lib import identity, money
from portal.lib.codes import public_code
from programs import booked, funds
from programs.funds import Use, may
from programs.models import (
    DONATED,
    ZERO,
    Donation,
    Fund,
    FundCommitment,
    FundCommitmentPart,
    FundLine,
    FundOrder,
    FundPot,
    LineKind,
    Naming,
    Program,
    ProgramVersion,
)

# Numbers of receipts, vouchers and cases: short, and nothing that could be a name.
_REFERENCE = re.compile(r"[0-9A-Za-z第字号收付转记银现（）()〔〕\[\]#._/-]{1,40}")
# What a counter-entry may be against.
AGAINST = {
    LineKind.INCOME: (LineKind.INCOME_CORRECTION, LineKind.DONOR_REFUND),
    LineKind.PAYMENT: (LineKind.PAYMENT_CORRECTION, LineKind.PAYEE_RETURN),
}


# -- income -----------------------------------------------------------------------------------------------------------
def record_income(actor, fund, *, amount, channel, day, reference, restriction=None, donor=None, note=""):
    """One sum that came in. `restriction`: programs, kinds, groups, areas, until; nothing of it means free money.

    `donor`: {"donor_kind", "donor_naming", "donor_name"}, as the donor agreed. The same receipt counts once.
    """
    _require(actor, "fund.record", fund)
    reference = _checked(amount, day, reference)
    with transaction.atomic():
        fund = _lock(fund)
        _refuse_closed(fund)
        once = f"income:{reference}"
        if known := fund.lines.filter(once=once).first():
            return _same_income(known, amount, day, channel)
        line = _write(
            actor, fund, LineKind.INCOME, amount, day=day, pot=_pot_for(fund, restriction), channel=channel,
            reference=reference, reason=note, once=once,
        )  # fmt: skip
        if channel in DONATED:
            Donation.objects.create(line=line, changed_by=actor, **_donor(donor))
        audit.record(actor, "fund.record", fund, changes=_told(line))
    return line


def _same_income(known, amount, day, channel):
    """A double click is no second gift; another sum under the same number is a mistake."""
    if (known.amount, known.day, known.channel) == (amount, day, channel):
        return known
    words = {"number": known.reference, "day": known.day.isoformat(), "sum": money.show(known.amount)}
    raise Refusal(_("%(number)s 已于 %(day)s 入账 %(sum)s，同一张票据只入账一次。") % words, field="reference")


def _pot_for(fund, restriction):
    terms = funds.terms_of(restriction)
    return FundPot.objects.get_or_create(fund=fund, digest=terms["digest"], defaults=terms)[0]


def _donor(donor):
    given = donor or {"donor_kind": "other_org", "donor_naming": Naming.ANONYMOUS, "donor_name": ""}
    if given["donor_naming"] == Naming.ANONYMOUS:
        return given | {"donor_name": ""}
    if not given["donor_name"]:
        raise Refusal(_("公开名称或化名时要填署名；不愿署名请选匿名。"), field="donor_name")
    return given


def name_donor(actor, donation, donor):
    """A donor changed their mind on how to be named; what they were called before is not kept."""
    fund = donation.line.fund
    _require(actor, "fund.record", fund)
    with transaction.atomic():
        given = _donor(donor)
        Donation.objects.filter(pk=donation.pk).update(**given, changed_by=actor, changed_at=timezone.now())
        styles = [donation.donor_naming, given["donor_naming"]]
        audit.record(actor, "fund.name_donor", donation, organization=fund.organization, changes={"naming": styles})
    donation.refresh_from_db()
    return donation


# -- commitments ------------------------------------------------------------------------------------------------------
def commit(actor, fund, amount, *, reference, program=None, kind="", area=None, groups=(), day=None, note=""):
    """Set money aside for one use, the most narrowly tied money that fits first.

    `program` is a row or a code; its kind counts as the kind of the use. The same reference gives the same commitment.
    """
    _require(actor, "fund.commit", fund)
    day = day or timezone.localdate()
    reference = _checked(amount, day, reference)
    with transaction.atomic():
        fund = _lock(fund)
        use, program = _use_of(fund, program, kind, area, groups, day)
        known = fund.commitments.filter(reference=reference).first()
        if known:
            return _same_commitment(known, amount, program)
        _refuse_closed(fund)
        found = funds.draw(fund.pots.all(), amount, use, fund.reserve)
        if found.missing:
            raise Refusal(funds.shortage_words(found, amount), field="amount")
        made = FundCommitment.objects.create(
            fund=fund, reference=reference, amount=amount, program_code=program.code if program else "",
            kinds=sorted(use.kinds), groups=sorted(use.groups), area=area, note=note, made_on=day, made_by=actor,
        )  # fmt: skip
        for pot, share in found.shares:
            part = FundCommitmentPart.objects.create(commitment=made, pot=pot)
            _write_of(actor, made, LineKind.COMMITMENT, share, part, day=day, reason=note, once=f"commit:{reference}")
        audit.record(actor, "fund.commit", made, organization=fund.organization, changes=_sum_of(fund, amount))
    return made


def preview(fund, amount, *, program=None, kind="", area=None, groups=(), day=None):
    """From which money a sum would come, without committing it."""
    use, _program = _use_of(fund, program, kind, area, groups, day or timezone.localdate())
    return funds.draw(fund.pots.all(), amount, use, fund.reserve)


def _same_commitment(known, amount, program):
    if known.amount == amount and known.program_code == (program.code if program else ""):
        return known
    words = {"number": known.reference, "sum": money.show(known.amount), "day": known.made_on.isoformat()}
    raise Refusal(_("%(number)s 已于 %(day)s 承诺 %(sum)s，同一编号只承诺一次。") % words, field="reference")


def _use_of(fund, program, kind, area, groups, day):
    if area is not None and not is_within(area, fund.area):
        raise Refusal(_("这项基金只用于%(area)s。") % {"area": fund.area.name}, field="area")
    areas = frozenset([area.code, *area.ancestor_codes]) if area else frozenset()
    if program is None:
        return Use(day, frozenset(), frozenset([kind] if kind else []), frozenset(groups), areas), None
    program = _program(program)
    version = ProgramVersion.objects.filter(program=program).holding_on(day).first()
    if version is None:
        words = {"program": program, "day": day.isoformat()}
        raise Refusal(_("项目“%(program)s”在 %(day)s 没有生效的版本。") % words, field="program")
    if version.fund_codes and fund.code not in version.fund_codes:
        raise Refusal(_("项目“%(program)s”没有写明由这项基金出资。") % {"program": program}, field="program")
    codes = {program.code} | ({program.parent.code} if program.parent else set())
    kinds = frozenset([version.kind, *version.kinds]) - {""}
    return Use(day, frozenset(codes), kinds, frozenset(groups), areas), program


def _program(program):
    if isinstance(program, Program):
        return program
    found = Program.objects.select_related("parent").filter(code=program).first()
    if found is None:
        raise Refusal(_("没有编号为 %(code)s 的项目。") % {"code": str(program)[:20]}, field="program")
    return found


def release(actor, commitment, amount=None, *, reason, once=""):
    """Give back what is no longer needed: a sum, or all that is open. The same `once` counts once.

    Money that waits for somebody's approval cannot be given back.
    """
    _require(actor, "fund.commit", commitment.fund)
    with transaction.atomic():
        fund = _lock(commitment.fund)
        parts = list(commitment.parts.order_by("pk"))
        if once and fund.lines.filter(once__startswith=f"release:{commitment.pk}:{once}:").exists():
            return commitment
        able = _open(commitment, parts)
        wanted = able if amount is None else amount
        _refuse_beyond(wanted, able)
        _release(actor, commitment, parts, wanted, reason, once or public_code())
    return commitment


def end_commitment(actor, commitment, *, reason):
    """What it was set aside for has ended: payments that wait are called off, and what is open is free again.

    Nobody's permission is asked, for it follows from what ended the case. Where the clock ended it, it is booked in
    the name of whoever set the money aside.
    """
    actor = actor or commitment.made_by
    with transaction.atomic():
        fund = _lock(commitment.fund)
        for order in commitment.orders.select_for_update().filter(state=FundOrder.State.WAITING).order_by("pk"):
            _decide(actor, order, FundOrder.State.REJECTED, reason)
            audit.record(actor, "fund.reject", order, organization=fund.organization, reason=reason)
            booked.tell(actor, order)
        parts = list(commitment.parts.order_by("pk"))
        if left := _open(commitment, parts):
            _release(actor, commitment, parts, left, reason, public_code())


def _release(actor, commitment, parts, amount, reason, once):
    """The free money last in, first out: what is tied narrowly stays with its use as long as it can."""
    for part, share in _shared(reversed(parts), amount):
        _write_of(
            actor, commitment, LineKind.RELEASE, share, part, day=timezone.localdate(), reason=reason,
            once=f"release:{commitment.pk}:{once}",
        )  # fmt: skip
    audit.record(
        actor, "fund.release", commitment, organization=commitment.organization, reason=reason,
        changes=_sum_of(commitment.fund, amount),
    )  # fmt: skip


# -- two people -------------------------------------------------------------------------------------------------------
def pay(actor, commitment, amount, *, reference, day=None):
    """A payment against a commitment: written by one person, booked when a second one agrees."""
    fund = commitment.fund
    _require(actor, "fund.record", fund)
    day = day or timezone.localdate()
    reference = _checked(amount, day, reference)
    with transaction.atomic():
        fund = _lock(fund)
        if known := _known_order(fund, LineKind.PAYMENT, reference):
            return _same_order(known, amount, commitment=commitment)
        _refuse_early(day, commitment.made_on)
        _refuse_beyond(amount, _open(commitment, commitment.parts.all()))
        order = FundOrder.objects.create(
            fund=fund, kind=LineKind.PAYMENT, amount=amount, day=day, reference=reference, commitment=commitment,
            recorded_by=actor,
        )  # fmt: skip
        audit.record(actor, "fund.pay", order, organization=fund.organization, changes=_sum_of(fund, amount))
    return order


def correct(actor, line, kind, amount, *, reference, reason, day=None):
    """A counter-entry against income or a payment, whole or in part; it too waits for a second person."""
    fund = line.fund
    _require(actor, "fund.record", fund)
    if kind not in AGAINST.get(line.kind, ()):
        raise Refusal(_("这一笔不能这样冲正。"), field="kind")
    day = day or timezone.localdate()
    reference = _checked(amount, day, reference)
    with transaction.atomic():
        fund = _lock(fund)
        if known := _known_order(fund, kind, reference):
            return _same_order(known, amount, against=line)
        _refuse_early(day, line.day)
        _refuse_beyond(amount, left_of(line))
        if line.kind == LineKind.INCOME:
            _refuse_used(line, amount)
        order = FundOrder.objects.create(
            fund=fund, kind=kind, amount=amount, day=day, reference=reference, reason=reason, against=line,
            recorded_by=actor,
        )  # fmt: skip
        audit.record(
            actor, "fund.correct", order, organization=fund.organization, reason=reason, changes=_told_order(order)
        )
    return order


def approve_order(actor, order):
    """A second person looked at it: now it is booked."""
    with transaction.atomic():
        fund, order = _undecided(actor, order)
        if actor.pk == order.recorded_by_id:
            raise Refusal(_("复核要由第二个人办理：这一笔是您登记的，请同事复核。"))
        _book(actor, fund, order)
        _decide(actor, order, FundOrder.State.APPROVED)
        audit.record(actor, "fund.approve", order, organization=fund.organization, changes=_told_order(order))
        booked.tell(actor, order)
    return order


def reject_order(actor, order, reason):
    """Nothing is booked. Whoever wrote it may also take it back."""
    with transaction.atomic():
        fund, order = _undecided(actor, order, is_own_allowed=True)
        _decide(actor, order, FundOrder.State.REJECTED, reason)
        audit.record(actor, "fund.reject", order, organization=fund.organization, reason=reason)
        booked.tell(actor, order)
    return order


def _undecided(actor, order, *, is_own_allowed=False):
    fund = _lock(order.fund)
    order = FundOrder.objects.select_for_update(of=("self",)).select_related(
        "commitment", "against__pot", "recorded_by", "decided_by"
    ).get(pk=order.pk)  # fmt: skip
    is_own = is_own_allowed and order.recorded_by_id == actor.pk and may(actor, "fund.record", fund)
    if not is_own and not may(actor, "fund.approve", fund):
        raise PermissionDenied
    if order.state != FundOrder.State.WAITING:
        words = {"who": order.decided_by, "when": f"{timezone.localtime(order.decided_at):%Y-%m-%d %H:%M}"}
        words["state"] = order.get_state_display()
        raise Refusal(_("%(who)s 已于 %(when)s 办理：%(state)s。") % words)
    return fund, order


def _decide(actor, order, state, reason=""):
    order.state, order.decided_by, order.decided_at, order.decision = state, actor, timezone.now(), reason
    order.save(update_fields=["state", "decided_by", "decided_at", "decision"])


def _book(actor, fund, order):
    """The lines of an order. Written in the name of whoever recorded it, agreed to by whoever approves."""
    if order.kind == LineKind.PAYMENT:
        parts = list(order.commitment.parts.order_by("pk"))
        _refuse_beyond(order.amount, sum((part.open_amount for part in parts), ZERO))
        for part, share in _shared(parts, order.amount):
            _write_of(
                order.recorded_by, order.commitment, order.kind, share, part, day=order.day, order=order,
                reference=order.reference, approved_by=actor, once=f"order:{order.pk}",
            )  # fmt: skip
        return
    line = order.against
    if line.kind == LineKind.INCOME:
        _refuse_used(line, order.amount)
    _write(
        order.recorded_by, fund, order.kind, order.amount, day=order.day, pot=line.pot, part=line.part, order=order,
        against=line, program_code=line.program_code, reference=order.reference, reason=order.reason,
        approved_by=actor, once=f"order:{order.pk}",
    )  # fmt: skip


def _known_order(fund, kind, reference):
    return fund.orders.filter(kind=kind, reference=reference).exclude(state=FundOrder.State.REJECTED).first()


def _same_order(known, amount, **about):
    if known.amount == amount and all(getattr(known, f"{name}_id") == row.pk for name, row in about.items()):
        return known
    words = {"number": known.reference, "sum": money.show(known.amount), "state": known.get_state_display()}
    raise Refusal(_("凭证 %(number)s 已登记 %(sum)s（%(state)s），同一凭证只登记一次。") % words, field="reference")


# -- the lines --------------------------------------------------------------------------------------------------------
def _write_of(actor, commitment, kind, amount, part, *, once, **values):
    """A line of a commitment; several parts of one deed differ by their part."""
    values = {"reference": commitment.reference, "program_code": commitment.program_code, **values}
    return _write(
        actor, commitment.fund, kind, amount, pot=part.pot, part=part, once=f"{once}:{part.pk}", **values
    )  # fmt: skip


def _write(actor, fund, kind, amount, **values):
    """The one place where a line is written. Its trigger books it; callers hold the lock on the fund."""
    number = (fund.lines.aggregate(last=Max("number"))["last"] or 0) + 1
    return FundLine.objects.create(fund=fund, number=number, kind=kind, amount=amount, written_by=actor, **values)


def _shared(parts, amount):
    """(part, share) until the sum is reached, from each what is open of it."""
    for part in parts:
        share = min(part.open_amount, amount)
        if share > 0:
            yield part, share
            amount -= share


def left_of(line):
    """What of a line no counter-entry has taken back yet, those that wait included."""
    taken = line.counter_entries.aggregate(sum=Sum("amount"))["sum"] or ZERO
    waiting = line.orders.filter(state=FundOrder.State.WAITING).aggregate(sum=Sum("amount"))["sum"] or ZERO
    return line.amount - taken - waiting


def _open(commitment, parts):
    """What of a commitment is neither paid nor released nor waits for approval."""
    waiting = commitment.orders.filter(state=FundOrder.State.WAITING).aggregate(sum=Sum("amount"))["sum"] or ZERO
    return sum((part.open_amount for part in parts), ZERO) - waiting


def open_of(commitment):
    return _open(commitment, commitment.parts.all())


# -- refusals ---------------------------------------------------------------------------------------------------------
def _lock(fund):
    """From here on nobody else moves this fund's money."""
    rows = Fund.objects.select_for_update(of=("self",))
    return rows.select_related("organization__area", "joint_bureau__area", "area").get(pk=fund.pk)


def _checked(amount, day, reference):
    """The reference, trimmed; a sum and a day that cannot be are refused."""
    if amount is None or amount <= 0:
        raise Refusal(_("金额要大于零。"), field="amount")
    money.check(amount)
    if day > timezone.localdate():
        raise Refusal(_("日期还没有到。"), field="day")
    reference = str(reference).strip()
    if not _REFERENCE.fullmatch(reference):
        raise Refusal(_("编号用字母、数字和 - _ / . 等符号，最多 40 个字符，例如 SJ-2026-0018。"), field="reference")
    if identity.holds_number(reference):
        raise Refusal(_("编号里不要写身份证号或手机号。"), field="reference")
    return reference


def _refuse_closed(fund):
    if fund.closed_on:
        words = {"day": fund.closed_on.isoformat(), "reason": fund.close_reason}
        raise Refusal(_("基金已于 %(day)s 停用：%(reason)s") % words)


def _refuse_beyond(amount, able):
    if amount > able or amount <= 0:
        words = {"able": money.show(able), "wanted": money.show(amount)}
        raise Refusal(_("这里最多还能办 %(able)s，不足 %(wanted)s。") % words, field="amount")


def _refuse_used(line, amount):
    """Income that is committed or paid already is not there to be given back. The pot is read anew: a row in memory
    does not hear of what the ledger's trigger did."""
    pot = FundPot.objects.get(pk=line.pot_id)
    if pot.left < amount:
        words = {"left": money.show(pot.left), "wanted": money.show(amount)}
        raise Refusal(
            _("这笔钱所在的资金只剩 %(left)s没有承诺，不足 %(wanted)s；请先解除承诺。") % words, field="amount"
        )


def _refuse_early(day, earliest):
    if day < earliest:
        raise Refusal(_("日期早于 %(day)s。") % {"day": earliest.isoformat()}, field="day")


def _require(actor, permission, fund):
    if not may(actor, permission, fund):
        raise PermissionDenied


# -- for the audit ----------------------------------------------------------------------------------------------------
def _sum_of(fund, amount):
    return {"fund": [None, fund.code], "amount": [None, str(amount)]}


def _told(line):
    return _sum_of(line.fund, line.amount) | {"number": [None, line.number], "channel": [None, line.channel]}


def _told_order(order):
    return _sum_of(order.fund, order.amount) | {"kind": [None, order.kind]}
