"""Of the board of needs and offers, and of pairings."""

from datetime import timedelta

from django.utils import timezone

from referrals.actions.pairings import begin_area_pairing, begin_pairing, record_pairing_visit
from referrals.actions.postings import claim_posting, post_need
from tests.make.people import make_need, make_person
from tests.make.referrals import make_referral


def make_posting(actor, need=None, **values):
    """Put up by whoever keeps the person."""
    need = need or make_need(make_person(actor.organization))
    values = {
        "words": "冬天取暖的费用", "age_band": "old", "area": need.person.residence, "gap_yuan": 800,
        "until": timezone.localdate() + timedelta(days=30), **values,
    }  # fmt: skip
    return post_need(actor, need, values)


def make_claim(posting, actor, offered="送一车煤"):
    return claim_posting(actor, posting, offered=offered)


def pairing_values(**values):
    return {
        "kind": "volunteer_pairing", "giver": "演示志愿队", "phone": "", "aim": "每周陪老人说说话", "every_days": 7,
        "since": timezone.localdate() - timedelta(days=20), **values,
    }  # fmt: skip


def make_pairing(sender, actor, **values):
    """In a case that the actor's unit has taken on."""
    referral = make_referral(sender, actor.organization, state="accepted", by=actor)
    return begin_pairing(actor, referral, pairing_values(**values))


def make_area_pairing(actor, area, **values):
    return begin_area_pairing(actor, area, pairing_values(**{"kind": "one_to_one", **values}))


def make_pairing_visit(pairing, actor, **values):
    values = {"on": timezone.localdate(), "kind": "visit", "minutes": 90, "done": "一起包饺子", **values}
    return record_pairing_visit(actor, pairing, values)
