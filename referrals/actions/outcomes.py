"""Help begins, is reported, confirmed or disputed; and the ways in which a referral ends before its time."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from members.access import Refusal
from referrals import turns
from referrals.actions import answers, approvals
from referrals.actions.aid import drop_open_aid
from referrals.actions.decisions import free_place, let_go, refuse_finish, reserve_place
from referrals.actions.moves import make, take
from referrals.actions.referrals import list_what_is_sent, provide_items
from referrals.kinds import RANKS, Urgency
from referrals.models import Need, NeedOutcome, OutcomeReport, Referral, UrgentLane
from referrals.workflow import (
    REOPEN_WITHIN_DAYS,
    TO_BUREAU_KINDS,
    Effectiveness,
)

TOLD_OF_REPORT = ("summary", "no_aid_reason", "why_not")
NEED_STATES = {
    Effectiveness.MET: "met",
    Effectiveness.EASED: "eased",
    Effectiveness.UNCHANGED: "open",
    Effectiveness.WORSE: "open",
}


def begin_help(actor, referral, version, first_action, *, finish_on=None, note=""):
    """The first thing that was done (T11): until then nothing is under way."""
    refuse_finish(finish_on)
    with transaction.atomic():
        current = take(actor, referral, "begin", version)
        values = {"first_action": first_action, "finish_on": finish_on or current.finish_on}
        words = {"action": Referral(first_action=first_action).get_first_action_display()}
        make(actor, current, "begin", values=values, note=note.strip(), words=words)
    return current


def report_outcome(actor, referral, version, values):
    """What became of it (T13): of each need, or the decision of the civil-affairs side. Nothing given asks why.

    `values`: effects {need: effect}, summary, no_aid_reason; for what a charity told the bureau decision, scheme,
    decided_on, why_not, amount_yuan, rhythm, since (actions.answers).
    """
    with transaction.atomic():
        current = take(actor, referral, "report", version)
        _refuse_incomplete(current, values)
        report = OutcomeReport.objects.create(
            referral=current, number=current.reports.count() + 1, made_by=actor,
            decision=values.get("decision", ""), scheme=values.get("scheme", ""), decided_on=values.get("decided_on"),
            private={name: values[name].strip() for name in TOLD_OF_REPORT if values.get(name)},
        )  # fmt: skip
        if current.kind in TO_BUREAU_KINDS:
            answers.take_effect(actor, current, report, values)
        for need, effect in values.get("effects", {}).items():
            NeedOutcome.objects.create(report=report, need=need, effect=effect)
        make(actor, current, "report")
    return current


def _refuse_incomplete(referral, values):
    if referral.kind in TO_BUREAU_KINDS:
        answers.refuse_incomplete(referral, values)
        return
    if waiting := referral.aid.unsettled().filter(paid=0).count():
        raise Refusal(_("还有 %(n)s 笔帮扶没有办完，请先办完或取消，再反馈结果。") % {"n": waiting})
    effects = values.get("effects", {})
    if {need.pk for need in effects} != set(referral.needs.values_list("pk", flat=True)):
        raise Refusal(_("每项需求都要写明效果。"), field="effects")
    if not referral.aid.given().exists() and not values.get("no_aid_reason", "").strip():
        raise Refusal(_("没有登记帮扶记录的，请写明为什么没有给予帮扶。"), field="no_aid_reason")


def confirm_outcome(actor, referral, version, *, satisfaction=None, gap=None, note=""):
    """The sender agrees (T14); the needs stand where the report left them, and a gap is a new need."""
    with transaction.atomic():
        current = take(actor, referral, "confirm", version)
        _refuse_unfinished_lane(current)
        if satisfaction is not None:
            OutcomeReport.objects.filter(pk=current.reports.first().pk).update(satisfaction=satisfaction)
        close(actor, current, "confirm", note=note.strip())
        if gap:
            _open_gap(actor, current, gap)
    return current


def _refuse_unfinished_lane(referral):
    """先救助后补: what went before its consent and papers is not closed without them."""
    lane = UrgentLane.objects.filter(referral=referral).first()
    if lane is not None and lane.is_wanting:
        raise Refusal(_("这是救急难转介，请先补齐同意和材料，再确认闭环。"))


def close(actor, referral, verb, note=""):
    """Closed by the sender, or by the clock after its silence."""
    for outcome in referral.reports.first().needs.select_related("need"):
        _settle(actor, outcome)
    if referral.kind in TO_BUREAU_KINDS:
        answers.settle_needs(actor, referral)
    make(actor, referral, verb, values=free_place(actor, referral) if not _was_helped(referral) else None, note=note)


def _was_helped(referral):
    return referral.aid.given().exists()


def _settle(actor, outcome):
    need = Need.objects.select_for_update().get(pk=outcome.need_id)
    state = NEED_STATES[Effectiveness(outcome.effect)]
    if need.state != state:
        answers.step_need(actor, need, state)


def _open_gap(actor, referral, gap):
    """What is still missing, as a need of its own with the words of whoever confirms."""
    first = referral.needs.first()
    need = Need(
        person=referral.person, organization=actor.organization, recorded_by=actor, changed_by=actor, kind=first.kind,
        form=first.form, weight=first.weight, urgency=first.urgency, ground=first.ground, causes=first.causes,
        estimated_yuan=gap.get("yuan"), private={"wish": gap["wish"].strip()},
    )  # fmt: skip
    need.save()
    need.steps.create(state=need.state, made_by=actor)


def dispute_outcome(actor, referral, version, note):
    """Once (T15); what is still disputed then is for an urgent consultation (actions.consultations)."""
    if not note.strip():
        raise Refusal(_("请写明对反馈的哪一点有异议。"), field="note")
    with transaction.atomic():
        current = take(actor, referral, "dispute", version)
        make(actor, current, "dispute", values={"disputes": current.disputes + 1, "finish_on": None}, note=note.strip())
    return current


def reopen_referral(actor, referral, version, note, *, approval=None):
    """Within 90 days and with a second person (T16). A place of the round that was given back is taken again."""
    with transaction.atomic():
        current = take(actor, referral, "reopen", version)
        if current.ended_at < timezone.now() - timedelta(days=REOPEN_WITHIN_DAYS):
            raise Refusal(_("闭环超过 %(n)s 天的不再重新办理，请新建转介。") % {"n": REOPEN_WITHIN_DAYS})
        _refuse_full(current)
        if approval is None:
            return approvals.ask(actor, current, "reopen", note=note)
        values = {
            "reopenings": current.reopenings + 1, "finish_on": None, "holds_place": reserve_place(actor, current),
            "consultation_asked_at": None, "consultation_ended_at": None,
        }  # fmt: skip
        make(actor, current, "reopen", values=values, note=note.strip(), approver=approval.decided_by)
    return current


def _refuse_full(referral):
    """Said before a second person is asked; between the two, taking the place itself refuses."""
    held = referral.round
    if held is not None and held.quota is not None and not referral.holds_place and not held.places_left:
        words = {"round": held.label}
        raise Refusal(_("“%(round)s”的名额已满，不能重新办理。请等有名额空出，或者新建转介。") % words)


def cancel_referral(actor, referral, version, reason, note=""):
    """Taken back by the sender (T17), as long as nothing was given."""
    with transaction.atomic():
        current = take(actor, referral, "cancel", version)
        if _was_helped(current):
            raise Refusal(_("已经给予帮扶的，不能撤回；请等接收方反馈结果。"))
        drop_open_aid(actor, current, _("转介已撤回"))
        make(actor, current, "cancel", values=free_place(actor, current), reason=reason, note=note.strip())
        let_go(actor, current)
    return current


def withdraw_referral(actor, referral, version, reason, evidence, note=""):
    """On the person's word (T18): what was paid stays on the books, everything else is out of sight at once."""
    if not evidence.strip():
        raise Refusal(_("请写明本人怎样提出的（当面、书面、电话）。"), field="evidence")
    with transaction.atomic():
        current = take(actor, referral, "withdraw", version)
        _withdraw(actor, current, reason, f"{evidence.strip()} {note.strip()}".strip())
    return current


def stop_with_consent(consent):
    """Consent was taken back: every open referral that nothing covers any more ends with it."""
    rows = Referral.objects.open().filter(manifests__provisions__consent=consent).distinct().order_by("pk")
    stopped = []
    for referral in rows:
        current = take(None, referral, "consent_ended", None)
        if not current.manifests.first().provisions.open().exists():
            drop_open_aid(None, current, _("本人撤回同意"))
            values = free_place(None, current) if not _was_helped(current) else None
            make(None, current, "consent_ended", values=values, reason="consent_withdrawn.consent_withdrawn")
            answers.release_needs(None, current)
            stopped.append(current)
    return stopped


def _withdraw(actor, referral, reason, note):
    drop_open_aid(actor, referral, _("本人撤回"))
    values = free_place(actor, referral) if not _was_helped(referral) else None
    make(actor, referral, "withdraw", values=values, reason=reason, note=note)
    let_go(actor, referral)


def fail_referral(actor, referral, version, reason, note):
    """Begun and not to be finished (T20), with a report of how far it came."""
    if not note.strip():
        raise Refusal(_("请写明帮扶到哪一步、为什么终止。"), field="note")
    with transaction.atomic():
        current = take(actor, referral, "fail", version)
        drop_open_aid(actor, current, _("帮扶终止"))
        values = free_place(actor, current) if not _was_helped(current) else {}
        make(actor, current, "fail", values={**values, "review_on": None}, reason=reason, note=note.strip())
        let_go(actor, current)
    return current


def void_referral(actor, referral, version, note, *, right_one=None, approval=None):
    """Entered in error (T21): out of every figure, kept in the audit; with a second person."""
    if right_one is not None and right_one.pk == referral.pk:
        raise Refusal(_("正确的转介不能是它自己。"), field="right_one")
    with transaction.atomic():
        current = take(actor, referral, "void", version)
        if _was_helped(current):
            raise Refusal(_("已经登记帮扶的转介不能作废，请先更正帮扶记录。"))
        if approval is None:
            return approvals.ask(
                actor, current, "void", note=note, values={"right_one": right_one.code if right_one else ""}
            )
        drop_open_aid(actor, current, _("转介误录作废"))
        values = {**free_place(actor, current), "right_one": right_one}
        make(actor, current, "void", values=values, note=note.strip(), approver=approval.decided_by)
        let_go(actor, current)
    return current


# -- Changes that leave the state -------------------------------------------------------------------------------------
AMENDABLE = ("urgency", "ground", "scheme", "scheme_result", "gap_yuan")


def amend_referral(actor, referral, version, values, note):
    """What the sender corrects before it is accepted (T22): old, new and why; more items only inside the consent."""
    if not note.strip():
        raise Refusal(_("请写明为什么更正。"), field="note")
    with transaction.atomic():
        current = take(actor, referral, "amend", version)
        changed = {
            name: values[name] for name in AMENDABLE if name in values and values[name] != getattr(current, name)
        }
        told = {name: values[name].strip() for name in ("circumstances", "government", "gap") if name in values}
        if told := {name: text for name, text in told.items() if text != current.private.get(name, "")}:
            changed["private"] = {**current.private, **told}
        more = sorted(set(values.get("items", ())) - set(current.items))
        if more:
            changed["items"] = [*current.items, *more]
        if not changed:
            return current
        what = str(_("、")).join(_words_of([name for name in changed if name != "private"] + [*told]))
        ranked = {"rank": RANKS[Urgency(changed["urgency"])]} if "urgency" in changed else {}
        make(actor, current, "amend", values={**changed, **ranked}, note=note.strip(), words={"what": what})
        provisions = provide_items(actor, current, more) if more else ()
        list_what_is_sent(actor, current, provisions, reason=note.strip()[:300])
    return current


def _words_of(names):
    labels = {
        "circumstances": _("困难情形"),
        "government": _("政府救助情况"),
        "gap": _("仍有的缺口"),
        "items": _("提供的内容"),
    }
    return [str(labels.get(name) or Referral._meta.get_field(name).verbose_name) for name in names]


def reassign_referral(actor, referral, version, handler, note=""):
    """Into another colleague's hands (T23), who is active and not related."""
    with transaction.atomic():
        current = take(actor, referral, "reassign", version)
        column = _column_of(actor, current, handler)
        make(actor, current, "reassign", values={column: handler}, note=note.strip(), words={"handler": handler})
    return current


def _column_of(actor, referral, handler):
    if not handler.is_active:
        raise Refusal(_("%(name)s已停用，请选择在岗的同事。") % {"name": handler}, field="handler")
    if turns.related_words(handler, referral.person):
        raise Refusal(_("%(name)s按回避规定不能经办这个个案。") % {"name": handler}, field="handler")
    sides = {referral.receiver_id: "handler", referral.sender_id: "sender_handler"}
    if handler.organization_id not in sides or handler.organization_id != actor.organization_id:
        raise Refusal(_("只能改派给本单位的同事。"), field="handler")
    return sides[handler.organization_id]
