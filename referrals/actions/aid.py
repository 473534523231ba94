"""Help, from the proposal to the hand: proposed by one, agreed to by another, set aside, paid by two, shown by papers.

Every deed locks the line; what decides on sums locks the family too, so that two who decide at once come one after the
other. Money is set aside in the transaction of the decision and booked in that of the payment (programs.actions.funds).
"""

from contextlib import ExitStack
from decimal import Decimal

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from members import audit
from members.access import Refusal
from portal.lib import money, pictures, uploads
from programs import booked
from programs import funds as fund_rules
from programs.actions import funds
from programs.models import FundOrder, LineKind
from referrals import aid_turns, batch_routes, case_notes, disclosure, limits, minors
from referrals import review_draws as drawing
from referrals.actions import instalments, review_draws
from referrals.actions.aid_steps import lock_line, move_line, take_line, tell_family, tell_new, with_causes
from referrals.actions.decisions import refuse_uncovered
from referrals.kinds import (
    FUNDED_FORMS,
    GOODS_FORMS,
    MONEY_FORMS,
    AidLineState,
    AidPaperKind,
    PayeeKind,
)
from referrals.matching import groups_of
from referrals.models import AidLine, AidPaper, Referral
from referrals.permissions import may, refuse_related
from referrals.workflow import State

# While a case is in these, help may be proposed for it.
PROPOSED_IN = frozenset({State.ACCEPTED, State.IN_PROGRESS})
# A course of three years is signed for month by month.
MOST_PAPERS = 60
_S = AidLineState


# -- Proposing --------------------------------------------------------------------------------------------------------
def propose_aid(actor, person, values, *, referral=None):
    """One line. The rules' sum is reckoned here and kept with it; another sum says why.

    `values`: form; amount, value or hours; need, need_kind, program, round, fund, payee, description, exception_reason.
    Without a referral it is help of one's own unit: for someone it keeps, or may see under a consent.
    """
    if "aid.propose" not in actor.permissions:
        raise PermissionDenied
    with transaction.atomic():
        referral = _open_case(actor, referral)
        refuse_person(actor, person, referral)
        line = _line_of(actor, person, values, referral)
        due = limits.entitlement(limits.case_of_line(line))
        _keep_rules(line, due)
        line.is_exception = not _is_of_the_rules(line, due)
        if line.is_exception and not line.exception_reason:
            raise Refusal(_exception_words(line, due), field="exception_reason")
        line.save()
        review_draws.promise(actor, line)
        tell_new(actor, line, "propose")
    return line


def _open_case(actor, referral):
    if referral is None:
        return None
    current = Referral.objects.select_for_update(of=("self",)).select_related("receiver__area", "program").get(
        pk=referral.pk
    )  # fmt: skip
    if current.receiver_id != actor.organization_id:
        raise PermissionDenied
    if current.state not in PROPOSED_IN:
        raise Refusal(_("“%(state)s”的转介不能提出帮扶。") % {"state": current.get_state_display()})
    refuse_uncovered(current)
    return current


def refuse_person(actor, person, referral):
    if actor.organization.is_suspended:
        raise Refusal(_("贵单位已被暂停，暂时不能办理帮扶。"))
    if referral is not None and referral.person_id != person.pk:
        raise Refusal(_("这份转介不是此人的。"))
    if referral is None and not may(actor, "person.view", person) and "name" not in disclosure.permitted(actor, person):
        raise PermissionDenied
    minors.require(actor, person)
    refuse_related(actor, person.number, person.name)


def _line_of(actor, person, values, referral):
    line = AidLine(
        person=person, referral=referral, organization=actor.organization, proposed_by=actor, changed_by=actor,
        form=values["form"], need=values.get("need"), fund=values.get("fund"),
        **{name: values.get(name) for name in ("amount", "value", "hours")},
    )  # fmt: skip
    line.program = values.get("program", referral.program if referral else None)
    is_of_case = referral is not None and line.program is not None and line.program == referral.program
    line.round = values.get("round") or (referral.round if is_of_case else None)
    line.program_version = referral.program_version if is_of_case else _version_of(line.program)
    line.need_kind = line.need.kind if line.need else values.get("need_kind", "")
    line.private = _told(values, own=_own_account(actor, person) if values.get("is_own_account") else None)
    refuse_measure(line)
    _refuse_strange(line)
    _refuse_fund(actor, line)
    return line


def _version_of(program):
    if program is None:
        return None
    version = program.versions.holding_on(timezone.localdate()).first()
    if version is None:
        raise Refusal(_("“%(program)s”现在没有施行的版本。") % {"program": program.name}, field="program")
    return version


def has_own_account(actor, person):
    """Is an account of the person themselves known, and may this member of staff use it?"""
    return bool(person.account) and "account" in disclosure.permitted(actor, person)


def _own_account(actor, person):
    if not has_own_account(actor, person):
        raise Refusal(_("没有登记本人的账户，或者同意里没有收款账户；请另外填写。"), field="is_own_account")
    told = {"holder": person.private.get("account_holder") or person.name, "bank": person.bank}
    return {"kind": PayeeKind.SELF, "account": person.account, **told}


def _told(values, own=None):
    payee = own or values.get("payee") or {}
    payee = {name: str(text).strip() for name, text in payee.items() if str(text or "").strip()}
    if payee and payee.get("kind", PayeeKind.SELF) not in PayeeKind.values:
        raise Refusal(_("请选择收款方。"), field="payee_kind")
    told = {name: values.get(name, "").strip() for name in ("description", "exception_reason")}
    return {name: text for name, text in {**told, "payee": payee}.items() if text}


def refuse_measure(line):
    """Money is a sum, goods have a worth; services may have their hours."""
    wanted = {"amount": line.form in MONEY_FORMS, "value": line.form in GOODS_FORMS}
    for name, is_wanted in wanted.items():
        amount = getattr(line, name)
        if is_wanted and amount is None:
            raise Refusal(_("请填写%(what)s。") % {"what": AidLine._meta.get_field(name).verbose_name}, field=name)
        if not is_wanted and amount is not None:
            words = {"form": line.get_form_display(), "what": AidLine._meta.get_field(name).verbose_name}
            raise Refusal(_("“%(form)s”不填%(what)s。") % words, field=name)
        if amount is not None and amount <= 0:
            raise Refusal(_("金额要大于零。"), field=name)
        try:
            setattr(line, name, money.check(Decimal(amount)) if amount is not None else None)
        except ValidationError as error:
            raise Refusal(" ".join(error.messages), field=name) from error
    if line.hours is not None and not 0 < line.hours < 100_000:
        raise Refusal(_("请填写实际的服务时长。"), field="hours")


def _refuse_strange(line):
    """What it names belongs together."""
    about = line.referral
    if line.need is not None and line.need.person_id != line.person_id:
        raise Refusal(_("需求不属于此人。"), field="need")
    if about is not None and line.need is not None and not about.needs.filter(pk=line.need_id).exists():
        raise Refusal(_("这项需求不在这份转介里。"), field="need")
    if line.round is not None and line.round.program_id != (line.program.pk if line.program else None):
        raise Refusal(_("这个批次不是所选项目的。"), field="round")


def _refuse_fund(actor, line):
    """Money goes out of a fund; a fund pays nothing that is no money."""
    if line.form in FUNDED_FORMS and line.fund is None:
        raise Refusal(_("请选择由哪项基金支出。"), field="fund")
    if line.fund is None:
        return
    if line.form not in FUNDED_FORMS:
        raise Refusal(_("“%(form)s”不从基金支出。") % {"form": line.get_form_display()}, field="fund")
    if not fund_rules.may(actor, "aid.propose", line.fund):
        raise Refusal(_("只能从本单位管理的基金支出。"), field="fund")
    if line.fund.closed_on:
        raise Refusal(_("这项基金已经停用。"), field="fund")
    found = funds.preview(line.fund, line.amount, **_use_of(line))
    if found.missing:
        raise Refusal(fund_rules.shortage_words(found, line.amount), field="fund")


def _use_of(line):
    """What the money is wanted for: by it the fund knows which of its money may go there."""
    return {
        "program": line.program, "kind": line.need_kind, "area": line.person.residence,
        "groups": groups_of(line.person),
    }  # fmt: skip


def _keep_rules(line, due):
    line.proposed, line.proposed_most = due.low, due.high
    line.rule_lines = list(due.lines)


def _sum_for(line, due):
    """What of the line the rules speak of: a program that gives goods speaks of their worth."""
    return line.value if due.unit == "goods" else line.amount


def _is_of_the_rules(line, due):
    return line.program is None or (due.is_eligible is True and due.allows(_sum_for(line, due)))


def _exception_words(line, due):
    if due.is_eligible is not True:
        why = str(_("；")).join(due.reasons[:3])
        return _("按项目规定还不能确定应给多少（%(why)s）。仍要提出的，请写明理由，由两位审批人同意。") % {"why": why}
    low, high = money.show(due.low), money.show(due.high)
    span = low if due.low == due.high else f"{low}–{high}"
    return _("按项目规定应为 %(sum)s。要按其他金额给的，请写明理由，由两位审批人同意。") % {"sum": span}


# -- Deciding ---------------------------------------------------------------------------------------------------------
def approve_aid(actor, line, version, *, note=""):
    """By another person than the one who proposed it. What was flagged or is not the rules' sum has a second approver.

    With the last approval the money is set aside, in the same transaction: a fund that cannot bear it refuses it all.
    """
    with transaction.atomic():
        current = take_line(actor, line, "approve", version)
        _refuse_for(batch_routes.why_not_approve(current))
        if current.referral is not None and current.referral.is_live:
            refuse_uncovered(current.referral)
        flags = _flags_now(current)
        is_drawn = drawing.is_asked(current)
        if (flags or current.is_exception or is_drawn) and current.first_approved_by is None:
            _refuse_silent(current, flags, note)
            current.first_approved_by, current.first_approved_at = actor, timezone.now()
            current.is_exception = current.is_exception or bool(flags)
            if is_drawn:
                review_draws.draw(actor, current)
            return move_line(actor, current, "approve", _S.SECOND, note, flags=flags)
        current.approved_by, current.approved_at = actor, timezone.now()
        if current.fund is not None:
            current.commitment = _set_aside(actor, current)
        move_line(actor, current, "approve", _S.APPROVED, note, flags=flags)
        instalments.lay_out(current)
        tell_family(actor, current, "aid_line_approved")
    return current


def _refuse_for(words):
    """What stands on a list goes its way with the list."""
    if words:
        raise Refusal(words)


def _flags_now(line):
    """The findings of this moment; a ceiling of the rules stops here, whoever agrees."""
    flags = limits.flags_for(limits.case_of_line(line))
    if hard := [flag for flag in flags if flag.is_hard]:
        raise Refusal(with_causes(hard[0]))
    return flags


def _refuse_silent(line, flags, note):
    if flags and not note.strip() and not line.exception_reason:
        raise Refusal(
            _("%(words)s 仍要同意的，请写明理由，并由另一位审批人再审。") % {"words": with_causes(flags[0])},
            field="note",
        )


def _set_aside(actor, line):
    if not fund_rules.may(actor, "fund.commit", line.fund):
        raise Refusal(_("您不能从“%(fund)s”承诺资金，请由管理这项基金的审批人办理。") % {"fund": line.fund})
    return funds.commit(actor, line.fund, line.amount, reference=line.code, **_use_of(line))


def decline_aid(actor, line, version, note):
    if not note.strip():
        raise Refusal(_("请写明为什么不同意。"), field="note")
    with transaction.atomic():
        current = take_line(actor, line, "decline", version)
        return move_line(actor, current, "decline", _S.DECLINED, note)


def cancel_aid(actor, line, version, reason):
    """Taken back before it was given; of what is paid in part, the rest is stopped. The money is free again."""
    if not reason.strip():
        raise Refusal(_("请写明为什么取消。"), field="reason")
    with transaction.atomic():
        current = take_line(actor, line, "cancel", version)
        return _drop(actor, current, reason)


def drop_open_aid(actor, referral, reason):
    """The case ended: what was not given yet is given no more. Called by every move that ends it so."""
    for line in AidLine.objects.filter(referral=referral).unsettled().order_by("pk"):
        _drop(actor, lock_line(line), reason)


def _drop(actor, line, reason):
    if line.commitment is not None:
        funds.end_commitment(actor, line.commitment, reason=_shortly(reason))
        line = lock_line(line)
    instalments.stop(actor, line, reason)
    if line.paid:
        line.amount = line.paid
        return move_line(actor, line, "cancel", _S.PAID, reason)
    move_line(actor, line, "cancel", _S.CANCELLED, reason)
    if line.approved_by_id:
        tell_family(actor, line, "aid_line_cancelled", reason=reason)
    return line


def _shortly(text):
    return text.strip()[:200]


# -- Paying -----------------------------------------------------------------------------------------------------------
def pay_aid(actor, line, version, *, day, reference, amount=None, numbers=None):
    """What the bank was told to pay, whole or in part: booked when a second person agrees (settle_aid).

    A line with a schedule is paid by instalments: those of these numbers, without any those that are due.
    """
    with transaction.atomic():
        current = take_line(actor, line, "pay", version)
        _refuse_for(batch_routes.why_not_pay(current))
        _refuse_new_flags(current)
        rows = instalments.chosen_to_pay(current, numbers)
        if rows is not None:
            amount = sum(one.amount for one in rows)
        amount = current.left_to_pay if amount is None else amount
        if not 0 < amount <= current.left_to_pay:
            words = {"left": money.show(current.left_to_pay)}
            raise Refusal(_("这一笔还可以支付 %(left)s。") % words, field="amount")
        current.order = funds.pay(actor, current.commitment, amount, reference=reference, day=day)
        if (
            AidLine.objects.filter(order=current.order).exclude(pk=current.pk).exists()
            or current.order.amount != amount
        ):
            raise Refusal(_("这个凭证号已经用于另一笔支付。"), field="reference")
        instalments.attach(rows or (), current.order)
        return move_line(actor, current, "pay", _S.PAYING, "")


def _refuse_new_flags(line):
    """What turned up since it was approved has to be answered by an approver before any money goes."""
    answered = set(line.private.get("answered", ()))
    for flag in _flags_now(line):
        if flag.key not in answered:
            raise Refusal(
                _("批准以后出现新的情况：%(words)s 请由没有经手过的审批人说明理由后再支付。")
                % {"words": with_causes(flag)}
            )


def answer_flags(actor, line, version, note):
    """An approver who had no part in it looks at what turned up since, and says why it is paid all the same."""
    if not note.strip():
        raise Refusal(_("请写明理由。"), field="note")
    with transaction.atomic():
        current = take_line(actor, line, "answer", version)
        return move_line(actor, current, "answer", current.state, note, flags=_flags_now(current))


def settle_aid(actor, line, version):
    """The second person agrees: the payment is booked, and the line is paid with it."""
    with transaction.atomic():
        current = take_line(actor, line, "settle", version)
        funds.approve_order(actor, current.order)
        return lock_line(current)


def bounce_aid(actor, line, version, reason):
    """The payment is not booked; the line waits to be paid again."""
    if not reason.strip():
        raise Refusal(_("请写明为什么退回。"), field="reason")
    with transaction.atomic():
        current = take_line(actor, line, "bounce", version)
        funds.reject_order(actor, current.order, _shortly(reason))
        return lock_line(current)


@booked.listener
def hear_of_order(actor, order):
    """A payment or counter-entry of a line was decided, here or on the page of the fund."""
    paid_for = order.commitment or (order.against.part.commitment if order.against and order.against.part else None)
    row = AidLine.objects.filter(commitment=paid_for).first() if paid_for is not None else None
    if row is None:
        return
    line = lock_line(row)
    if order.kind == LineKind.PAYMENT:
        _payment_decided(actor, line, order)
    elif order.state == FundOrder.State.APPROVED:
        _came_back(actor, line, order)


def _payment_decided(actor, line, order):
    before = _S.PART_PAID if line.paid else _S.APPROVED
    if order.state != FundOrder.State.APPROVED:
        line.order = None
        instalments.detach(order)
        move_line(actor, line, "bounce", before, order.decision)
        return
    line.paid += order.amount
    line.given_on = max(filter(None, (line.given_on, order.day)))
    line.receipt = line.receipt or order.reference
    move_line(actor, line, "settle", _S.PAID if line.paid == line.amount else _S.PART_PAID, "")
    tell_family(actor, line, "aid_line_paid", paid=money.show(order.amount))


def _came_back(actor, line, order):
    """Booked by mistake, it waits to be paid again; sent back by the payee, it was not given."""
    instalments.hear_of_return(actor, line, order)
    line.paid -= order.amount
    if order.kind == LineKind.PAYEE_RETURN:
        line.amount -= order.amount
        state = line.state if line.amount else _S.CANCELLED
        line.amount = line.amount or order.amount
    else:
        state = _S.PART_PAID if line.paid else _S.APPROVED
    if not line.paid:
        line.order, line.given_on = None, None
    move_line(actor, line, "return", state, order.reason)


# -- Handing over -----------------------------------------------------------------------------------------------------
def deliver_aid(actor, line, version, *, day, receipt="", files=(), note=""):
    """Goods and services that reached the family, with what shows it. `files`: (kind of paper, checked file)."""
    _refuse_day(day)
    if not receipt.strip() and not files:
        raise Refusal(_("请填写签收编号，或者上传签收单、照片。"), field="receipt")
    with ExitStack() as kept, transaction.atomic():
        current = take_line(actor, line, "deliver", version)
        _refuse_for(batch_routes.why_not_pay(current))
        current.given_on, current.receipt = day, receipt.strip()
        keep_papers(kept, actor, current, files)
        move_line(actor, current, "deliver", _S.DELIVERED, note)
        tell_family(actor, current, "aid_line_delivered")
    return current


def add_receipts(actor, line, version, *, receipt="", files=(), note=""):
    """What came later: the bank's slip, the signed list, a photo."""
    if not receipt.strip() and not files:
        raise Refusal(_("请填写编号，或者上传文件。"), field="receipt")
    with ExitStack() as kept, transaction.atomic():
        current = take_line(actor, line, "receive", version)
        current.receipt = receipt.strip() or current.receipt
        keep_papers(kept, actor, current, files)
        return move_line(actor, current, "receive", current.state, note)


def rate_aid(actor, line, version, effect, note=""):
    """效果: what came of it, as far as anybody can say by now."""
    with transaction.atomic():
        current = take_line(actor, line, "rate", version)
        current.effect, current.effect_on = effect, timezone.localdate()
        return move_line(actor, current, "rate", current.state, note)


def _refuse_day(day):
    if day is None or day > timezone.localdate():
        raise Refusal(_("日期还没有到。"), field="day")


def keep_papers(kept, actor, line, files):
    if line.papers.count() + len(files) > MOST_PAPERS:
        raise Refusal(_("一笔帮扶最多 %(n)s 份凭证。") % {"n": MOST_PAPERS}, field="files")
    papers = []
    for kind, file in files:
        stored = kept.enter_context(uploads.kept(file))
        paper = AidPaper(
            line=line, kind=AidPaperKind(kind), file_key=stored["file_key"], file_kind=file.kind,
            file_size=stored["file_size"], checksum=file.sha256, added_by=actor,
        )  # fmt: skip
        if file.kind in uploads.PICTURES:
            small = pictures.thumbnail(file.content)
            preview = uploads.CheckedFile("jpg", "preview.jpg", small, small.getbuffer().nbytes, "")
            paper.preview_key = kept.enter_context(uploads.kept(preview))["file_key"]
        _save_paper(paper)
        papers.append(paper)
    return papers


def _save_paper(paper):
    try:
        with transaction.atomic():
            paper.save()
    except IntegrityError as error:
        raise Refusal(_("这份文件已经上传过。"), field="files") from error


def open_account(actor, line):
    """The whole account of the payee, for whoever pays: each look leaves its line in the audit."""
    if "aid.account" not in actor.permissions or line.organization_id != actor.organization_id:
        raise PermissionDenied
    if related := aid_turns.related_words(actor, line.person):
        raise Refusal(related)
    audit.record(actor, "aid.account", line, organization=line.organization, reason=line.code)
    return line.payee.get("account", "")


def may_open_paper(actor, line):
    """Whoever gave it, without kin and a child's without an approval; and the side that keeps the person. A supervisor
    sees that there is one, not what it shows."""
    if line.organization_id == actor.organization_id:
        return not case_notes.keeps_out(actor, line.person)
    return minors.tells_names(actor) and may(actor, "person.view", line.person) and minors.may_see(actor, line.person)
