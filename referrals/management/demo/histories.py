"""What happened to invented families: how they were found, what they need, who went to see them. For the demo world,
and by the hundred thousand for measuring. The same for the same seed, and in the order in which such things happen.
"""

import random
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from decimal import Decimal

from django.utils import timezone

from members.calendar import add_working_days
from portal.lib.copying import copy_in
from referrals.kinds import NeedState
from referrals.models import Lead, Need, NeedStep, TimelineEntry, Visit

WISHES = {
    "medical": ("手术和复查的自付部分", 8000, "material"), "living": ("冬天的取暖和米面", 1500, "material"),
    "education": ("孩子的学费和路费", 3000, "material"), "care": ("每天有人上门帮忙做饭、擦洗", None, "service"),
    "housing": ("修补屋顶和门窗", 6000, "both"), "affection": ("有人常来说说话", None, "service"),
    "furniture": ("一张床和一个柜子", 1200, "material"), "rehabilitation": ("康复训练和辅具", 4000, "both"),
}  # fmt: skip
SEEN = (
    "家里有人长期吃药，收入跟不上开销。", "独居，行动不便，邻居时常照看。", "孩子上学的费用还没有着落。",
    "房屋年久失修，窗户漏风。", "打零工受伤，近两个月没有收入。", "说近来身体不好，想问问有什么政策。",
)  # fmt: skip
FOUND = {
    "as_recorded": (
        "屋内整洁，药品在桌上；说夜里冷。", "情况与登记一致，近期按时领到救助金。", "精神尚好，有亲属每周来看。",
    ),
    "changed": ("近期住院一次，已出院，自费部分较多。", "子女外出务工，家中只剩老人。"),
    "new_need": ("屋顶漏雨，请人看过，修补要等开春。", "孩子下学期学费还差一部分。"),
    "not_met": ("家中无人，邻居说去亲戚家了。", "电话未接通，改日再去。"),
}  # fmt: skip
RESULTS = ("as_recorded", "as_recorded", "as_recorded", "changed", "new_need", "not_met")
NOTES = {
    "in_help": "", "eased": "第一笔资助已到位，还差一部分。", "met": "问题已经解决，家属表示感谢。",
    "dropped": "家属说已经自行解决。",
}  # fmt: skip
FIELD_CHANNELS = ("grid_worker", "village_body", "community_worker", "bureau_round", "application_handling")
CHARITY_CHANNELS = ("charity_home_visit", "charity_neighbourhood", "charity_festival_visit")


@dataclass
class History:
    """Rows of several families, table by table, in the order in which they may be written."""

    leads: list = field(default_factory=list)
    needs: list = field(default_factory=list)
    steps: list = field(default_factory=list)
    visits: list = field(default_factory=list)
    entries: list = field(default_factory=list)

    def write(self):
        for row in (*self.leads, *self.needs, *self.visits):
            row.derive()
        for rows in vars(self).values():
            if rows:
                copy_in(rows)


class Chronicler:
    """Tells the history of one household after another into a History.

    `colleague(keeper)` is who works there; `finders` are people of charities who tell of families. `is_sparse` leaves
    the time line out: for measuring only the lists are wanted.
    """

    def __init__(self, draw, colleague, finders=(), rounds=(), is_sparse=False):
        self.draw, self.colleague, self.finders, self.rounds = draw, colleague, finders, rounds
        self.is_sparse = is_sparse
        self.now = timezone.now()
        self.told = History()

    def tell(self, people, aid=(), categories=()):
        """`people` of one household, the head first, their keeper and residence loaded."""
        head = people[0]
        self.head, self.staff = head, self.colleague(head.keeper)
        since = head.created_at
        if self.is_sparse or self.draw.random() < 0.3:
            self._lead(since - timedelta(hours=self.draw.randint(4, 120)), since)
        for held in categories:
            words = {"category": held.get_category_display(), "certified_by": held.certified_by}
            self._entry("category_added", self._at(held.since), **words)
        for one in aid:
            words = {"scheme": one.get_scheme_display(), "state": one.get_state_display()}
            self._entry("aid_recorded", self._at(one.decided_on or one.applied_on), **words)
        self._visits(since)
        for person in self.draw.choices(people, k=self.draw.choice([0, 0, 1, 1, 2])):
            self._need(person, since)

    def _at(self, day):
        """Office hours of a day."""
        moment = timezone.make_aware(datetime.combine(day, time(9))) + timedelta(minutes=self.draw.randint(0, 450))
        return min(moment, self.now)

    def _entry(self, kind, at, person=None, **details):
        if self.is_sparse:
            return
        person = person or self.head
        self.told.entries.append(
            TimelineEntry(
                household_id=person.household_id, person=person, kind=kind, actor=self.staff, happened_at=at,
                recorded_at=at, organization_id=person.keeper_id,
                details={name: str(value) for name, value in details.items() if value},
            )
        )  # fmt: skip

    def _lead(self, filed_at, decided_at):
        """Somebody told of the family, and it was registered; among many, some still wait."""
        draw = self.draw
        by_charity = self.finders and draw.random() < 0.4
        finder = draw.choice(self.finders) if by_charity else self.staff
        is_open = self.is_sparse and draw.random() < 0.8
        urgency = draw.choice(["normal", "normal", "normal", "urgent", "critical"])
        lead = Lead(
            key=f"{draw.getrandbits(128):032x}", filed_by=finder, organization_id=finder.organization_id,
            filed_at=filed_at, area=self.head.residence, urgency=urgency, is_agreed=True,
            channel=draw.choice(CHARITY_CHANNELS if by_charity else FIELD_CHANNELS),
            due_on=add_working_days(timezone.localtime(filed_at).date(), 0 if urgency != "normal" else 3),
            private={"seen": draw.choice(SEEN), "place": f"{self.head.residence.name}，问村（居）委会可知"},
        )  # fmt: skip
        if not is_open:
            lead.state, lead.person = "registered", self.head
            lead.taken_by = lead.decided_by = self.staff
            lead.taken_at, lead.decided_at, lead.answer_seen_at = decided_at, decided_at, decided_at
        self.told.leads.append(lead)
        self._entry("lead_received", filed_at, channel=lead.get_channel_display())

    def _visits(self, since):
        """The first soon after the record was made, then every few months; some have not been seen for long."""
        draw = self.draw
        at = since + timedelta(days=draw.randint(0, 20))
        for _ in range(draw.randint(0, 4)):
            if at >= self.now:
                return
            self._visit(timezone.localdate(at))
            at += timedelta(days=draw.randint(60, 220))

    def _visit(self, day):
        draw, head = self.draw, self.head
        result = draw.choice(RESULTS)
        occasion = draw.choice(["bureau_round", "application_handling", "follow_up"])
        visit = Visit(
            person=head, area=head.residence, organization_id=head.keeper_id, occasion=occasion, result=result,
            visited_on=day, visitors=f"{self.staff.name}、演示志愿者", round=self._round_of(head, day),
            recorded_by=self.staff, recorded_at=self._at(day), private={"findings": draw.choice(FOUND[result])},
        )  # fmt: skip
        self.told.visits.append(visit)
        words = {"occasion": visit.get_occasion_display(), "result": visit.get_result_display()}
        self._entry("visited", visit.recorded_at, **words)

    def _round_of(self, person, day):
        found = (one for one in self.rounds if one.since <= day <= one.until)
        return next((one for one in found if getattr(person, one.area.level) == one.area.code), None)

    def _need(self, person, since):
        """Recorded with the person or on a later day; then step by step as far as it has come."""
        draw = self.draw
        kind = draw.choice(list(WISHES))
        wish, cost, form = WISHES[kind]
        at = since + (self.now - since) * draw.random() * draw.random()
        need = Need(
            person=person, kind=kind, form=form, organization_id=person.keeper_id, recorded_by=self.staff,
            changed_by=self.staff, recorded_at=at, causes=person.causes, private={"wish": wish},
            weight=draw.choice(["basic", "basic", "general", "bottom_line"]),
            urgency=draw.choice(["normal", "normal", "normal", "urgent"]),
            estimated_yuan=cost and Decimal(cost * draw.randint(1, 4)),
            ground=draw.choice(["", "still_in_difficulty", "policy_gap", "not_yet_eligible"]),
        )  # fmt: skip
        self.told.needs.append(need)
        self._entry("need_added", at, person, need=need.get_kind_display())
        self._step(need, "open", at)
        for state in draw.choice([(), (), ("in_help",), ("in_help", "eased"), ("in_help", "met"), ("dropped",)]):
            at += timedelta(days=draw.randint(3, 60))
            if at >= self.now:
                break
            self._step(need, state, at)
            words = {"need": need.get_kind_display(), "state": NeedState(state).label, "note": NOTES[state]}
            self._entry("need_moved", at, person, **words)

    def _step(self, need, state, at):
        need.state, need.changed_at = state, at
        note = {"note": NOTES[state]} if NOTES.get(state) else {}
        self.told.steps.append(NeedStep(need=need, state=state, made_by=self.staff, made_at=at, private=note))


def seeded(seed):
    return random.Random(seed)  # noqa: S311 - the same every time, nothing to guard
