"""The counter, the paper, the family's own page, the receiver's page: as people use them."""

import base64
import re
from datetime import timedelta
from io import BytesIO

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from members.models import AuditEntry
from referrals.actions.consents import Explained, withdraw_consent
from referrals.models import Consent, ConsentWording, DisclosureLog, MinorAccessApproval, Provision
from referrals.wordings import wording_for
from tests.make.catalogue import make_program
from tests.make.people import (
    make_assessment,
    make_consent,
    make_data_agreement,
    make_minor_approval,
    make_person,
    make_provision,
    make_safeguards,
    make_wording,
)
from tests.make.units import make_staff


@pytest.fixture
def actor(cast):
    return cast.bureau_officer


@pytest.fixture
def person(cast):
    return make_person(cast.town, name="测试甲乙", phone="0467-5550101", address="幸福小区 3 号楼")


@pytest.fixture(autouse=True)
def _nobody_counted():
    cache.clear()


def url(name, *args):
    return reverse(f"referrals:{name}", args=args)


def the_scope(cast, **values):
    until = (timezone.localdate() + timedelta(days=90)).isoformat()
    return {"recipients": [cast.charity.code], "items": ["name", "phone"], "sensitive_items": ["diagnosis"],
            "until": until, **values}  # fmt: skip


def the_answer(**values):
    return {
        "explained": [point.value for point in Explained], "language": "dialect", "giver": "self", "form": "oral",
        "witness_name": "某邻居", "witness_post": "邻居", "signed_on": timezone.localdate().isoformat(), **values,
    }  # fmt: skip


def a_drawing():
    picture = BytesIO()
    Image.new("RGB", (60, 20), "white").save(picture, "PNG")
    return picture.getvalue()


# -- The counter ------------------------------------------------------------------------------------------------------
def test_a_consent_is_asked_read_out_and_written_down_at_the_counter(cast, actor, person, browse):
    make_wording()
    make_safeguards(cast.town, cast.charity)
    session = browse(actor)
    begun = session.post(url("begin_consent", person.code), {"purpose": "refer_to_org"})
    consent = Consent.objects.get()
    assert begun.url == url("scope_consent", consent.code)
    offered = session.get(begun.url).content.decode()
    assert cast.charity.name in offered
    assert "单独同意" in offered
    scoped = session.post(begun.url, the_scope(cast, version=consent.version))
    assert scoped.url == url("give_consent", consent.code)
    read_out = session.get(scoped.url).content.decode()
    for words in ("为什么需要", cast.charity.name, "疾病诊断", "医疗健康"):
        assert words in read_out
    consent.refresh_from_db()
    given = session.post(scoped.url, the_answer(version=consent.version))
    assert given.url == url("show_consent", consent.code)
    consent.refresh_from_db()
    assert (consent.state, consent.sensitive_items, consent.language) == ("given", ["diagnosis"], "dialect")
    assert "某邻居" in session.get(given.url).content.decode()


def test_a_scan_is_kept_sealed_and_handed_out_to_the_keeper(cast, actor, person, browse):
    draft = make_consent(person, [cast.charity], actor=actor, sensitive_items=["diagnosis"], state="draft")
    scan = SimpleUploadedFile("扫描.pdf", b"%PDF-1.4 %%EOF")
    answer = the_answer(form="signed", version=draft.version, check=draft.paper_check.upper(), file=scan)
    browse(actor).post(url("give_consent", draft.code), answer)
    draft.refresh_from_db()
    assert draft.state == "given"
    answer = browse(actor).get(url("download_consent", draft.code))
    assert b"".join(answer.streaming_content).startswith(b"%PDF")
    assert browse(cast.city_supervisor).get(url("download_consent", draft.code)).status_code == 404


def test_a_name_drawn_on_the_screen_is_looked_at_like_any_file(cast, actor, person, browse):
    draft = make_consent(person, [cast.charity], actor=actor, sensitive_items=["diagnosis"], state="draft")
    for bad in ("hello", "data:text/html;base64,PGI+", "data:image/png;base64,!!!!", "data:image/png;base64,aGVsbG8="):
        browse(actor).post(
            url("give_consent", draft.code), the_answer(form="screen", version=draft.version, signature=bad)
        )
        draft.refresh_from_db()
        assert draft.state == "draft"
    drawn = "data:image/png;base64," + base64.b64encode(a_drawing()).decode()
    browse(actor).post(
        url("give_consent", draft.code), the_answer(form="screen", version=draft.version, signature=drawn)
    )
    draft.refresh_from_db()
    assert draft.form == "screen"
    assert draft.file_key


def test_what_is_wanting_is_said_before_anybody_signs(cast, actor, person, browse):
    draft = make_consent(person, [cast.charity], actor=actor, state="draft")
    page = browse(actor).get(url("give_consent", draft.code)).content.decode()
    assert "个人信息条款" in page
    assert "影响评估" in page


def test_who_refused_sees_no_button_again_and_the_page_says_what_stays(cast, actor, person, browse):
    draft = make_consent(person, [cast.charity], actor=actor, state="draft")
    session = browse(actor)
    assert url("begin_consent", person.code) in session.get(url("show_person", person.code)).content.decode()
    session.post(
        url("refuse_consent", draft.code),
        {"version": draft.version, "signed_on": timezone.localdate().isoformat(), "reason": "怕邻居知道"},
    )
    page = session.get(url("show_person", person.code)).content.decode()
    assert url("begin_consent", person.code) not in page
    assert "政府救助照常办理" in page
    again = session.post(url("begin_consent", person.code), {"purpose": "refer_to_org"})
    assert "不能反复征求" in again.content.decode()


def test_the_paper_says_what_is_frozen_and_gives_the_check_only_to_whoever_asks(cast, actor, person, browse):
    consent = make_consent(person, [cast.charity], actor=actor, sensitive_items=["diagnosis"])
    paper = browse(actor).get(url("print_consent", consent.code)).content.decode()
    for words in (cast.charity.name, "联系电话", "疾病诊断", consent.code, consent.paper_check, person.name):
        assert words in paper
    assert "银行账户" not in paper
    overseen = browse(cast.city_supervisor).get(url("print_consent", consent.code)).content.decode()
    assert consent.paper_check not in overseen
    assert person.name not in overseen


def test_a_frozen_paper_stays_as_it_was_when_names_change(cast, actor, person, browse):
    consent = make_consent(person, [cast.charity], actor=actor)
    old = cast.charity.name
    type(cast.charity).objects.filter(pk=cast.charity.pk).update(name="改名以后的慈善会")
    assert old in browse(actor).get(url("print_consent", consent.code)).content.decode()


def test_withdrawing_at_the_counter_closes_the_receivers_page(cast, actor, person, browse):
    provision = make_provision(actor, person, cast.charity)
    receiver = browse(cast.charity_reviewer)
    assert "测试甲乙" in receiver.get(url("show_received", provision.code)).content.decode()
    browse(actor).post(url("withdraw_consent", provision.consent.code), {"extent": "whole", "channel": "phone"})
    page = receiver.get(url("show_received", provision.code)).content.decode()
    assert "测试甲乙" not in page
    assert "撤回同意" in page
    assert "测试甲乙" not in receiver.get(url("list_received") + "?show=all").content.decode()


def test_taking_back_a_part_says_which(cast, actor, person, browse):
    consent = make_consent(person, [cast.charity, cast.other_charity], actor=actor)
    session = browse(actor)
    nothing = session.post(url("withdraw_consent", consent.code), {"extent": "part", "channel": "counter"})
    assert "请勾选" in nothing.content.decode()
    both = session.post(
        url("withdraw_consent", consent.code), {"extent": "whole", "items": ["phone"], "channel": "counter"}
    )
    assert "请先把勾去掉" in both.content.decode()
    assert not consent.withdrawals.exists()
    session.post(
        url("withdraw_consent", consent.code),
        {"extent": "part", "recipients": [cast.charity.code], "items": ["phone"], "channel": "counter"},
    )
    row = consent.withdrawals.get()
    assert (row.recipient, row.items) == (cast.charity, ["phone"])


def test_a_program_proposes_its_unit_and_what_it_looks_at_but_nothing_sensitive(cast, actor, person, browse):
    make_program(cast.charity, "P02")
    make_safeguards(cast.town, cast.charity)
    make_wording()
    session = browse(actor)
    begun = session.post(url("begin_consent", person.code) + "?program=P02", {"purpose": "refer_to_org"})
    page = session.get(begun.url)
    form = page.context["form"]
    assert form["recipients"].value() == [cast.charity.code]
    assert {"name", "phone", "needs", "birth_date"} <= set(form["items"].value())
    assert form["sensitive_items"].value() == []
    assert "疾病诊断" in page.context["proposal"].sensitive_words
    assert session.get(url("scope_consent", Consent.objects.get().code) + "?program=P99").context["proposal"] is None


def test_the_paper_says_how_it_was_answered_where_nobody_signs_on_it(cast, actor, person, browse):
    oral = make_consent(person, [cast.charity], actor=actor)
    paper = browse(actor).get(url("print_consent", oral.code)).content.decode()
    assert "口头同意，有人见证" in paper
    assert oral.witness in paper
    draft = make_consent(person, [cast.charity], actor=actor, state="draft")
    blank = browse(actor).get(url("print_consent", draft.code)).content.decode()
    assert "同意人签字（按手印）" in blank
    assert "口头同意" not in blank


# -- Sending and receiving --------------------------------------------------------------------------------------------
def test_only_what_is_covered_is_offered_for_sending(cast, actor, person, browse):
    make_safeguards(cast.town, cast.charity)
    consent = make_consent(person, [cast.charity], actor=actor)
    session = browse(actor)
    page = session.get(url("provide_information", consent.code)).content.decode()
    assert re.findall(r'name="items" value="(\w+)"', page) == ["name", "phone"]
    session.post(url("provide_information", consent.code), {"items": ["name", "account"], "reason": "请评估"})
    assert not Provision.objects.exists()
    sent = session.post(url("provide_information", consent.code), {"items": ["name"], "reason": "请评估"})
    assert sent.url == url("list_disclosures", person.code)
    assert Provision.objects.get().items == ["name"]


def test_without_safeguards_the_button_is_off_and_the_page_says_why(cast, actor, person, browse):
    consent = make_consent(person, [cast.charity], actor=actor)
    page = browse(actor).get(url("provide_information", consent.code)).content.decode()
    assert "disabled" in page
    assert "影响评估" in page
    browse(actor).post(url("provide_information", consent.code), {"items": ["name"], "reason": "请评估"})
    assert not Provision.objects.exists()


def test_a_list_of_what_was_received_names_nobody(cast, actor, person, browse):
    provision = make_provision(actor, person, cast.charity, ("name", "phone", "number"))
    page = browse(cast.charity_reviewer).get(url("list_received")).content.decode()
    for words in (person.name, person.number, "5550101", person.code):
        assert words not in page
    assert provision.code in page


def test_the_family_can_be_told_who_looked_and_when(cast, actor, person, browse):
    provision = make_provision(actor, person, cast.charity)
    browse(cast.charity_reviewer).get(url("show_received", provision.code))
    page = browse(actor).get(url("list_disclosures", person.code)).content.decode()
    assert cast.charity_reviewer.name in page
    assert DisclosureLog.objects.filter(kind="seen").count() == 1


def test_a_new_list_waits_on_the_receivers_home_until_somebody_opens_it(cast, actor, person, browse):
    provision = make_provision(actor, person, cast.charity)
    receiver = browse(cast.charity_reviewer)
    assert "新收到的个案信息" in receiver.get("/").content.decode()
    receiver.get(url("show_received", provision.code))
    assert "新收到的个案信息" not in receiver.get("/").content.decode()
    withdraw_consent(actor, provision.consent, channel="counter")
    assert "请确认删除" in receiver.get("/").content.decode()
    receiver.post(url("confirm_deletion", provision.code))
    assert "请确认删除" not in receiver.get("/").content.decode()


# -- The family's own page --------------------------------------------------------------------------------------------
def look_up(session, code, check):
    return session.post(url("look_up_consent"), {"code": code, "check": check})


def test_with_the_paper_in_hand_the_family_looks_and_takes_back(cast, actor, person, browse):
    provision = make_provision(actor, person, cast.charity)
    consent = provision.consent
    session = browse(None)
    found = look_up(session, f" {consent.code.upper()} ", consent.paper_check.upper())
    assert found.url == url("show_own_consent")
    page = session.get(found.url).content.decode()
    assert cast.charity.name in page
    for words in (person.name, person.number, "5550101", "幸福小区", person.code):
        assert words not in page
    done = session.post(url("withdraw_own_consent"), {"extent": "whole"}, follow=True).content.decode()
    assert consent.withdrawals.get().code in done
    assert consent.withdrawals.get().recorded_by is None
    assert "测试甲乙" not in browse(cast.charity_reviewer).get(url("show_received", provision.code)).content.decode()


def test_what_was_taken_back_at_home_waits_for_the_unit_until_somebody_looks(cast, actor, person, browse):
    consent = make_consent(person, [cast.charity], actor=actor, items=("name", "phone"))
    withdraw_consent(actor, consent, items=["name"], channel="counter")
    caseworker, other = browse(cast.town_caseworker), browse(cast.charity_reviewer)
    assert "家庭在网上撤回了同意" not in caseworker.get("/").content.decode()
    withdraw_consent(None, consent, items=["phone"], channel="online")
    assert "家庭在网上撤回了同意" in caseworker.get("/").content.decode()
    assert "家庭在网上撤回了同意" not in other.get("/").content.decode()
    waiting = caseworker.get(url("list_ending_consents") + "?show=taken_back").content.decode()
    assert url("show_consent", consent.code) in waiting
    assert person.name not in waiting
    shown = caseworker.get(url("show_consent", consent.code)).content.decode()
    assert "<s>联系电话</s>" in shown
    assert "家庭在网上撤回了同意" not in caseworker.get("/").content.decode()


def test_wrong_checks_drafts_and_refusals_get_one_and_the_same_answer(cast, actor, person, browse):
    given = make_consent(person, [cast.charity], actor=actor)
    draft = make_consent(make_person(cast.town), [cast.charity], actor=actor, state="draft")
    refused = make_consent(make_person(cast.town), [cast.charity], actor=actor, state="refused")
    tries = [
        (given.code, "xxxxxxxx"), ("aaaaaaaaaa", given.paper_check), (draft.code, draft.paper_check),
        (refused.code, refused.paper_check), ("aaaaaaaaaa", "xxxxxxxx"),
    ]  # fmt: skip
    answers = [look_up(browse(None), *one) for one in tries]
    assert {answer.status_code for answer in answers} == {404}
    shown = {
        re.sub(r'(csrfmiddlewaretoken|code|check)" value="[^"]*"', "", answer.content.decode()) for answer in answers
    }
    plain = {re.sub(r'value="[^"]*"', "", page) for page in shown}
    assert len(plain) == 1


def test_a_wrong_check_costs_the_same_questions_to_the_database_as_a_wrong_code(
    cast, actor, person, browse, django_assert_num_queries
):
    given = make_consent(person, [cast.charity], actor=actor)
    session = browse(None)
    for one in ((given.code, "xxxxxxxx"), ("aaaaaaaaaa", "xxxxxxxx")):
        with django_assert_num_queries(1):
            look_up(session, *one)


def test_guessing_is_slowed_by_address_and_by_code(cast, actor, person, browse):
    given = make_consent(person, [cast.charity], actor=actor)
    session = browse(None)
    statuses = [look_up(session, given.code, f"aaaaaaa{number}").status_code for number in range(11)]
    assert statuses == [404] * 10 + [429]
    assert look_up(session, given.code, given.paper_check).status_code == 429
    elsewhere = browse(None, REMOTE_ADDR="192.0.2.7")
    assert look_up(elsewhere, given.code, given.paper_check).status_code == 429


def test_the_own_page_closes_after_a_while_and_opens_for_nobody_else(cast, actor, person, browse, monkeypatch):
    consent = make_consent(person, [cast.charity], actor=actor)
    session = browse(None)
    look_up(session, consent.code, consent.paper_check)
    assert session.get(url("show_own_consent")).status_code == 200
    assert browse(None).get(url("show_own_consent")).url == url("look_up_consent")
    later = timezone.now() + timedelta(minutes=16)
    monkeypatch.setattr(timezone, "now", lambda: later)
    assert session.get(url("show_own_consent")).url == url("look_up_consent")


def test_no_address_of_the_own_page_tells_which_consent(cast, actor, person, browse):
    for name in ("look_up_consent", "show_own_consent", "withdraw_own_consent"):
        assert url(name).count("/") == (4 if name != "look_up_consent" else 3)


# -- Minors -----------------------------------------------------------------------------------------------------------
def test_a_minors_case_leads_to_the_page_that_asks_for_approval(cast, actor, browse):
    child = make_person(cast.town, name="测试幼童", born=f"{timezone.localdate().year - 8}-01-01")
    session = browse(actor)
    for page in ("show_person", "list_consents", "list_disclosures"):
        answer = session.get(url(page, child.code))
        assert answer.url == url("ask_minor_access", child.code)
    asked = session.get(answer.url).content.decode()
    assert child.name not in asked
    session.post(answer.url, {"reason": "办理助学转介", "until": timezone.localdate().isoformat()})
    request = MinorAccessApproval.objects.get()
    approver = browse(cast.bureau_approver)
    assert "等您批准" in approver.get("/").content.decode()
    waiting = approver.get(url("list_minor_access") + "?show=waiting").content.decode()
    assert request.code in waiting
    assert child.name not in waiting
    approver.post(url("approve_minor_access", request.code), {"until": request.until.isoformat()})
    assert child.name in session.get(url("show_person", child.code)).content.decode()


def test_an_adults_page_asks_for_nothing(cast, actor, person, browse):
    assert browse(actor).get(url("ask_minor_access", person.code)).status_code == 404


def test_a_receiver_asks_for_a_minor_it_was_told_of(cast, actor, browse):
    child = make_person(cast.town, born=f"{timezone.localdate().year - 8}-01-01")
    make_minor_approval(actor, child)
    provision = make_provision(actor, child, cast.charity)
    receiver = browse(cast.charity_reviewer)
    assert url("ask_minor_access", child.code) in receiver.get(url("show_received", provision.code)).content.decode()
    receiver.post(
        url("ask_minor_access", child.code), {"reason": "评估助学", "until": timezone.localdate().isoformat()}
    )
    request = MinorAccessApproval.objects.get(staff=cast.charity_reviewer)
    browse(cast.charity_approver).post(url("approve_minor_access", request.code), {"until": request.until.isoformat()})
    assert child.name in receiver.get(url("show_received", provision.code)).content.decode()


# -- Wordings and safeguards ------------------------------------------------------------------------------------------
def test_a_wording_is_written_by_one_and_released_by_another(cast, browse):
    make_wording()
    officer = browse(cast.bureau_officer)
    begun = officer.post(url("start_wording"), {"purpose": "refer_to_org"})
    wording = ConsentWording.objects.get(state="draft")
    texts = {name: f"新的{name}" for name in ConsentWording.TEXTS}
    officer.post(begun.url, {**texts, "version": wording.version})
    wording.refresh_from_db()
    day = timezone.localdate().isoformat()
    approver = browse(cast.bureau_approver)
    approver.post(url("release_wording", wording.code), {"valid_from": day, "version": wording.version})
    assert wording_for("refer_to_org", cast.town_area) == wording
    assert wording_for("refer_to_org", cast.other_county) != wording
    approver.post(url("retire_wording", wording.code), {"reason": "改回上级的"})
    assert wording_for("refer_to_org", cast.town_area) != wording


def test_nobody_releases_what_they_wrote(cast, browse):
    wording = make_wording(
        area=cast.county, state="draft", valid_from=None, checksum="", written_by=cast.bureau_approver
    )
    day = timezone.localdate().isoformat()
    page = browse(cast.bureau_approver).post(
        url("release_wording", wording.code), {"valid_from": day, "version": wording.version}
    )
    assert "第二个人" in page.content.decode()


def test_a_released_wording_is_frozen_in_the_database(cast):
    wording = make_wording()
    with pytest.raises(Exception, match="frozen"):
        ConsentWording.objects.filter(pk=wording.pk).update(effect="没有影响")


def test_clauses_belong_to_an_agreement_of_ones_own_and_to_one_of_its_parties(cast, browse):
    clauses = make_data_agreement(cast.bureau, cast.charity)
    session = browse(cast.bureau_officer)
    given = {
        "agreement": clauses.agreement.pk, "receiver": cast.other_charity.name, "purposes": ["refer_to_org"],
        "groups": ["identity"], "measures": "专人", "keeping": "办结删除",
    }  # fmt: skip
    assert "协议的一方" in session.post(url("add_data_agreement"), given).content.decode()
    assert session.post(url("add_data_agreement"), {**given, "receiver": cast.charity.name}).status_code == 302
    session.post(url("end_data_agreement", clauses.code), {"reason": "违约"})
    clauses.refresh_from_db()
    assert clauses.ended_by == cast.bureau_officer


def test_an_assessment_is_approved_by_another(cast, browse):
    given = {
        "title": "转介评估", "purposes": ["refer_to_org"], "groups": ["identity"], "receiver_kinds": ["foundation"],
        "necessity": "必要", "risks": "可控", "measures": "加密", "is_acceptable": "on",
        "valid_until": (timezone.localdate() + timedelta(days=90)).isoformat(),
    }  # fmt: skip
    approver = browse(cast.bureau_approver)
    own = approver.post(url("write_assessment"), given).url
    code = own.rstrip("/").rsplit("/", 1)[-1]
    approver.post(url("approve_assessment", code))
    colleague = make_staff(None, cast.bureau, ["bureau_approver"])
    assert "待审定" in browse(colleague).get(own).content.decode()
    browse(colleague).post(url("approve_assessment", code))
    assert "有效" in browse(colleague).get(own).content.decode()


def test_looking_leaves_lines_in_the_audit(cast, actor, person, browse):
    make_assessment(cast.town)
    consent = make_consent(person, [cast.charity], actor=actor)
    session = browse(actor)
    for page, code in (("list_consents", person.code), ("show_consent", consent.code), ("print_consent", consent.code)):
        session.get(url(page, code))
    session.get(url("list_disclosures", person.code))
    seen = AuditEntry.objects.filter(actor_id=actor.pk).order_by("at").values_list("action", flat=True)
    assert list(seen)[-4:] == ["person.view", "person.view", "consent.print", "disclosure.list"]
