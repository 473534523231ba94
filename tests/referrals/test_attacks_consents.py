"""Roads around a consent: ages, withdrawals at the wrong moment, the public page, raw SQL, files made before."""

import re
from datetime import timedelta
from io import BytesIO

import pytest
from django.db import connection, transaction
from django.db.utils import DatabaseError
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from members import jobs
from members.access import Refusal
from members.actions.jobs import download_job
from members.models import Job
from portal.lib import uploads
from referrals.actions import consents as actions
from referrals.actions import exchange, purges
from referrals.actions.checks import note_contact
from referrals.actions.consents import withdraw_consent
from referrals.actions.provisions import provide
from referrals.coverage import Rule
from referrals.models import Consent, ConsentWithdrawal, DisclosureLog, Person, Provision
from referrals.views import own_consents
from tests.make.people import (
    an_answer,
    make_check,
    make_consent,
    make_exchange_partner,
    make_minor_approval,
    make_person,
    make_provision,
    make_safeguards,
)
from tests.make.units import make_staff

TODAY = timezone.localdate


def url(name, *args):
    return reverse(f"referrals:{name}", args=args)


def born_years_ago(years, days=0):
    return (TODAY().replace(year=TODAY().year - years) - timedelta(days=days)).isoformat()


def a_draft_for(person, actor):
    make_minor_approval(actor, None)
    actor.__dict__.pop("_minors_approved", None)
    return make_consent(person, [], actor=actor, items=("name",), rule=Rule(frozenset({"hospital"})), state="draft")


# -- Ages -------------------------------------------------------------------------------------------------------------
def test_an_earlier_day_of_signing_makes_nobody_a_child_again(cast):
    """Eighteen since last week: the guardian's signature of last month does not agree for them."""
    grown = make_person(cast.bureau, born=born_years_ago(18, 7))
    draft = a_draft_for(grown, cast.bureau_officer)
    answer = an_answer(grown, giver="guardian", giver_name="某母亲", relation="mother")
    answer["signed_on"] = TODAY() - timedelta(days=30)
    with pytest.raises(Refusal, match="认定依据"):
        actions.give_consent(cast.bureau_officer, draft, draft.version, answer)


def test_an_earlier_day_of_signing_does_not_leave_out_the_voice_of_fourteen(cast):
    youth = make_person(cast.bureau, born=born_years_ago(14, 7))
    draft = a_draft_for(youth, cast.bureau_officer)
    answer = an_answer(youth, giver="guardian", giver_name="某母亲", relation="mother", is_signed_by_minor=False)
    answer["signed_on"] = TODAY() - timedelta(days=30)
    with pytest.raises(Refusal, match="本人和监护人都要签字"):
        actions.give_consent(cast.bureau_officer, draft, draft.version, answer)


def test_what_a_guardian_agreed_to_passes_nothing_more_on_once_the_child_is_of_age(cast, browse):
    actor, child = cast.bureau_officer, make_person(cast.bureau, born=born_years_ago(17))
    make_minor_approval(actor, None)
    actor.__dict__.pop("_minors_approved", None)
    provision = make_provision(actor, child, cast.charity, ("name",))
    Person.objects.filter(pk=child.pk).update(birth_date=born_years_ago(18, 1))
    Consent.objects.filter(pk=provision.consent_id).update(expiry_warned_at=None)
    grown = Person.objects.get(pk=child.pk)
    with connection.cursor() as cursor:
        cursor.execute("set local session_replication_role = replica")
        Consent.objects.filter(pk=provision.consent_id).update(signed_on=TODAY() - timedelta(days=30))
        cursor.execute("set local session_replication_role = origin")
    with pytest.raises(Refusal, match="没有同意"):
        provide(actor, grown, cast.charity, "refer_to_org", ["name"], "再次")
    page = browse(actor).get(url("provide_information", provision.consent.code)).content.decode()
    assert "请征得本人同意" in page
    seen = browse(cast.charity_reviewer).get(url("show_received", provision.code)).content.decode()
    assert grown.name in seen


# -- Between the page and the click -----------------------------------------------------------------------------------
def test_a_consent_taken_back_while_the_page_was_open_sends_nothing(cast, browse):
    actor, person = cast.bureau_officer, make_person(cast.bureau)
    make_safeguards(cast.bureau, cast.charity)
    consent = make_consent(person, [cast.charity], actor=actor)
    session, page = browse(actor), url("provide_information", consent.code)
    assert session.get(page).status_code == 200
    withdraw_consent(None, consent, channel="online")
    session.post(page, {"items": ["name", "phone"], "reason": "请帮助"})
    session.post(f"{page}?to={cast.charity.code}", {"items": ["name", "phone"], "reason": "请帮助"})
    assert not Provision.objects.exists()
    assert not DisclosureLog.objects.exists()


def test_items_taken_back_while_the_page_was_open_are_not_sent_with_the_rest(cast, browse):
    actor, person = cast.bureau_officer, make_person(cast.bureau)
    make_safeguards(cast.bureau, cast.charity)
    consent = make_consent(person, [cast.charity], actor=actor)
    withdraw_consent(None, consent, items=["phone"], channel="online")
    answer = browse(actor).post(
        url("provide_information", consent.code), {"items": ["name", "phone"], "reason": "请帮助"}
    )
    assert answer.status_code == 200
    assert not Provision.objects.exists()


@pytest.mark.parametrize("to", ["other_charity", "other_bureau", "charity"])
def test_a_class_names_no_unit_outside_of_it_whatever_the_address_says(to, cast, browse):
    """The rule says hospitals; the address says somebody else."""
    actor, person = cast.bureau_officer, make_person(cast.bureau)
    for receiver in (cast.other_charity, cast.charity):
        make_safeguards(cast.bureau, receiver)
    consent = make_consent(person, [], actor=actor, rule=Rule(frozenset({"hospital"}), cast.county.code))
    page = f"{url('provide_information', consent.code)}?to={cast[to].code}"
    answer = browse(actor).post(page, {"items": ["name"], "reason": "请帮助"})
    assert cast[to].name not in answer.content.decode().split("<main")[1]
    assert not Provision.objects.exists()


def test_a_refused_consent_stands_in_nobodys_way(cast):
    actor, person = cast.bureau_officer, make_person(cast.bureau)
    draft = make_consent(person, [cast.charity], actor=actor, state="draft")
    actions.refuse_consent(actor, draft, draft.version)
    assert person.government_aid.create(scheme="dibao", state="applied").pk
    with pytest.raises(Refusal, match="不能反复征求"):
        actions.begin_consent(actor, person, "refer_to_org")


# -- The page for the family ------------------------------------------------------------------------------------------
def test_the_public_page_answers_every_wrong_paper_alike(cast, client):
    """A draft, a refused one, a wrong check and no paper at all: one answer, one question to the database."""
    actor = cast.bureau_officer
    given = make_consent(make_person(cast.bureau), [cast.charity], actor=actor)
    draft = make_consent(make_person(cast.bureau), [cast.charity], actor=actor, state="draft")
    refused = make_consent(make_person(cast.bureau), [cast.charity], actor=actor, state="draft")
    refused = actions.refuse_consent(actor, refused, refused.version)
    papers = [
        (draft.code, draft.paper_check),
        (refused.code, refused.paper_check),
        (given.code, "22222222"),
        ("x", "y"),
    ]
    answers = set()
    for code, check in papers:
        with CaptureQueriesContext(connection) as asked:
            page = client.post(url("look_up_consent"), {"code": code, "check": check})
        text = page.content.decode().replace(f'value="{code}"', "").replace(f'value="{check}"', "")
        text = re.sub(r"(?:csrfmiddlewaretoken|nonce)[^>]*", "", text)
        answers.add((page.status_code, text, len(asked)))
    assert len(answers) == 1
    assert next(iter(answers))[0] == 404


def test_papers_are_not_guessed(cast, client, monkeypatch):
    given = make_consent(make_person(cast.bureau), [cast.charity], actor=cast.bureau_officer)
    monkeypatch.setattr(own_consents, "BY_CODE", "2/600")
    guess = {"code": given.code, "check": "22222222"}
    wrong = [client.post(url("look_up_consent"), guess).status_code for _time in range(3)]
    right = client.post(url("look_up_consent"), {"code": given.code, "check": given.paper_check})
    assert (wrong, right.status_code) == ([404, 404, 429], 429)
    for code, check in ((f" {given.code[:3]} {given.code[3:].upper()}", ""), (given.code[:3], given.code[3:])):
        spelled = {"code": code, "check": f"{check}{given.paper_check}"}
        assert client.post(url("look_up_consent"), spelled).status_code == 429


def test_the_family_shuts_the_page_before_the_next_one_sits_down(cast, client):
    given = make_consent(make_person(cast.bureau), [cast.charity], actor=cast.bureau_officer)
    client.post(url("look_up_consent"), {"code": given.code, "check": given.paper_check})
    assert given.code in client.get(url("show_own_consent")).content.decode()
    client.post(url("close_own_consent"))
    assert client.get(url("show_own_consent")).headers["Location"] == url("look_up_consent")


# -- The database's own word ------------------------------------------------------------------------------------------
KEPT = {
    "referrals_consent": "valid_until = '2099-01-01'",
    "referrals_consentrecipient": "organization_id = organization_id + 1",
    "referrals_consentnaming": "organization_id = organization_id + 1",
    "referrals_consentwithdrawal": "items = '{name}'",
    "referrals_provision": "items = '{name,number}'",
    "referrals_disclosurelog": "items = '{}'",
}


def test_raw_sql_takes_nothing_back_and_adds_nothing(cast):
    actor, person = cast.bureau_officer, make_person(cast.bureau)
    make_safeguards(cast.bureau, cast.charity)
    consent = make_consent(person, [], actor=actor, rule=Rule(frozenset({"charity_association"})))
    make_consent(person, [cast.charity], actor=actor, purpose="economic_check")
    provide(actor, person, cast.charity, "refer_to_org", ["name"], "请帮助")
    withdraw_consent(None, consent, items=["phone"], channel="online")
    let_through = []
    for table, change in KEPT.items():
        for statement in (
            f"update {table} set {change}", f"delete from {table}", f"truncate {table} cascade", f"truncate {table}",
        ):  # fmt: skip
            try:
                with transaction.atomic(), connection.cursor() as cursor:
                    cursor.execute(statement)
                    let_through.append(statement)
            except DatabaseError:
                continue
    assert let_through == []
    assert ConsentWithdrawal.objects.count() == 1


# -- The receiver -----------------------------------------------------------------------------------------------------
def test_the_senders_words_go_with_what_was_sent(cast, browse):
    actor, session = cast.bureau_officer, browse(cast.charity_reviewer)
    provision = make_provision(actor, make_person(cast.bureau), cast.charity, reason="请帮端木甲家的独女")
    pages = [f"{url('list_received')}?show=all", url("show_received", provision.code)]
    assert ["端木甲" in session.get(page).content.decode() for page in pages] == [True, True]
    withdraw_consent(None, provision.consent, channel="online")
    assert ["端木甲" in session.get(page).content.decode() for page in pages] == [False, False]


def test_the_senders_words_of_a_child_are_for_whom_somebody_approved(cast, browse):
    actor = cast.bureau_officer
    make_minor_approval(actor, None)
    actor.__dict__.pop("_minors_approved", None)
    child = make_person(cast.bureau, born=born_years_ago(9))
    provision = make_provision(actor, child, cast.charity, reason="请帮端木小丙上学")
    pages = [url("list_received"), url("show_received", provision.code)]
    for is_approved in (False, True):
        session = browse(type(cast.charity_reviewer).objects.get(pk=cast.charity_reviewer.pk))
        assert ["端木小丙" in session.get(page).content.decode() for page in pages] == [is_approved] * 2
        make_minor_approval(cast.charity_reviewer, child)


# -- Checks of means --------------------------------------------------------------------------------------------------
def test_with_the_consent_goes_everything_of_the_check(cast, browse):
    """Also what was spoken of and the signed authorization, that the receiver itself handed in."""
    person = make_person(cast.bureau)
    provision = make_provision(cast.bureau_officer, person, cast.charity)
    key = uploads.store_stream(BytesIO(b"%PDF-1.4 %%EOF"))
    check = make_check(person, cast.charity, bureau=cast.bureau, file_key=key)
    note_contact(cast.bureau_officer, check, TODAY(), "独有的商定")
    session = browse(cast.charity_reviewer)
    assert "独有的商定" in session.get(url("show_check", check.code)).content.decode()
    assert session.get(url("download_authorization", check.code)).status_code == 200
    withdraw_consent(None, provision.consent, channel="online")
    assert "独有的商定" not in session.get(url("show_check", check.code)).content.decode()
    assert session.get(url("download_authorization", check.code)).status_code == 403


def test_with_the_consent_goes_everything_the_api_tells_of_the_check(cast, browse):
    person = make_person(cast.bureau)
    provision = make_provision(cast.bureau_officer, person, cast.charity)
    told = {"conclusion": "within", "words": "独有的说明", "declining": "person_refuses"}
    delivered = make_check(person, cast.charity, bureau=cast.bureau, state="delivered", words="独有的说明")
    other = make_person(cast.bureau)
    second = make_provision(cast.bureau_officer, other, cast.charity)
    declined = make_check(
        other, cast.charity, bureau=cast.bureau, state="declined", words="独有的说明", declining="person_refuses"
    )

    def shown():
        session = browse(cast.charity_reviewer)
        rows = [session.get(f"/api/v1/checks/{check.code}/").json() for check in (delivered, declined)]
        return [{name: row[name] for name in told if row[name]} for row in rows], rows[0]["valid_until"]

    (first, last), until = shown()
    assert (first, last) == (
        {"conclusion": "within", "words": "独有的说明"}, {"words": "独有的说明", "declining": "person_refuses"}
    )  # fmt: skip
    assert until
    for one in (provision, second):
        withdraw_consent(None, one.consent, channel="online")
    assert shown() == ([{}, {}], None)


# -- Files that were made before --------------------------------------------------------------------------------------
def a_finished_job(owner, kind, **parameters):
    key = uploads.store_stream(BytesIO(b"made before"))
    return Job.objects.create(
        kind=kind, owner=owner, organization=owner.organization, parameters=parameters, state="done", file=key,
        file_name="a.json", finished_at=timezone.now(), expires_at=timezone.now() + timedelta(days=7),
    )  # fmt: skip


def test_who_lost_the_right_fetches_no_result_of_before(cast, browse):
    person = make_person(cast.bureau)
    job = a_finished_job(cast.bureau_officer, "person.copy", person=person.code)
    session, address = browse(cast.bureau_officer), reverse("members:download_job", args=[job.code])
    assert session.get(address).status_code == 200
    Person.objects.filter(pk=person.pk).update(county=cast.other_county.code, residence=cast.other_county)
    assert session.get(address).status_code == 302
    stranger = make_staff("调离的人", cast.bureau, ["finder"])
    with pytest.raises(Refusal, match="权限已变更"):
        download_job(stranger, a_finished_job(stranger, "person.copy", person=person.code))


def test_a_workbook_for_a_platform_is_not_to_be_had_after_a_withdrawal(cast):
    actor, person = cast.bureau_officer, make_person(cast.bureau)
    make_safeguards(cast.bureau, cast.charity)
    consent = make_consent(person, [cast.charity], actor=actor)
    partner = make_exchange_partner(cast.bureau, operator=cast.charity, items=["name"])
    run = exchange.begin_export(actor, partner)
    exchange.export(actor, run, BytesIO())
    job = a_finished_job(actor, exchange.EXPORT, run=run.code)
    assert download_job(actor, job).status_code == 200
    withdraw_consent(None, consent, channel="online")
    with pytest.raises(Refusal, match="撤回"):
        download_job(actor, job)


def test_the_copy_of_whoever_was_wiped_is_gone(cast, django_capture_on_commit_callbacks):
    person = make_person(cast.bureau)
    job = a_finished_job(cast.bureau_officer, "person.copy", person=person.code)
    order = purges.order_purge(cast.bureau_officer, person, "本人要求")
    with django_capture_on_commit_callbacks(execute=True):
        purges.confirm_purge(cast.bureau_approver, order)
    with pytest.raises(FileNotFoundError):
        uploads.open_stored(job.file)
    assert jobs.latest("person.copy").file == ""
