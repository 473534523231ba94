"""The pages of a referral, walked as a bureau and a charity walk them."""

import pytest

from referrals import cases_shown, desks, disclosure, turns
from referrals.models import CaseSettings, Consent, DisclosureLog, Referral
from tests.make.people import make_consent, make_need, make_person, make_provision, make_safeguards
from tests.make.referrals import ITEMS, make_draft, make_receiver, make_referral


def follow(client, url, data):
    """What a form answers: the page it leads to, or its errors."""
    response = client.post(url, data)
    assert response.status_code == 302, response.content.decode()
    return response.headers["Location"]


def test_a_case_goes_from_need_to_closed_loop_and_both_see_it(cast, browse):
    person = make_person(cast.town)
    need = make_need(person)
    make_receiver(cast.charity)
    make_safeguards(cast.town, cast.charity)
    bureau, charity = browse(cast.bureau_officer), browse(cast.charity_reviewer)
    page = bureau.get(f"/people/{person.code}/refer/").content.decode()
    assert "甲区慈善会" in page
    assert "近半年没有收到过" in page
    url = follow(bureau, f"/people/{person.code}/refer/", {"needs": [need.code], "receiver": cast.charity.code})
    referral = Referral.objects.get()
    said = {
        "kind": "share", "ground": "policy_gap", "urgency": "normal", "circumstances": "学费还差一点",
        "is_exclusive": "on", "items": ITEMS, "version": referral.version,
    }  # fmt: skip
    url = follow(bureau, url, said)
    assert "本人还没有同意提供" in bureau.get(url).content.decode()
    make_consent(person, [cast.charity], actor=cast.bureau_officer, items=ITEMS)
    assert "本人还没有同意提供" not in bureau.get(url).content.decode()
    case = f"/referrals/{referral.code}/"
    assert charity.get(case).status_code == 404
    act(bureau, referral, "send")
    listed = charity.get("/referrals/received/?tab=to_sign").content.decode()
    assert Referral.objects.get().number in listed
    assert person.name not in listed
    act(charity, referral, "sign")
    assert person.name in charity.get(case).content.decode()
    assert DisclosureLog.objects.filter(kind="seen", receiver=cast.charity).exists()
    act(charity, referral, "accept", extent="whole")
    act(charity, referral, "begin", first_action="visit")
    done = {f"effect_{need.code}": "met", "summary": "学费已缴", "no_aid_reason": "由学校减免"}
    act(charity, referral, "report", **done)
    act(bureau, referral, "confirm", satisfaction="5")
    need.refresh_from_db()
    assert (Referral.objects.get().state, need.state) == ("closed", "met")
    assert "已闭环" in bureau.get(case).content.decode()


def act(client, referral, verb, **said):
    referral.refresh_from_db()
    return follow(client, f"/referrals/{referral.code}/{verb}/", {"version": referral.version, "note": "", **said})


def test_a_stale_page_changes_nothing_and_says_who_was_first(cast, browse):
    referral = make_referral(cast.bureau_officer, cast.charity, state="received", by=cast.charity_reviewer)
    charity = browse(cast.charity_approver)
    act(browse(cast.charity_reviewer), referral, "accept", extent="whole")
    said = {"version": 2, "reason": "no_capacity.no_funds", "note": ""}
    who = f"已由 {cast.charity_reviewer.name} 于"
    assert who in charity.post(f"/referrals/{referral.code}/reject/", said, follow=True).content.decode()
    typed = charity.post(f"/referrals/{referral.code}/reject/", {**said, "note": "今年的资金已经用完"})
    assert typed.status_code == 409
    assert who in typed.content.decode()
    assert "今年的资金已经用完" in typed.content.decode()
    assert Referral.objects.get().state == "accepted"


def test_whoever_takes_on_a_part_says_which_and_both_sides_see_that_it_is_a_part(cast, browse):
    referral = make_referral(cast.bureau_officer, cast.charity, state="received", by=cast.charity_reviewer)
    charity, url = browse(cast.charity_reviewer), f"/referrals/{referral.code}/accept/"
    said = {"version": referral.version, "extent": "part", "note": ""}
    assert "请写明接收哪些" in charity.post(url, said).content.decode()
    assert Referral.objects.get().state == "received"
    charity.post(url, {**said, "note": "只资助学费"})
    page = browse(cast.bureau_officer).get(f"/referrals/{referral.code}/").content.decode()
    assert "接收范围" in page
    assert "只资助学费" in page


def test_what_is_to_be_answered_stands_above_the_rest(cast, browse):
    referral = make_referral(cast.bureau_officer, cast.charity, state="returned", by=cast.charity_reviewer)
    sender, receiver = (browse(one).get(f"/referrals/{referral.code}/").content.decode() for one in (
        cast.bureau_officer, cast.charity_reviewer,
    ))  # fmt: skip
    assert sender.count("问题和答复") == receiver.count("问题和答复") == 1
    assert sender.index("问题和答复") < sender.index("转介事由")
    assert receiver.index("问题和答复") > receiver.index("转介事由")


def test_passing_on_says_to_whom_nobody_agreed(cast, browse):
    make_receiver(cast.other_charity)
    referral = make_referral(cast.bureau_officer, cast.charity, state="received", by=cast.charity_reviewer)
    charity, url = browse(cast.charity_reviewer), f"/referrals/{referral.code}/forward/"
    assert f"{cast.other_charity.name}（本人还没有同意）" in charity.get(url).content.decode()
    make_consent(referral.person, [cast.other_charity], actor=cast.bureau_officer, items=ITEMS)
    assert f"{cast.other_charity.name}（可接收）" in charity.get(url).content.decode()


def test_many_are_signed_at_once_and_the_rest_says_why(cast, browse):
    first, second = (make_referral(cast.bureau_officer, cast.charity) for _time in range(2))
    charity = browse(cast.charity_reviewer)
    act(charity, second, "sign")
    page = charity.post("/referrals/many/", {"do": "sign", "code": [first.code, second.code]}).content.decode()
    assert "签收：1 件" in page
    assert second.number in page
    assert "没有办成" in page
    assert "没有勾选" in charity.post("/referrals/many/", {"do": "sign"}).content.decode()


def test_what_was_withdrawn_is_seen_by_nobody_at_the_receiver(cast, browse):
    person = make_person(cast.town, name="陈某甲")
    referral = make_referral(
        cast.bureau_officer, cast.charity, person=person, state="received", by=cast.charity_reviewer
    )
    charity = browse(cast.charity_reviewer)
    case = f"/referrals/{referral.code}/"
    assert "陈某甲" in charity.get(case).content.decode()
    act(browse(cast.bureau_approver), referral, "withdraw", reason="declined.refuses", evidence="counter")
    page = charity.get(case).content.decode()
    assert "陈某甲" not in page
    assert "本人撤回" in page
    assert Consent.objects.get().is_live


@pytest.mark.parametrize("desk", ["received", "sent", "area"])
@pytest.mark.parametrize("tab", ["open", "late", "today", "ended", "nonsense", "waiting"])
def test_every_tab_of_a_desk_opens(desk, tab, cast, browse):
    make_referral(cast.bureau_officer, cast.charity)
    for person in (cast.bureau_officer, cast.town_caseworker):
        assert browse(person).get(f"/referrals/{desk}/?tab={tab}&need=medical&urgent=on").status_code == 200


def test_a_page_of_a_move_says_whom_it_is_about_and_the_way_back(cast, browse):
    """Covered; and to whom the move does not belong it says to whom it does."""
    person = make_person(cast.town, name="陈某甲")
    referral = make_referral(cast.bureau_officer, cast.charity, person=person, by=cast.charity_reviewer)
    page = browse(cast.charity_reviewer).get(f"/referrals/{referral.code}/sign/").content.decode()
    assert person.masked_name in page
    assert person.name not in page
    crumbs = page[page.index('class="crumbs"') : page.index("<h1>")]
    assert crumbs.index("/referrals/received/") < crumbs.index(f"/referrals/{referral.code}/")
    refused = browse(cast.bureau_officer).get(f"/referrals/{referral.code}/sign/")
    assert refused.status_code == 403
    assert "这一步由接收方办理，您的角色不能办理。" in refused.content.decode()
    assert f'href="/referrals/{referral.code}/"' in refused.content.decode()


def test_what_came_with_a_referral_waits_once(cast):
    person = make_person(cast.town)
    make_referral(cast.bureau_officer, cast.charity, person=person)
    assert desks.counts_of(cast.charity_reviewer, desks.RECEIVED)["to_sign"] == 1
    assert disclosure.count_unseen(cast.charity_reviewer) == 0
    make_provision(cast.bureau_officer, make_person(cast.town), cast.charity)
    assert disclosure.count_unseen(cast.charity_reviewer) == 1


def test_a_draft_has_one_way_out(cast):
    """Whoever sends has nothing to hand in, unless the unit has a second person look first."""

    def ways(staff):
        return [move.verb for move, _why in turns.open_to(staff, draft) if move.verb in ("send", "submit")]

    draft = make_draft(cast.town_caseworker, cast.charity)
    assert (ways(cast.bureau_officer), ways(cast.town_caseworker)) == (["send"], ["submit"])
    CaseSettings.objects.create(organization=cast.town, asks_review=True)
    assert ways(cast.bureau_officer) == ["submit"]
    assert cases_shown.deeds_of(cast.bureau_officer, draft).first.verb == "submit"


def test_a_town_reads_what_its_bureau_sent_of_its_families(cast, browse):
    """Its own desk and page, without a hand in it; nobody else learns of it."""
    person = make_person(cast.town, name="陈某甲")
    referral = make_referral(cast.bureau_officer, cast.charity, person=person)
    town = browse(cast.town_caseworker)
    assert referral.number in town.get("/referrals/area/").content.decode()
    page = town.get(f"/referrals/{referral.code}/").content.decode()
    assert "收入不足以支付费用" in page
    assert f"/referrals/{referral.code}/sign/" not in page
    assert "保管资料" in town.get(f"/referrals/{referral.code}/viewers/").content.decode()
    assert browse(cast.other_bureau_approver).get(f"/referrals/{referral.code}/").status_code == 404


def test_a_dispute_stands_on_top_until_the_receiver_reports_anew(cast, browse):
    referral = make_referral(cast.bureau_officer, cast.charity, state="reported", by=cast.charity_reviewer)
    act(browse(cast.bureau_officer), referral, "dispute", note="钱没有收到")
    page = browse(cast.charity_reviewer).get(f"/referrals/{referral.code}/").content.decode()
    assert page.index("转出单位对反馈有异议") < page.index("钱没有收到") < page.index("转介事由")


def test_what_waits_for_a_second_person_is_named_and_not_asked_for_twice(cast, browse):
    referral = make_referral(cast.bureau_officer, cast.charity)
    bureau, case = browse(cast.bureau_officer), f"/referrals/{referral.code}/"
    assert f"{case}void/" in bureau.get(case).content.decode()
    act(bureau, referral, "void", note="登记错了人", right_one="")
    assert f"{case}void/" not in bureau.get(case).content.decode()
    assert "现在请您审核：作废" in browse(cast.bureau_approver).get(case).content.decode()
