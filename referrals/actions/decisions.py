"""What the receiver does with a referral until it is accepted, passed on or refused; and the sender's answers."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from members.access import Refusal
from members.kinds import BUREAU_KINDS
from portal.lib import row_security
from programs.actions.rounds import take_place
from referrals import disclosure, receivers
from referrals.actions import answers, approvals
from referrals.actions.moves import make, take
from referrals.actions.provisions import end_for_good
from referrals.actions.referrals import (
    AlreadyReferred,
    concern,
    judged_by,
    list_what_is_sent,
    procedure_of,
    provide_items,
)
from referrals.limits import lock_family
from referrals.models import Provision, Referral, ReferralAccess, ReferralQuestion, UrgentLane
from referrals.overlaps import flags_of
from referrals.permissions import may
from referrals.workflow import MOST_FORWARDINGS, TO_BUREAU_KINDS, Extent, ReferralKind, State

FARTHEST_REVIEW, FARTHEST_FINISH = timedelta(days=366), timedelta(days=5 * 366)
MOST_QUESTIONS = 20


def sign_referral(actor, referral, version, *, is_unrelated=True):
    """Opened, and taken into the hands of whoever signs (T3). Whoever knows the person leaves it to a colleague."""
    if not is_unrelated:
        raise Refusal(_("与当事人有关系的，请先在“关系申报”中申报，并交由同事签收。"))
    with transaction.atomic():
        current = take(actor, referral, "sign", version)
        make(actor, current, "sign", values={"handler": actor, "opened_at": timezone.now(), "opened_by": actor})
    return current


def return_referral(actor, referral, version, questions=(), papers=(), note=""):
    """Back to the sender with what is missing (T4); the receiver's clock stands still meanwhile."""
    asked = [("", text.strip()) for text in questions if text.strip()] + [(paper, "") for paper in papers]
    if not asked:
        raise Refusal(_("请至少提出一个问题，或者指明缺少的材料。"), field="questions")
    if len(asked) > MOST_QUESTIONS:
        raise Refusal(_("一次最多 %(n)s 项。") % {"n": MOST_QUESTIONS}, field="questions")
    with transaction.atomic():
        current = take(actor, referral, "return", version)
        for paper, text in asked:
            ReferralQuestion.objects.create(
                referral=current, paper=paper, private={"text": text} if text else {}, asked_by=actor
            )
        make(actor, current, "return", values={"returns": current.returns + 1}, note=note.strip())
    return current


def answer_referral(actor, referral, version, answers, items=None, note=""):
    """Every question has an answer, and what is shown besides is inside the consent (T5). `answers`: {code: words}."""
    with transaction.atomic():
        current = take(actor, referral, "answer", version)
        for question in current.questions.select_for_update().filter(answered_at=None):
            text = answers.get(question.code, "").strip()
            if not text:
                raise Refusal(_("每个问题都要答复。"), field=f"answer_{question.code}")
            question.private = {**question.private, "answer": text}
            question.answered_by, question.answered_at = actor, timezone.now()
            question.save(update_fields=["private", "answered_by", "answered_at"])
        more = sorted(set(items or ()) - set(current.items))
        make(actor, current, "answer", values={"items": [*current.items, *more]} if more else None, note=note.strip())
        if more:
            list_what_is_sent(actor, current, provide_items(actor, current, more), reason=_("补充材料"))
    return current


def accept_referral(actor, referral, version, *, extent=Extent.WHOLE, finish_on=None, note="", approval=None):
    """Taken on (T6, T8). What looks like a duplicate or an excess needs a reason and a second person first.

    `approval` is the agreed request of a second person; with it the flags it names are answered.
    """
    refuse_finish(finish_on)
    if extent == Extent.PART and not note.strip():
        raise Refusal(_("只接收一部分的，请写明接收哪些、不接收哪些。"), field="note")
    with transaction.atomic():
        current = take(actor, referral, "accept", version)
        refuse_uncovered(current)
        lock_family(current.person)
        flags = flags_of(current)
        if hard := [flag for flag in flags if flag.is_hard]:
            raise Refusal(hard[0].words)
        if flags and approval is None:
            return approvals.ask(
                actor, current, "accept", note=note, flags=[flag.words for flag in flags],
                values={"extent": extent, "finish_on": finish_on.isoformat() if finish_on else ""},
            )  # fmt: skip
        holds = reserve_place(actor, current)
        make(
            actor, current, "accept", note=note.strip(), approver=approval.decided_by if approval else None,
            values={
                "handler": current.handler or actor, "extent": extent, "finish_on": finish_on, "holds_place": holds,
                "review_on": None,
            },
        )  # fmt: skip
        _move_needs(actor, current)
        _drop_siblings(current)
    return current


def refuse_uncovered(referral):
    """The consent may have been taken back between opening and deciding. Whoever keeps the person needs none."""
    if referral.receiver_id == referral.person.keeper_id:
        return
    manifest = referral.manifests.first()
    listed = manifest.provisions.open().prefetch_related("consent__withdrawals") if manifest else ()
    if not any(disclosure.left_of(one) for one in listed):
        raise Refusal(_("本人的同意已不包括向贵单位提供的内容，不能接收。请联系转出单位重新征得同意。"))


def reserve_place(actor, referral):
    """A place of the round, kept for this referral until it ends without aid."""
    if referral.round is None or referral.round.quota is None or referral.holds_place:
        return referral.holds_place
    take_place(actor, referral.round)
    return True


def free_place(actor, referral):
    """The place goes back to the round, once. Returns what the row says from now on."""
    if referral.holds_place and referral.round is not None:
        take_place(actor, referral.round, -1)
        call_next(referral.round)
    return {"holds_place": False}


def _move_needs(actor, referral):
    for need in referral.needs.select_for_update().filter(state="open"):
        answers.step_need(actor, need, "in_help")


def _drop_siblings(referral):
    """Others were asked about the same need side by side: those that exclude each other fall away."""
    if not referral.is_exclusive:
        return
    same = Referral.objects.filter(
        person=referral.person_id, is_exclusive=True, needs__in=referral.needs.all(), sender=referral.sender_id,
        state__in=[State.SENT, State.RECEIVED, State.RETURNED, State.WAITLISTED],
    )  # fmt: skip
    rows = same.exclude(pk=referral.pk).distinct().values_list("pk", flat=True)
    for pk in sorted(rows):
        sibling = take(None, Referral(pk=pk), "fall_away", None)
        make(None, sibling, "fall_away", reason="obsolete.accepted_elsewhere")
        end_provisions(None, sibling)


def end_provisions(actor, referral):
    """The road by which the receiver saw it closes; what was looked at stays in the log."""
    listed = Provision.objects.open().filter(manifests__referral=referral).distinct()
    end_for_good(actor, listed.select_related("receiver", "provider", "person"))
    standing = UrgentLane.objects.filter(referral=referral).exclude(state=UrgentLane.State.CONSENTED)
    standing.update(state=UrgentLane.State.CLOSED, ended_at=timezone.now())


def let_go(actor, referral):
    """Over without a result: nothing is shown any more, and what it was to help with is open again."""
    end_provisions(actor, referral)
    answers.release_needs(actor, referral)


def call_next(held):
    """A place came back: whoever is first in the queue is looked at today."""
    rows = Referral.objects.filter(state=State.WAITLISTED, round=held).order_by("rank", "state_since", "pk")
    if first := rows.values_list("pk", flat=True).first():
        Referral.objects.filter(pk=first).update(due_on=timezone.localdate(), rung="", rung_on=None)


def wait_referral(actor, referral, version, review_on, note=""):
    """Into the queue of a program whose places are taken (T7), with a day on which somebody looks again."""
    _refuse_past(review_on)
    with transaction.atomic():
        current = take(actor, referral, "wait", version)
        if not has_queue(current):
            raise Refusal(_("这个项目没有限定名额，不用排队。"))
        make(
            actor, current, "wait", values={"review_on": review_on}, note=note.strip(),
            words={"review_on": review_on.isoformat()},
        )  # fmt: skip
    return current


def look_again(actor, referral, version, verb, review_on, note=""):
    """Looked at on its day, and it stays where it was: the next day, and the ladder of reminders begins anew."""
    _refuse_past(review_on)
    with transaction.atomic():
        current = take(actor, referral, verb, version)
        values = {"review_on": review_on, "due_on": review_on, "rung": "", "rung_on": None}
        make(actor, current, verb, values=values, note=note.strip(), words={"review_on": review_on.isoformat()})
    return current


def has_queue(referral):
    """Only where places are counted does anybody wait for one."""
    return referral.round is not None and referral.round.quota is not None


@row_security.widely("the queue of a round")
def place_in_queue(referral):
    """Of those that wait for the same round, from the front: the urgent first, then whoever waited longest."""
    rows = Referral.objects.filter(state=State.WAITLISTED, round=referral.round)
    order = list(rows.order_by("rank", "state_since", "pk").values_list("pk", flat=True))
    return order.index(referral.pk) + 1 if referral.pk in order else None


def reject_referral(actor, referral, version, reason, note=""):
    """Not taken on (T9), with a reason of two levels; papers only after two returns."""
    with transaction.atomic():
        current = take(actor, referral, "reject", version)
        if reason.startswith("incomplete.") and current.returns < 2:
            raise Refusal(_("材料不齐的，请先退回补充；两次退回后仍不齐才能以此为由。"), field="reason")
        values = {**free_place(actor, current), "review_on": None}
        make(actor, current, "reject", values=values, reason=reason, note=note.strip())
        end_provisions(actor, current)
    return current


def forward_referral(actor, referral, version, receiver, *, program=None, note=""):
    """Passed on to a third unit (T10): this one ends, a child goes on, and the first sender keeps sight of it."""
    with transaction.atomic():
        current = take(actor, referral, "forward", version)
        if current.aid.counted().exists() or current.aid.waiting().exists():
            raise Refusal(_("已经提出或决定帮扶的，不能再转介；请先取消，或者办完后反馈结果。"))
        _refuse_loop(current, receiver)
        kinds = set(current.needs.values_list("kind", flat=True))
        if found := receivers.why_not(current.receiver, receiver, current.person, kinds, program):
            raise Refusal(found[0], field="receiver")
        held = free_place(actor, current)
        make(actor, current, "forward", values=held, note=note.strip(), words={"receiver": receiver})
        end_provisions(actor, current)
        child = _child_of(actor, current, receiver, program)
        list_what_is_sent(actor, child, provide_items(_giver(current), child, child.items), reason=_("再转介"))
    return child


def _giver(referral):
    """In whose name the list is passed on: somebody of the first sender who still may."""
    link = referral
    while link.parent is not None:
        link = link.parent
    people = [one for one in (link.sender_handler, link.written_by) if one is not None and one.is_active]
    found = next((one for one in people if may(one, "disclosure.provide", referral.person)), None)
    if found is None:
        raise Refusal(_("%(unit)s的经办人已不在岗，请联系它先改派经办人。") % {"unit": link.sender})
    return found


def _refuse_loop(referral, receiver):
    if referral.depth >= MOST_FORWARDINGS:
        raise Refusal(_("已经再转介 %(n)s 次，不能再转；请退回转出单位。") % {"n": MOST_FORWARDINGS})
    link = referral
    while link is not None:
        if receiver.pk in (link.sender_id, link.receiver_id):
            raise Refusal(_("%(unit)s已经在这条转介链上，不能再转给它。") % {"unit": receiver}, field="receiver")
        link = link.parent


def _child_of(actor, parent, receiver, program):
    """Sent at once: it has the number of the chain with a suffix, and everything that was written of the case."""
    same = Referral.objects.open().of(parent.person).filter(program=program) if program else Referral.objects.none()
    if found := same.exclude(pk=parent.pk).first():
        raise AlreadyReferred(found)
    child = Referral(
        person=parent.person, sender=parent.receiver, receiver=receiver, written_by=parent.written_by,
        sender_handler=parent.handler or actor, changed_by=actor, parent=parent, depth=parent.depth + 1,
        direction=receivers.direction_between(parent.receiver, receiver), kind=_kind_for(parent, receiver),
        ground=parent.ground,
        urgency=parent.urgency, scheme=parent.scheme, scheme_result=parent.scheme_result, gap_yuan=parent.gap_yuan,
        items=parent.items, papers=parent.papers, private=parent.private, program=program,
        is_exclusive=parent.is_exclusive,
    )  # fmt: skip
    child.procedure = procedure_of(child)
    child.save()
    child.needs.set(parent.needs.all())
    values = {"number": f"{parent.number}-{parent.depth + 1}", "sent_at": timezone.now(), **judged_by(child)}
    make(actor, child, "send", values=values, words={"receiver": receiver})
    concern(child)
    _keep_sight(parent, child)
    return child


def _kind_for(parent, receiver):
    """What was told the government and goes on to a charity is a referral like any other."""
    goes_on = parent.kind not in TO_BUREAU_KINDS or receiver.kind in BUREAU_KINDS
    return parent.kind if goes_on else ReferralKind.SHARE


def _keep_sight(parent, child):
    """Everyone who sent it on before sees where it went."""
    earlier, link = set(), parent
    while link is not None:
        earlier.add(link.sender_id)
        link = link.parent
    ReferralAccess.objects.bulk_create(
        [
            ReferralAccess(organization_id=pk, referral=child, reason="ancestor")
            for pk in sorted(earlier)
        ],
        update_conflicts=True, unique_fields=["organization", "referral"], update_fields=["reason"],
    )  # fmt: skip


def hold_referral(actor, referral, version, review_on, note):
    """Stopped for a while (T12), with a day on which somebody looks again; the clock stands still."""
    _refuse_past(review_on)
    if not note.strip():
        raise Refusal(_("请写明为什么暂停。"), field="note")
    with transaction.atomic():
        current = take(actor, referral, "hold", version)
        values = {"review_on": review_on, "paused_in": current.state, "paused_by": current.receiver}
        words = {"review_on": review_on.isoformat()}
        make(actor, current, "hold", values=values, note=note.strip(), words=words)
    return current


def resume_referral(actor, referral, version, note=""):
    """Only to where it was."""
    with transaction.atomic():
        current = take(actor, referral, "resume", version)
        make(actor, current, "resume", note=note.strip())
    return current


def _refuse_past(review_on):
    """While it waits no other clock runs: it may not be put aside for ever."""
    if review_on is None or review_on <= timezone.localdate():
        raise Refusal(_("请写明以后哪一天复核。"), field="review_on")
    if review_on - timezone.localdate() > FARTHEST_REVIEW:
        raise Refusal(_("复核日期最晚在一年以后；到时还要等的，再写一次。"), field="review_on")


def refuse_finish(finish_on):
    """The day by which help is to be done is its clock."""
    if finish_on is None:
        return
    if finish_on < timezone.localdate():
        raise Refusal(_("约定完成日期不能早于今天。"), field="finish_on")
    if finish_on - timezone.localdate() > FARTHEST_FINISH:
        raise Refusal(_("约定完成日期最晚在五年以后。"), field="finish_on")
