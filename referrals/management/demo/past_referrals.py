"""What became of referrals over the years, written as their moves left them: for the demo world's closed cases, and by
the million for measuring. Those that can still be worked with come from the actions (referrals.py).
"""

from dataclasses import dataclass, field
from datetime import timedelta

from django.utils import timezone

from members.kinds import BUREAU_KINDS
from members.models import Organization
from portal.lib.copying import copy_in, draw_keys
from referrals import receivers
from referrals.kinds import RANKS
from referrals.models import Referral, ReferralAccess, ReferralStep, TimelineEntry
from referrals.models.referral_access import NO_DAY
from referrals.workflow import ENDS, MOVES, State, reason_words

# How it stands: the moves that led there.
ROADS = {
    "closed": ("send", "sign", "accept", "begin", "report", "confirm"),
    "rejected": ("send", "sign", "reject"),
    "cancelled": ("send", "cancel"),
    "failed": ("send", "sign", "accept", "fail"),
    "expired": ("send", "expire"),
    "withdrawn": ("send", "sign", "withdraw"),
    "sent": ("send",),
    "received": ("send", "sign"),
    "returned": ("send", "sign", "return"),
    "accepted": ("send", "sign", "accept"),
    "in_progress": ("send", "sign", "accept", "begin"),
    "on_hold": ("send", "sign", "hold"),
    "reported": ("send", "sign", "accept", "begin", "report"),
}  # fmt: skip
ENDED = {"closed": 62, "rejected": 14, "cancelled": 7, "failed": 4, "expired": 6, "withdrawn": 7}
UNDER_WAY = {
    "sent": 16, "received": 22, "returned": 6, "accepted": 12, "in_progress": 30, "on_hold": 4, "reported": 10,
}  # fmt: skip
REASONS = {
    "reject": ("no_capacity.no_funds", "ineligible.cause", "ineligible.income"),
    "cancel": ("declined.no_longer_needed", "error.wrong_entry"),
    "fail": ("moved.moved", "unreachable.three_attempts"),
    "withdraw": ("declined.refuses",),
}
GROUNDS = ("still_in_difficulty", "still_in_difficulty", "not_yet_eligible", "policy_gap")
ITEMS = ["name", "phone", "residence", "category", "needs"]


@dataclass
class Cases:
    """Rows of many referrals, in the order in which they may be written."""

    referrals: list = field(default_factory=list)
    steps: list = field(default_factory=list)
    access: list = field(default_factory=list)
    entries: list = field(default_factory=list)

    def write(self):
        if self.referrals:
            draw_keys(self.referrals)
        for rows in vars(self).values():
            if rows:
                copy_in(rows)


class Referrer:
    """`colleague(unit)` is who works there. `is_sparse` leaves steps and time line out: for measuring, only the lists
    are wanted. `first`: how many there are already, so that more of them have numbers of their own."""

    def __init__(self, draw, colleague, *, first=0, is_sparse=False):
        self.draw, self.colleague, self.is_sparse = draw, colleague, is_sparse
        self.number, self.now = first, timezone.now()
        self.above, self.directions = {}, {}
        self.told = Cases()

    def refer(self, person, sender, receiver, fate, at, program=None):
        """One referral, written at that moment and now as its fate says."""
        verbs = ROADS[fate]
        times = self._times(at, len(verbs))
        referral = self._referral(person, sender, receiver, fate, at, times, program)
        self.told.referrals.append(referral)
        if not self.is_sparse:
            self._walk(referral, verbs, times)
        for unit, reason in self._concerned(sender, receiver).items():
            self.told.access.append(
                ReferralAccess(
                    organization_id=unit, referral=referral, reason=reason, created_at=at, state=referral.state,
                    rank=referral.rank, due_on=referral.due_on or NO_DAY, is_open=fate not in ENDS,
                )
            )  # fmt: skip
        return referral

    def _times(self, at, count):
        """A few days each, and never later than now."""
        times = [at]
        for _ in range(count - 1):
            times.append(min(times[-1] + timedelta(hours=self.draw.randint(3, 200)), self.now))
        return times

    def _referral(self, person, sender, receiver, fate, at, times, program):
        draw, self.number = self.draw, self.number + 1
        category, _dot, code = self._reason(ROADS[fate][-1]).partition(".")
        urgency = draw.choices(list(RANKS), (1, 9, 90))[0]
        last = times[-1]
        due = timezone.localdate(last) + timedelta(days=draw.randint(1, 30))
        review = due if fate == "on_hold" else None
        staff, handler = self.colleague(sender), self.colleague(receiver) if fate != "sent" else None
        return Referral(
            person=person, sender=sender, receiver=receiver, written_by=staff, sender_handler=staff, handler=handler,
            changed_by=staff, direction=self._direction(sender, receiver), ground=draw.choice(GROUNDS),
            urgency=urgency, rank=RANKS[urgency], program=program, items=ITEMS, number=f"ZJ{at.year}9{self.number:08d}",
            state=fate, version=len(times) + 1, state_since=last, created_at=at, changed_at=last, sent_at=times[0],
            opened_at=times[1] if len(times) > 1 else None, ended_at=last if fate in ENDS else None,
            due_on=None if fate in ENDS else due, review_on=review, paused_in="received" if review else "",
            paused_by=receiver if review else None, reason_category=category, reason_code=code,
            private={"circumstances": "收入不足以支付费用，政府救助后仍有缺口。"},
        )  # fmt: skip

    def _reason(self, verb):
        return self.draw.choice(REASONS.get(verb, ("",)))

    def _direction(self, sender, receiver):
        pair = sender.pk, receiver.pk
        if pair not in self.directions:
            self.directions[pair] = receivers.direction_between(sender, receiver)
        return self.directions[pair]

    def _concerned(self, sender, receiver):
        """As actions.referrals.concern() has it, remembered for the pair."""
        pair = sender.pk, receiver.pk
        if pair not in self.above:
            codes = {code for unit in (sender, receiver) for code in (unit.area.code, *unit.area.ancestor_codes)}
            rows = Organization.objects.filter(kind__in=BUREAU_KINDS, area__code__in=codes)
            above = dict.fromkeys(rows.values_list("pk", flat=True), "above")
            self.above[pair] = above | {receiver.pk: "receiver", sender.pk: "sender"}
        return self.above[pair]

    def _walk(self, referral, verbs, times):
        before, since = State.DRAFT, times[0] - timedelta(minutes=20)
        for number, (verb, at) in enumerate(zip(verbs, times, strict=True)):
            move = MOVES[verb]
            after = State(move.target)
            ours = move.side == "sender" or verb == "withdraw"
            actor = None if move.is_by_clock else referral.sender_handler if ours else referral.handler
            is_last = number == len(verbs) - 1
            told = (referral.reason_category, referral.reason_code) if is_last else ("", "")
            self.told.steps.append(
                ReferralStep(
                    referral=referral, verb=verb, from_state=before, to_state=after, version=number + 2, actor=actor,
                    organization=actor.organization if actor else None, at=at, took=at - since,
                    reason_category=told[0], reason_code=told[1], private={"note": "", **self._words(referral)},
                )
            )  # fmt: skip
            self._entry(referral, verb, actor, at, reason_words(*told))
            before, since = after, at

    def _words(self, referral):
        return {"receiver": str(referral.receiver), "sender": str(referral.sender)}

    def _entry(self, referral, verb, actor, at, reason):
        person = referral.person
        details = {"number": referral.number, "reason": str(reason), **self._words(referral)}
        self.told.entries.append(
            TimelineEntry(
                household_id=person.household_id, person=person, kind=f"referral_{verb}", actor=actor, happened_at=at,
                recorded_at=at, organization_id=actor.organization_id if actor else person.keeper_id,
                details={name: word for name, word in details.items() if word},
            )
        )  # fmt: skip
