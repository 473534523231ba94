"""Cases of the demo world shared with one more party: a hospital that settles the fees, by the name of one person."""

from datetime import timedelta

from django.utils import timezone

from members.actions.agreements import create_agreement
from referrals.actions import consents, safeguards
from referrals.actions.shares import give_share, write_share_note
from referrals.items import Group
from referrals.management.demo.consents import SPOKEN, assess
from referrals.models import Referral, ReferralShare

# (what the case tells of, what of it is shared, what the hospital answers)
SHARED = (
    ("白内障手术", ["name", "gender", "phone", "diagnosis", "cost"], "已核对：可以减免 1200 元，减免单周三前开出。"),
    ("透析每月自付", ["name", "phone", "diagnosis", "cost"], ""),
)
WORDS = "请核对住院费用，看看能减免多少，减免单什么时候开出。"


def load(staff):
    """Once; nothing where the demo world has no hospital."""
    if "hospital" not in staff or ReferralShare.objects.exists():
        return
    town, hospital = staff["town"], staff["hospital"]
    _safeguards(staff, hospital.organization)
    open_cases = Referral.objects.filter(sender=town.organization, state__in=["sent", "received"]).order_by("pk")
    for told, items, answer in SHARED:
        case = next((one for one in open_cases.select_related("person") if told in one.circumstances), None)
        if case is not None:
            _share(town, case, hospital, items, answer)


def _share(town, case, hospital, items, answer):
    until = timezone.localdate() + timedelta(days=60)
    sensitive = [code for code in items if code in ("diagnosis", "cost")]
    consent = consents.begin_consent(town, case.person, "refer_to_org")
    consent = consents.save_scope(
        town, consent, consent.version, recipients=[hospital.organization], until=until,
        items=[code for code in items if code not in sensitive], sensitive_items=sensitive,
    )  # fmt: skip
    said = {
        "form": "oral", "giver": "self", "witness_name": "演示见证人", "witness_post": "楼长", "language": "mandarin",
        "signed_on": timezone.localdate(), "explained": SPOKEN,
    }  # fmt: skip
    consents.give_consent(town, consent, consent.version, said)
    reasons = {"gender": "核对就诊记录", "phone": "约定办理时间", "diagnosis": "判断能否减免"}
    share = give_share(
        town, case, hospital.organization, [hospital],
        {"task": "fees", "words": WORDS, "items": items, "reasons": reasons,
         "expires_on": timezone.localdate() + timedelta(days=30)},
    )  # fmt: skip
    if answer:
        write_share_note(hospital, share, answer)


def _safeguards(staff, hospital):
    """What must stand between the city's bureau and a hospital before anything goes there."""
    today, bureau = timezone.localdate(), staff["citybureau"]
    agreement = create_agreement(
        bureau,
        {
            "title": f"困难群众医疗费用减免合作协议（{hospital}）", "party_a": bureau.organization, "party_b": hospital,
            "party_c": None, "signed_on": today - timedelta(days=60), "starts_on": today - timedelta(days=60),
            "ends_on": today + timedelta(days=300), "ceiling": None, "quota": None, "quota_unit": "",
            "terms": "费用核对、减免和反馈；信息只由医务科专人查看。",
        },
    )  # fmt: skip
    safeguards.add_data_agreement(
        bureau,
        {
            "agreement": agreement, "receiver": hospital, "purposes": ["refer_to_org"],
            "groups": [group.value for group in Group],
            "measures": "只由医务科经授权的人员查看，不下载、不转给第三方。",
            "keeping": "办完后三十日内删除，依法留存的病历除外。",
        },
    )  # fmt: skip
    assess(staff["bureau"], staff["approver"], "与医院核对费用的个人信息保护影响评估", ["hospital"])
