"""What it costs to send a referral and to accept one: whole actions, with everything they check and write, beside the
same without the messages to others."""

import contextlib
from datetime import timedelta
from functools import cache

from django.conf import settings
from django.utils import timezone

from members import outbox
from members.actions.agreements import create_agreement
from members.kinds import OrganizationKind
from members.models import Agreement, RoleAssignment, Staff
from portal.bench.referral_data import the_units
from portal.bench.registry import benchmark
from referrals.actions import consents, decisions, needs, safeguards
from referrals.actions import referrals as writing
from referrals.items import Group
from referrals.management.demo.families import Place, write_families
from referrals.models import Person

ITEMS = ["name", "phone", "residence", "needs"]
# So many in a row are one measurement.
PORTION = 20
TODAY = timezone.localdate


def parties():
    """A county's officer and the reviewer of a charity there, with all that must stand between their units."""
    units = the_units()
    county = units["county"]
    charity = units["charities"][county.area.code][0]
    officer, approver, reviewer = (
        _somebody(f"bench-{role}", role, unit)
        for role, unit in (("bureau_officer", county), ("bureau_approver", county), ("charity_reviewer", charity))
    )
    if not Agreement.objects.filter(party_a=county, party_b=charity).exists():
        _safeguard(officer, approver, charity)
    return officer, reviewer


def _somebody(name, role, unit):
    staff, is_new = Staff.objects.get_or_create(
        username=name, defaults={"name": name, "organization": unit, "password": "!"}
    )
    if is_new:
        RoleAssignment.objects.create(staff=staff, role=role, confirmed_at=timezone.now())
    return Staff.objects.select_related("organization__area").get(pk=staff.pk)


def _safeguard(officer, approver, charity):
    """An agreement, what it says of personal data, and the assessment of what passing it on may do."""
    until, groups = TODAY() + timedelta(days=300), [group.value for group in Group]
    agreement = create_agreement(
        approver,
        {
            "title": "合作协议", "party_a": officer.organization, "party_b": charity, "party_c": None,
            "signed_on": TODAY(), "starts_on": TODAY(), "ends_on": until, "ceiling": None, "quota": None,
            "quota_unit": "", "terms": "",
        },
    )  # fmt: skip
    safeguards.add_data_agreement(
        approver,
        {
            "agreement": agreement, "receiver": charity, "purposes": ["refer_to_org"], "groups": groups,
            "measures": "专人查看", "keeping": "办结后删除",
        },
    )  # fmt: skip
    written = safeguards.write_assessment(
        officer,
        {
            "title": "转介影响评估", "purposes": ["refer_to_org"], "groups": groups, "necessity": "必要",
            "receiver_kinds": [kind.value for kind in OrganizationKind], "risks": "可控", "measures": "留痕",
            "is_acceptable": True, "valid_until": until,
        },
    )  # fmt: skip
    safeguards.approve_assessment(approver, written, written.version)


def drafts(officer, charity, number):
    """So many, each of somebody else, who has a need and agreed: ready to be sent."""
    unit = officer.organization
    write_families(number, [Place(unit, [unit.area])], seed=number, is_full=False, first=Person.objects.count())
    people = Person.objects.filter(keeper=unit, relation="head").select_related("keeper", "residence").order_by("-pk")
    adults = [one for one in people[: number * 2] if not one.is_minor][:number]
    return [_draft(officer, charity, person) for person in adults]


def _draft(officer, charity, person):
    need = needs.add_need(
        officer, person,
        {"kind": "living", "form": "material", "weight": "bottom_line", "wish": "", "urgency": "normal",
         "ground": "still_in_difficulty", "causes": []},
    )  # fmt: skip
    consent = consents.begin_consent(officer, person, "refer_to_org")
    consent = consents.save_scope(
        officer, consent, consent.version, recipients=[charity], items=ITEMS, sensitive_items=[],
        until=TODAY() + timedelta(days=300),
    )  # fmt: skip
    answer = {
        "form": "oral", "giver": "self", "witness_name": "见证人", "witness_post": "楼长", "language": "mandarin",
        "signed_on": TODAY(), "explained": [point.value for point in consents.Explained],
    }  # fmt: skip
    consents.give_consent(officer, consent, consent.version, answer)
    values = {"needs": [need], "ground": "still_in_difficulty", "urgency": "normal", "items": ITEMS}
    words = {"circumstances": "收入不足以支付费用", "government": "已按政策给予救助", "gap": "仍有缺口"}
    return writing.draft_referral(officer, person, charity, {**values, **words})


class Supply:
    """Referrals that stand where a move begins, made while nobody looks at the clock."""

    def __init__(self, make):
        self.make, self.left = make, []

    def take(self, number):
        if len(self.left) < number:
            self.left += self.make(number)
        taken, self.left = self.left[:number], self.left[number:]
        return taken


@cache
def supplies():
    officer, reviewer = parties()
    ready = Supply(lambda number: drafts(officer, reviewer.organization, number))

    def signed(number):
        sent = [writing.send_referral(officer, one, one.version) for one in ready.take(number)]
        return [decisions.sign_referral(reviewer, one, one.version) for one in sent]

    return officer, reviewer, ready, Supply(signed)


@contextlib.contextmanager
def telling_nobody():
    """The actions as they are; what they would leave for others is not written."""
    put, outbox.put = outbox.put, lambda *_message, **_options: None
    try:
        yield
    finally:
        outbox.put = put


class Turns:
    """work(n) on things that are used up by it; they are got ready before the clock runs."""

    def __init__(self, supply, act, around=contextlib.nullcontext):
        self.supply, self.act, self.around = supply, act, around

    def get_ready(self, times):
        self.ready = self.supply.take(times)

    def __call__(self, times):
        with self.around():
            for one in self.ready:
                self.act(one)


def with_and_without(supply, act):
    settings.OUTBOX_NUDGE = False
    return Turns(supply, act), Turns(supply, act, telling_nobody)


@benchmark("sending a referral", against="without telling others", reach=1.25, portion=PORTION, unit="/s")
def sending(_world):
    officer, _reviewer, ready, _signed = supplies()
    return with_and_without(ready, lambda one: writing.send_referral(officer, one, one.version))


@benchmark("accepting a referral", against="without telling others", reach=1.25, portion=PORTION, unit="/s")
def accepting(_world):
    _officer, reviewer, _ready, signed = supplies()
    return with_and_without(signed, lambda one: decisions.accept_referral(reviewer, one, one.version))
