"""Needs without names, claims and pairings of the demo world: done through the same actions as on the screens."""

from datetime import timedelta

from django.utils import timezone

from members.models import Area
from referrals.actions import pairings, postings
from referrals.forms.postings import PostingForm
from referrals.models import Need, Referral

WORDS = {
    "affection": "每周有人上门陪着说说话、量血压", "living": "冬天取暖还差一车煤", "education": "孩子的课桌和台灯",
    "care": "轮椅，去医院复查用", "housing": "修补漏风的门窗", "rehabilitation": "康复训练的路费",
    "medical": "复查和买药的自付部分", "furniture": "一张床和一个衣柜",
}  # fmt: skip
DONE = ("陪老人说话，量了血压", "送去蔬菜，帮忙换了灯泡", "打电话问候，提醒按时吃药")


def load(staff):
    """`staff` by user name."""
    town, charity, red_cross = (staff[name] for name in ("town", "charity", "redcross"))
    needs = Need.objects.open().filter(person__keeper=town.organization, postings=None).select_related("person")
    posted = []
    for need in [one for one in needs.order_by("pk") if not one.person.is_minor and one.kind in WORDS][:6]:
        values = {**PostingForm.initial_of(need), "words": WORDS[need.kind]}
        values["area"] = Area.objects.get(code=values["area"])
        posted.append(postings.post_need(town, need, values))
    for posting, actor, offered in zip(
        posted, (charity, red_cross, charity), ("志愿者每周二上门", "送一车煤", "新课桌一套"), strict=False
    ):
        postings.claim_posting(actor, posting, offered=offered)
    _pair(charity)


def _pair(charity):
    today = timezone.localdate()
    referral = Referral.objects.filter(receiver=charity.organization, state="in_progress").first()
    values = {"phone": "", "every_days": 7, "since": today - timedelta(days=15)}
    if referral:
        said = {**values, "kind": "volunteer_pairing", "giver": "演示志愿服务队", "aim": "每周辅导功课，陪着说说话"}
        pairing = pairings.begin_pairing(charity, referral, said)
        for days, done in zip((14, 8, 1), DONE, strict=True):
            visit = {"on": today - timedelta(days=days), "kind": "visit", "minutes": 90, "done": done}
            pairings.record_pairing_visit(charity, pairing, visit)
    place = Area.objects.filter(level="county", city=charity.organization.area.code).exclude(tags=[]).first()
    if place:
        said = {**values, "kind": "one_to_one", "giver": "项目部", "aim": "每季度一次义诊和助学", "every_days": 90}
        pairings.begin_area_pairing(charity, place, said)
