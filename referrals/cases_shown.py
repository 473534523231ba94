"""A referral as its page shows it: the path, what may be seen of the person, verdicts then and now, what to do."""

from dataclasses import dataclass, replace

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from referrals import (
    aid_shown,
    case_lines,
    case_notes,
    case_verdicts,
    desks,
    disclosure,
    minors,
    pairings_shown,
    proposals,
    shares,
    turns,
    two_ways,
    viewers,
)
from referrals.actions.approvals import waiting_for
from referrals.actions.decisions import has_queue, place_in_queue
from referrals.chain import chain_of, leader_of
from referrals.items import ITEMS, in_order
from referrals.kinds import AidState
from referrals.models import Referral
from referrals.overlaps import flags_of
from referrals.permissions import may
from referrals.referral_papers import paper_name, papers_of
from referrals.workflow import BEFORE_ACCEPTANCE, MOVES, TASKS, TO_BUREAU_KINDS, Side, State

FOLLOW_UPS_SHOWN = 5
# The one thing to do next in a state, by side; all others stand under it.
FIRST = {
    State.DRAFT: "send", State.REVIEW: "approve_sending", State.SENT: "sign", State.RECEIVED: "accept",
    State.RETURNED: "answer", State.WAITLISTED: "accept", State.ACCEPTED: "begin", State.IN_PROGRESS: "report",
    State.ON_HOLD: "resume", State.REPORTED: "confirm",
}  # fmt: skip
# What the sender is to answer stands above everything else.
READ_FIRST = {State.RETURNED: "questions", State.REPORTED: "reports"}
# Shown with their middle covered; the whole number is asked for by itself.
COVERED = {
    "number": lambda person: (person.number, person.masked_number),
    "account": lambda person: (person.account, person.masked_account),
}


def is_to_be_answered(referral):
    """Of what a charity told the government an answer is awaited, not help."""
    return referral.kind in TO_BUREAU_KINDS and referral.state in (State.ACCEPTED, State.IN_PROGRESS)


@dataclass(frozen=True)
class Deeds:
    """What this person can do now: one first, others beside it, the grave ones quiet at the end."""

    first: object
    others: list
    grave: list
    # (move, why not): would be theirs, and cannot be now.
    blocked: list

    def __bool__(self):
        return bool(self.first or self.others or self.grave)


def deeds_of(staff, referral, asked=None):
    """`asked`: what waits for a second person is not asked for again."""
    answers = [(move, why) for move, why in turns.open_to(staff, referral) if asked is None or move.verb != asked.verb]
    if not has_queue(referral):
        answers = [(move, answer) for move, answer in answers if move.verb != "wait"]
    able = [move for move, answer in answers if not answer]
    verb = "report" if is_to_be_answered(referral) else FIRST.get(State(referral.state))
    first = next((move for move in able if move.verb in (verb, "submit")), None) or _of_lane(able)
    others = [move for move in able if move != first and not move.is_grave]
    grave = [move for move in able if move != first and move.is_grave]
    return Deeds(first, others, grave, [(move, answer) for move, answer in answers if answer])


def _of_lane(able):
    """救急难: whoever waits for the other side has the consent to bring meanwhile."""
    return next((move for move in able if move.verb == "bring_consent"), None)


@dataclass(frozen=True)
class Turn:
    """Whose turn it is, and for what."""

    unit: object
    task: str
    is_mine: bool


def turn_of(staff, referral):
    """None when nothing is awaited from anybody."""
    unit = referral.turn
    task = _("核实并答复") if is_to_be_answered(referral) else TASKS.get(State(referral.state), "")
    if unit is None or referral.is_in_consultation:
        return None
    if referral.state == State.REVIEW:  # the county may, for its town; who wrote it may not be able to
        return Turn(unit, str(task), turns.stands_on(staff, referral, MOVES["approve_sending"]))
    return Turn(unit, str(task), unit.pk == staff.organization_id)


# -- The person -------------------------------------------------------------------------------------------------------
def shown_of(staff, referral):
    """(permitted, rows) of the person as this member of staff may see them, here and now; long numbers covered."""
    permitted = disclosure.permitted(staff, referral.person)
    return permitted, rows_of(referral, permitted.items & frozenset(referral.items))


def rows_of(referral, items):
    """[(group's words, [(item, words)])] of these items; before it is sent the same as afterwards."""
    groups = disclosure.project(referral.person, items, referral.needs.all()) if items else []
    return [(label, [covered(referral.person, *pair) for pair in pairs]) for label, pairs in groups]


def covered(person, item, words):
    if item.code in COVERED:
        whole, masked = COVERED[item.code](person)
        words = words.replace(whole, masked) if whole else words
    return item, words


def consent_of(referral):
    """The consent under which its newest list stands."""
    manifest = referral.manifests.first()
    listed = manifest.provisions.select_related("consent").order_by("-pk") if manifest else ()
    return next((one.consent for one in listed), None)


def not_given(referral):
    """What the program looks at and the person did not agree to tell, or nobody listed."""
    proposal = proposals.for_program(referral.program.code) if referral.program else None
    return in_order(set(proposal.items) - set(referral.items)) if proposal else []


def whole_numbers(staff, referral, permitted):
    """Where somebody who needs a whole number goes to: (name of the page, its code); None for whoever may not."""
    covered = COVERED.keys() & set(referral.items) & permitted.items
    if not covered:
        return None
    if permitted.basis == disclosure.KEEPER:
        may_unmask = may(staff, "person.unmask", referral.person)
        return ("referrals:unmask_person", referral.person.code) if may_unmask else None
    standing = next((one for one in permitted.provisions if one.ended_at is None), None)
    return ("referrals:show_received", standing.code) if standing else None


def about(staff, referral):
    """On the pages of its moves, beside the heading: whom it concerns, covered, and what for."""
    is_named = "name" in disclosure.permitted(staff, referral.person)
    kinds = _("、").join(str(need.get_kind_display()) for need in referral.needs.all())
    return " · ".join(part for part in (referral.person.masked_name if is_named else "", kinds) if part)


# -- The rules --------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Judgement:
    """What the rules said when it was sent and what they say now; `gone` and `new` is what changed since."""

    then: case_verdicts.Told | None
    now: case_verdicts.Told | None
    gone: tuple = ()
    new: frozenset = frozenset()

    def __bool__(self):
        return bool(self.then or self.now)

    @property
    def shown(self):
        return self.now or self.then

    @property
    def is_other(self):
        """The answer or the sum is not what it was."""
        if not self.then or not self.now:
            return False
        return (self.then.eligible, self.then.sum) != (self.now.eligible, self.now.sum)


def judgement_of(referral, permitted, verdicts):
    """While it is open the rules are asked anew; of what is over only the verdict of its day is left."""
    items = frozenset(ITEMS) if permitted.basis == disclosure.KEEPER else permitted.items
    manifest = referral.manifests.last()
    then = case_verdicts.as_told(manifest.snapshot, items) if manifest and manifest.snapshot else None
    if not verdicts or not referral.is_live:
        return Judgement(then, None)
    now = case_verdicts.as_told(case_verdicts.snapshot(verdicts[0]), items)
    gone, new = case_verdicts.changes_between(then, now) if then else ((), ())
    return Judgement(then, now, tuple(gone), frozenset(line.words for line in new))


def papers_shown(referral, permitted, verdicts):
    """([(row of the program's list, the papers that are there)], papers that no row asks for)."""
    kept = {}
    for document in disclosure.papers(referral.person, permitted):
        kept.setdefault(document.kind, []).append(document)
    rows = papers_of(referral, verdicts) if referral.is_live else []
    listed = [(row, kept.pop(row.kind, [])) for row in rows]
    return listed, [document for documents in kept.values() for document in documents]


def flags_shown(staff, referral):
    """Duplicates, for whoever decides: before acceptance only. Of another unit's case the unit, never the case."""
    if State(referral.state) not in BEFORE_ACCEPTANCE or referral.side_of(staff.organization_id) != Side.RECEIVER:
        return []
    flags = flags_of(referral)
    named = {one.pk for flag in flags for one in flag.referrals}
    seen = set(Referral.objects.visible_to(staff).filter(pk__in=named).values_list("pk", flat=True)) if named else ()
    return [replace(flag, referrals=tuple(one for one in flag.referrals if one.pk in seen)) for flag in flags]


# -- Beside it --------------------------------------------------------------------------------------------------------
def beside(referral):
    """Asked side by side about the same needs."""
    if referral.is_ended:
        return Referral.objects.none()
    same = Q(person=referral.person_id, needs__in=referral.needs.all(), sender=referral.sender_id)
    return Referral.objects.open().filter(same).exclude(pk=referral.pk).distinct().select_related("receiver")


def government_words(referral):
    """Which scheme was asked, and with what result."""
    result = dict(AidState.choices).get(referral.scheme_result, referral.scheme_result)
    return " · ".join(str(part) for part in (referral.get_scheme_display(), result) if part)


def questions_of(staff, referral, permitted):
    """[(question, its words, files)]: of a paper that is missing, what it is called."""
    rows = referral.questions.select_related("asked_by", "answered_by").prefetch_related("files")
    return [(row, row.text or paper_name(referral, row.paper), _files(staff, permitted, row)) for row in rows]


def reports_of(staff, referral, permitted):
    """[(report, files)]."""
    rows = referral.reports.select_related("made_by").prefetch_related("needs__need", "files")
    return [(row, _files(staff, permitted, row)) for row in rows]


def _files(staff, permitted, row):
    return [file for file in row.files.all() if case_notes.opens(staff, permitted, file)]


def desk_of(staff, referral):
    """The desk it lies on, for the way back."""
    side = referral.side_of(staff.organization_id)
    if side == Side.RECEIVER:
        return desks.RECEIVED
    return desks.AREA if not side and desks.has_area(staff) else desks.SENT


def steps_of(referral):
    return list(referral.steps.select_related("actor", "organization", "approver"))


def page_of_case(staff, referral):
    """Everything of the page but the request."""
    steps, side = steps_of(referral), referral.side_of(staff.organization_id)
    permitted, rows = shown_of(staff, referral)
    lines = case_lines.lines_of(staff, referral, steps, permitted)
    asked = referral.approvals.filter(state="asked").select_related("asked_by").first()
    return {
        "referral": referral,
        "path": case_lines.path_of(referral, steps),
        "lines": lines[: case_lines.SHOWN],
        "lines_in_all": len(lines),
        "deeds": deeds_of(staff, referral, asked),
        "turn": turn_of(staff, referral),
        "permitted": permitted,
        "asks_for_minor": referral.person.is_minor and not permitted and not minors.may_see(staff, referral.person),
        "rows": rows,
        "chain": chain_of(staff, referral),
        "leader": leader_of(referral) if referral.kind not in TO_BUREAU_KINDS else None,
        "beside": beside(referral) if side == Side.SENDER else [],
        "approval": waiting_for(staff).filter(referral=referral).select_related("asked_by").first(),
        "asked_approval": asked,
        "asked_move": MOVES[asked.verb].label if asked else "",
        "disputed": _dispute_of(referral, steps),
        "aid": aid_shown.of_case(staff, referral) if permitted else None,
        "queue": place_in_queue(referral) if referral.state == State.WAITLISTED else None,
        "side": side,
        "desk": desk_of(staff, referral),
        "reads_first": READ_FIRST.get(State(referral.state)) if side == Side.SENDER else None,
        **pairings_shown.of_case(staff, referral),
        "today": timezone.localdate(),
        **written_on(staff, referral, permitted),
        **followed_up(staff, referral),
        **two_ways.sections(staff, referral, permitted),
        **(_of_the_person(staff, referral, permitted) if permitted else {}),
    }


def whole_file(staff, referral):
    """For paper: the page with every line and every note that more than one unit reads; of what only one's own unit
    wrote nothing leaves the house this way."""
    case = page_of_case(staff, referral)
    permitted = case["permitted"]
    notes = case_notes.rows_of(staff, referral, permitted).exclude(audience="own").order_by("pk")
    return {
        **case,
        "lines": case_lines.lines_of(staff, referral, steps_of(referral), permitted)[::-1],
        "notes": [(note, list(note.files.all())) for note in notes],
        "read_now": list(notes),
        "provisions": viewers.provisions_of(staff, referral) if permitted else [],
        "shares": shares.of_case(referral),
        "printed_at": timezone.localtime(),
    }


def _dispute_of(referral, steps):
    """The step by which the sender disputed the report, as long as the receiver has not reported anew."""
    if referral.state != State.IN_PROGRESS or not referral.disputes:
        return None
    return max((step for step in steps if step.verb == "dispute"), key=lambda step: step.version, default=None)


def written_on(staff, referral, permitted):
    """The newest notes and messages, and whether this person may write."""
    rows = case_notes.rows_of(staff, referral, permitted)
    newest = list(rows[: case_notes.SHOWN])
    return {
        "notes": case_notes.shown(staff, permitted, newest),
        "read_now": newest,
        "notes_in_all": rows.count() if len(newest) == case_notes.SHOWN else len(newest),
        "writes": case_notes.audiences_of(staff, referral),
        "why_not_write": case_notes.why_not_write(staff, referral),
    }


def followed_up(staff, referral):
    """The dates of the case, what is still to be done first; of those done the last few."""
    rows = referral.follow_ups.select_related("who", "organization")
    done = rows.filter(done_on__isnull=False).order_by("-done_on", "-pk")[:FOLLOW_UPS_SHOWN]
    return {"follow_ups": [*rows.open(), *done], "may_follow": bool(case_notes.audiences_of(staff, referral))}


def _of_the_person(staff, referral, permitted):
    """What is told only to those who may see something of the person."""
    verdicts = case_verdicts.judge(referral) if referral.is_live else []
    papers, other_papers = papers_shown(referral, permitted, verdicts)
    return {
        "shown_name": referral.person.masked_name if "name" in permitted else "",
        "needs": list(referral.needs.all()),
        "withheld": [item for item in in_order(referral.items) if item.code not in permitted.items],
        "not_given": not_given(referral),
        "consent": consent_of(referral),
        "whole_numbers": whole_numbers(staff, referral, permitted),
        "government": government_words(referral),
        "judgement": judgement_of(referral, permitted, verdicts),
        "papers": papers,
        "other_papers": other_papers,
        "flags": flags_shown(staff, referral),
        "questions": questions_of(staff, referral, permitted),
        "reports": reports_of(staff, referral, permitted),
        "refers_again": _refers_again(staff, referral),
    }


def _refers_again(staff, referral):
    """Ended without help, and this person may look for somebody else: the person's page of receivers."""
    is_back = referral.is_ended and referral.standing.turn == Side.SENDER and not referral.person.merged_into_id
    return is_back and "referral.write" in staff.permissions and may(staff, "person.view", referral.person)
