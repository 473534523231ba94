"""What the federation of the demo world gave by itself, without a referral; and the next dates of two of its cases."""

from datetime import timedelta
from decimal import Decimal

from django.utils import timezone

from referrals.actions import follow_ups, told_aid
from referrals.models import Person, Referral

# Form, kind of need, sum, how many days ago, what, out of which money.
GIVEN = (
    ("goods", "living", "180.00", 47, "面粉 2 袋、食用油 2 桶", "某食品企业捐赠物资"),
    ("cash", "education", "600.00", 40, "开学路费和书本费", "本单位自有资金"),
    ("service", "affection", "6.0", 12, "志愿者三次上门陪伴", ""),
)
MEASURE = {"goods": "value", "cash": "amount", "service": "hours"}


def load(staff):
    """`staff` by user name."""
    charity, today = staff["charity"], timezone.localdate()
    people = Person.objects.visible_to(charity, "person.edit").filter(keeper=charity.organization, died_on=None)
    adults = [one for one in people.order_by("pk")[:40] if not one.is_minor]
    for person, (form, kind, sum_, days, words, money) in zip(adults, GIVEN, strict=False):
        said = {
            "form": form, "need_kind": kind, MEASURE[form]: Decimal(sum_), "given_on": today - timedelta(days=days),
            "description": words, "paid_from": money, "receipt": f"YS-{days:03d}",
        }  # fmt: skip
        told_aid.record_other_aid(charity, person, said)
    _follow(charity, today)


def _follow(charity, today):
    cases = Referral.objects.filter(receiver=charity.organization, state__in=["in_progress", "accepted"]).order_by("pk")
    for referral, days, purpose, words in zip(
        cases, (0, 6), ("follow", "feed_back"), ("看看米面还够不够，药按时吃了没有", "把结果告诉转出单位"), strict=False
    ):
        values = {"purpose": purpose, "due_on": today + timedelta(days=days), "who": charity, "note": words}
        follow_ups.plan_follow_up(charity, referral, values)
