"""What invented families were asked over two years, and how it stands: agreed, taken back wholly or in part, run out,
refused. Written as the answer left it; those that can still be worked with come from the actions (consents.py).
"""

import secrets
from dataclasses import dataclass, field
from datetime import timedelta

from django.utils import timezone

from portal.lib.codes import public_code
from portal.lib.copying import copy_in, draw_keys
from referrals.actions.consents import CHECK_LENGTH, Explained
from referrals.consent_papers import compile_paper, digest_of
from referrals.coverage import Rule
from referrals.items import words_of
from referrals.models import Consent, ConsentWithdrawal, TimelineEntry
from referrals.wordings import wording_for

PURPOSE = "refer_to_org"
ITEMS = ["name", "gender", "birth_date", "phone", "residence", "household", "category", "needs"]
SENSITIVE = ["diagnosis", "cost"]
KINDS = frozenset({"charity_federation", "charity_association", "red_cross", "foundation"})
# How it stands now, and of how many in a hundred.
FATES = {"given": 42, "ending": 8, "reduced": 12, "withdrawn": 10, "expired": 16, "refused": 12}
REASONS = ("不想让邻居知道", "子女不同意", "目前能够维持，不用了")
EXPLAINED = [point.value for point in Explained]


@dataclass
class Answers:
    """Rows of many families, in the order in which they may be written."""

    consents: list = field(default_factory=list)
    withdrawals: list = field(default_factory=list)
    entries: list = field(default_factory=list)

    def write(self):
        if not self.consents:
            return
        draw_keys(self.consents)
        for consent in self.consents:
            consent.paper = compile_paper(consent)
            consent.digest = digest_of(consent)
        for rows in vars(self).values():
            if rows:
                copy_in(rows)


class Asker:
    """`colleague(keeper)` is who asked. `is_sparse` leaves the time line out: for measuring, only lists are wanted."""

    def __init__(self, draw, colleague, fates=None, is_sparse=False):
        self.draw, self.colleague, self.fates, self.is_sparse = draw, colleague, fates or FATES, is_sparse
        self.today = timezone.localdate()
        self.wordings = {}
        self.told = Answers()

    def ask(self, person):
        """Once, somewhere between the registration and today."""
        (fate,) = self.draw.choices(list(self.fates), self.fates.values())
        known = max(1, (self.today - timezone.localdate(person.created_at)).days)
        if fate == "expired" and known < 200:
            fate = "given"
        ago = self.draw.randint(190, known) if fate == "expired" else self.draw.randint(1, min(known, 170))
        day = self.today - timedelta(days=ago)
        until = day + timedelta(days=180 if fate != "ending" else ago + self.draw.randint(3, 25))
        consent = self._consent(person, day, until, fate)
        if consent.wording is None:
            return
        self.told.consents.append(consent)
        words = {"purpose": consent.get_purpose_display()}
        if fate == "refused":
            self._entry("consent_refused", consent, consent.recorded_at, **words)
            return
        self._entry("consent_given", consent, consent.recorded_at, to="辖区内的慈善组织和红十字会", **words)
        if fate in ("reduced", "withdrawn"):
            self._withdraw(consent, fate, ago)

    def _consent(self, person, day, until, fate):
        draw, staff = self.draw, self.colleague(person.keeper)
        at = timezone.now() - timedelta(days=(self.today - day).days, minutes=draw.randint(0, 30))
        consent = Consent(
            person=person, organization=person.keeper, purpose=PURPOSE, wording=self._wording(person.residence),
            begun_by=staff, begun_at=at - timedelta(minutes=20), recorded_by=staff, recorded_at=at, explained_by=staff,
            items=ITEMS, sensitive_items=SENSITIVE if draw.random() < 0.6 else [], valid_from=day, valid_until=until,
            recipient_rule=Rule(KINDS, person.city).as_data(), signed_on=day, version=3,
            private={"check": public_code(CHECK_LENGTH), "salt": secrets.token_hex(16)},
        )  # fmt: skip
        if fate == "refused":
            consent.state, consent.refused_reason = "refused", draw.choice(REASONS)
            return consent
        consent.state, consent.form, consent.giver, consent.explained = "given", "oral", "self", EXPLAINED
        consent.language = draw.choice(["mandarin", "mandarin", "dialect"])
        consent.private |= {"witness_name": "演示见证人", "witness_post": draw.choice(["楼长", "网格员", "村民小组长"])}
        return consent

    def _wording(self, area):
        key = area.county or area.code
        if key not in self.wordings:
            self.wordings[key] = wording_for(PURPOSE, area)
        return self.wordings[key]

    def _withdraw(self, consent, fate, ago):
        at = consent.recorded_at + timedelta(days=self.draw.randint(0, ago - 1), minutes=40)
        items = ["phone"] if fate == "reduced" else []
        channel = self.draw.choice(["counter", "phone", "paper"])
        self.told.withdrawals.append(
            ConsentWithdrawal(consent=consent, items=items, channel=channel, recorded_by=consent.recorded_by, at=at)
        )
        words = {"purpose": consent.get_purpose_display(), "what": words_of(items) or "全部"}
        self._entry("consent_withdrawn", consent, at, **words)

    def _entry(self, kind, consent, at, **details):
        if self.is_sparse:
            return
        person = consent.person
        self.told.entries.append(
            TimelineEntry(
                household_id=person.household_id, person=person, kind=kind, actor=consent.recorded_by, happened_at=at,
                recorded_at=at, organization_id=person.keeper_id, details=details,
            )
        )  # fmt: skip
