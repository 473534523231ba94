"""The next date of a case: set, due on the page of the day, done once with a line, handed on with the work."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from members import handover
from members.access import Refusal
from referrals.actions import follow_ups
from referrals.models import FollowUp, TimelineEntry
from tests.make.people import make_person
from tests.make.referrals import make_follow_up, make_referral
from tests.make.units import make_organization, make_relation, make_staff
from tests.referrals.test_referral_pages import follow

TODAY = timezone.localdate


@pytest.fixture
def referral(cast):
    return make_referral(
        cast.bureau_officer, cast.charity, person=make_person(cast.town), state="accepted", by=cast.charity_reviewer
    )


def test_set_by_one_side_due_on_its_day_and_done_with_the_next_in_one_breath(cast, browse, referral):
    case, client = f"/referrals/{referral.code}/", browse(cast.charity_reviewer)
    assert "还没有定下一次跟进的日期" in client.get(case).content.decode()
    said = {"purpose": "follow", "due_on": TODAY().isoformat(), "who": cast.charity_reviewer.code, "note": "看取暖"}
    follow(client, f"{case}follow-up/", said)
    row = FollowUp.objects.get()
    assert "个案跟进到期" in client.get("/").content.decode()
    assert referral.number in client.get("/follow-ups/?show=due").content.decode()
    assert "个案跟进到期" not in browse(cast.bureau_officer).get("/").content.decode()
    assert row.get_purpose_display() in browse(cast.bureau_officer).get(case).content.decode()
    assert browse(cast.bureau_officer).get(f"/follow-ups/{row.code}/finish/").status_code == 404
    finish = f"/follow-ups/{row.code}/finish/"
    assert "有下一步的" in client.post(finish, {"result": "已入户", "purpose": "feed_back"}).content.decode()
    following = {"purpose": "feed_back", "due_on": (TODAY() + timedelta(days=9)).isoformat()}
    follow(client, finish, {"result": "已入户，缺煤", **following, "who": cast.charity_reviewer.code})
    assert TimelineEntry.objects.filter(kind="follow_up_done").count() == 1
    assert list(FollowUp.objects.order_by("pk").values_list("purpose", "done_on")) == [
        ("follow", TODAY()), ("feed_back", None),
    ]  # fmt: skip
    assert "已入户，缺煤" in client.get(case).content.decode()
    assert client.get("/follow-ups/?show=due").context["page"].rows == []
    with pytest.raises(Refusal, match="做完"):
        follow_ups.finish_follow_up(cast.charity_approver, row, "又做了一次")


def test_not_by_strangers_not_for_strangers_and_not_in_the_past(cast, referral):
    values = {"purpose": "consult", "due_on": TODAY(), "who": cast.charity_reviewer}
    stranger = make_staff(organization=make_organization(), roles=["charity_reviewer"])
    with pytest.raises(PermissionDenied):
        follow_ups.plan_follow_up(stranger, referral, values)
    for wrong, field in (
        ({"who": cast.bureau_officer}, "who"), ({"due_on": TODAY() - timedelta(days=1)}, "due_on"),
        ({"due_on": TODAY() + timedelta(days=4000)}, "due_on"),
    ):  # fmt: skip
        with pytest.raises(Refusal) as refused:
            follow_ups.plan_follow_up(cast.charity_reviewer, referral, {**values, **wrong})
        assert refused.value.field == field
    make_relation(cast.charity_reviewer, number=referral.person.number)
    with pytest.raises(Refusal, match="回避"):
        follow_ups.plan_follow_up(cast.charity_reviewer, referral, values)


def test_who_leaves_hands_them_on(cast, referral):
    row = make_follow_up(cast.charity_reviewer, referral)
    held = handover.HOLDINGS["follow_ups"]
    assert held.count(cast.charity_reviewer) == 1
    held.move(None, cast.charity_reviewer, cast.charity_approver)
    row.refresh_from_db()
    assert row.who == cast.charity_approver
