"""Writing a referral: to whom, what goes along and why, consent on the spot, and that no word of a draft is lost."""

import pytest

from referrals import least_items, paces, receiver_routes
from referrals.models import Consent, Referral, ReferralManifest
from tests.make.catalogue import make_program
from tests.make.people import (
    make_consent,
    make_document,
    make_minor_approval,
    make_need,
    make_person,
    make_safeguards,
)
from tests.make.referrals import ITEMS, make_draft, make_receiver, make_referral
from tests.make.units import make_organization
from tests.referrals.test_referral_pages import follow

pytestmark = pytest.mark.django_db


@pytest.fixture
def person(cast):
    person = make_person(cast.bureau, born="2018-05-20")
    make_need(person)
    make_receiver(cast.charity)
    return person


def offered(cast, person):
    return receiver_routes.offered_to(cast.bureau, person)


def said_of(referral, **values):
    return {
        "kind": "share", "ground": "policy_gap", "urgency": "normal", "circumstances": "学费还差一点",
        "is_exclusive": "on", "items": ITEMS, "version": referral.version, **values,
    }  # fmt: skip


def test_those_of_the_same_level_stand_first_and_others_say_why_not(cast, person):
    city = make_receiver(make_organization(area=cast.city, level="city", kind="charity_association"))
    full = make_receiver(make_organization(area=cast.county, kind="other_charity", capacity="full"))
    cast.other_charity.directions = ["charity_to_bureau"]
    cast.other_charity.save()
    far = make_receiver(make_organization(area=cast.other_county, kind="other_charity"))
    found = offered(cast, person)
    takers = [one.unit for one in found if one.takes and one.unit.kind != "civil_affairs"]
    assert takers[:2] == [cast.charity, full]
    assert takers[-1] == city
    assert far not in [one.unit for one in found if one.takes]
    why = {one.unit: one.candidate.why_not for one in found if not one.takes}
    assert "不接收" in why[cast.other_charity][0]


def test_the_number_of_queries_does_not_grow_with_the_units(cast, person, django_assert_max_num_queries):
    make_program(cast.charity, "P01", like="P01")
    offered(cast, person)
    for _number in range(4):
        make_receiver(make_organization(area=cast.county, kind="other_charity"))
    with django_assert_max_num_queries(40):
        assert len([one for one in offered(cast, person) if one.takes]) >= 5


def test_how_fast_a_unit_answers_is_told_by_what_it_answered(cast):
    assert paces.paces_of([cast.charity.pk]) == {}
    make_referral(cast.bureau_officer, cast.charity)
    assert paces.paces_of([cast.charity.pk])[cast.charity.pk] == paces.Pace(1, 0, None)
    make_referral(cast.bureau_officer, cast.charity, state="accepted", by=cast.charity_reviewer)
    assert paces.paces_of([cast.charity.pk])[cast.charity.pk] == paces.Pace(2, 1, 0)


def test_where_one_is_open_already_that_one_is_shown_and_none_is_begun(cast, browse):
    referral = make_referral(cast.bureau_officer, cast.charity)
    url, bureau = f"/people/{referral.person.code}/refer/", browse(cast.bureau_officer)
    assert referral.number in bureau.get(url).content.decode()
    need = referral.needs.get()
    page = bureau.post(url, {"needs": [need.code], "receiver": cast.charity.code}).content.decode()
    assert "没有办完" in page
    assert Referral.objects.count() == 1


def test_each_item_of_a_program_says_why_it_is_wanted(cast):
    reasons = least_items.reasons_of(make_program(cast.charity, "P01", like="P01"))
    assert "项目条件要看" in reasons["diagnosis"]
    assert "marks" not in reasons
    assert set(least_items.reasons_of(None)) == set(least_items.ALWAYS)


def test_a_draft_takes_the_least_that_its_program_needs(cast, person, browse):
    program = make_program(cast.charity, "P01", like="P01")
    make_minor_approval(cast.bureau_officer, person)
    bureau, need = browse(cast.bureau_officer), person.needs.get()
    url = follow(
        bureau, f"/people/{person.code}/refer/", {"needs": [need.code], "receiver": f"{cast.charity.code}/P01"}
    )
    draft = Referral.objects.get()
    assert draft.program == program
    assert {"name", "diagnosis"} <= set(draft.items)
    assert not [item for item in draft.items if item.startswith("paper_")]
    page = bureau.get(url).content.decode()
    assert "项目条件要看" in page
    assert "待征求" in page


def test_consent_is_asked_from_the_draft_for_just_what_is_missing_and_leads_back(cast, browse):
    draft = make_draft(cast.bureau_officer, cast.charity)
    make_safeguards(cast.bureau, cast.charity)
    bureau = browse(cast.bureau_officer)
    follow(bureau, f"/referrals/{draft.code}/edit/", said_of(draft, items=[*ITEMS, "category", "diagnosis"]))
    preview = f"/referrals/{draft.code}/preview/"
    assert "救助对象类别、疾病诊断" in bureau.get(preview).content.decode()
    scope = follow(bureau, f"/referrals/{draft.code}/consent/", {})
    asked = bureau.get(scope).context["form"]
    assert asked["items"].value() == ["category"]
    assert asked["recipients"].value() == [cast.charity.code]
    assert not asked["sensitive_items"].value()
    said = {"recipients": [cast.charity.code], "items": ["category"], "sensitive_items": ["diagnosis"],
            "until": asked["until"].value().isoformat(), "version": 1}  # fmt: skip
    give = follow(bureau, scope, said)
    assert f"referral={draft.code}" in give
    answer = {
        "explained": ["purpose", "recipients", "items", "sensitive", "withdrawal", "freedom"], "language": "mandarin",
        "giver": "self", "form": "oral", "witness_name": "某邻居", "witness_post": "邻居",
        "signed_on": Consent.objects.first().valid_from.isoformat(), "version": 2,
    }  # fmt: skip
    assert follow(bureau, give, answer) == preview
    assert "还没有同意提供" not in bureau.get(preview).content.decode()


def test_what_is_previewed_leaves_out_what_nobody_agreed_to(cast, browse):
    draft = make_draft(cast.bureau_officer, cast.charity, is_covered=False)
    make_safeguards(cast.bureau, cast.charity)
    bureau, url = browse(cast.bureau_officer), f"/referrals/{draft.code}/preview/"
    assert draft.person.name not in bureau.get(url).content.decode()
    make_consent(draft.person, [cast.charity], actor=cast.bureau_officer, items=["name", "phone", "needs"])
    assert draft.person.name in bureau.get(url).content.decode()


def test_papers_go_along_by_their_item_and_the_list_names_them(cast, browse):
    draft = make_draft(cast.bureau_officer, cast.charity, is_covered=False, items=["name", "paper_status"])
    make_safeguards(cast.bureau, cast.charity)
    make_consent(draft.person, [cast.charity], actor=cast.bureau_officer, items=["name", "paper_status"])
    document = make_document(draft.person, kind="status_proof")
    bureau = browse(cast.bureau_officer)
    assert f"/documents/{document.code}/" in bureau.get(f"/referrals/{draft.code}/preview/").content.decode()
    follow(bureau, f"/referrals/{draft.code}/send/", {"version": draft.version})
    assert ReferralManifest.objects.get().papers == [document.code]


def test_one_need_is_put_to_a_second_unit_with_the_same_words(cast, browse):
    first = make_referral(cast.bureau_officer, cast.charity, circumstances="房子塌了一角")
    make_receiver(cast.other_charity)
    make_safeguards(cast.bureau, cast.other_charity)
    bureau, url = browse(cast.bureau_officer), f"/people/{first.person.code}/refer/?like={first.code}"
    chosen = bureau.get(url).context["chosen"]
    assert chosen == cast.other_charity.code
    follow(bureau, url, {"needs": [first.needs.get().code], "receiver": chosen})
    second = Referral.objects.exclude(pk=first.pk).get()
    assert (second.circumstances, second.receiver) == ("房子塌了一角", cast.other_charity)


def test_a_draft_is_kept_while_it_is_written_whole_or_not(cast, browse):
    draft = make_draft(cast.bureau_officer, cast.charity)
    bureau, url = browse(cast.bureau_officer), f"/referrals/{draft.code}/edit/"
    said = said_of(draft, circumstances="写到一半", ground="nonsense")
    kept = bureau.post(url, said, headers={"X-Requested-With": "draft"})
    assert kept.json()["version"] == draft.version + 1
    draft.refresh_from_db()
    assert (draft.circumstances, draft.ground) == ("写到一半", "policy_gap")
    follow(bureau, url, said_of(draft, circumstances="放一放", items=[], later="1"))
    draft.refresh_from_db()
    assert (draft.circumstances, draft.items) == ("放一放", ITEMS)


def test_whoever_comes_second_keeps_their_words_and_sees_the_others(cast, browse):
    draft = make_draft(cast.bureau_officer, cast.charity)
    url = f"/referrals/{draft.code}/edit/"
    follow(browse(cast.bureau_approver), url, said_of(draft, circumstances="同事写的"))
    late = browse(cast.bureau_officer).post(url, said_of(draft, circumstances="我写的"))
    page = late.content.decode()
    assert late.status_code == 409
    assert "同事写的" in page
    assert "我写的" in page
    assert Referral.objects.get().circumstances == "同事写的"
    follow(
        browse(cast.bureau_officer),
        url,
        said_of(draft, circumstances="合在一起", version=late.context["form"]["version"].value()),
    )
    assert Referral.objects.get().circumstances == "合在一起"


def test_what_cannot_be_sent_is_never_chosen_beforehand(cast, person):
    assert receiver_routes.best_of(offered(cast, person)) == ""
    make_safeguards(cast.bureau, cast.charity)
    assert receiver_routes.best_of(offered(cast, person)) == cast.charity.code
    assert receiver_routes.best_of(offered(cast, person), besides=[cast.charity.pk]) == ""


def test_everything_a_draft_wants_is_said_at_once(cast, browse):
    draft = make_draft(cast.bureau_officer, cast.charity, ground="still_in_difficulty")
    page = browse(cast.bureau_officer).get(f"/referrals/{draft.code}/preview/").content.decode()
    assert "请写明申请过哪项政府救助" in page
    assert "请写明政府救助后还差多少" in page
