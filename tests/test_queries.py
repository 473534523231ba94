"""Every list costs the same number of queries for one row as for three."""

import itertools
import uuid
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from members import audit
from members.models import OutboxMessage, RoleAssignment
from programs.actions.fact_sheets import Sheet, put
from programs.actions.fits import count_fits
from programs.facts import VOCABULARY
from programs.models import Fund, Program
from referrals.actions.batches import add_lines
from referrals.actions.consents import withdraw_consent
from referrals.actions.notes import write_note
from referrals.actions.provisions import provide
from referrals.actions.purges import order_purge
from referrals.actions.saved_lists import save_list
from referrals.actions.subject_requests import receive_request
from referrals.models import TellingDuty
from tests.make.batches import make_batch, make_line, make_notice, make_sampled, make_scheduled
from tests.make.board import make_pairing, make_posting
from tests.make.catalogue import (
    make_activity,
    make_commitment,
    make_fund,
    make_income,
    make_local_fact,
    make_offer,
    make_order,
    make_program,
    make_program_grant,
    make_request,
    make_version,
    make_wish,
)
from tests.make.people import (
    make_assessment,
    make_category,
    make_check,
    make_consent,
    make_data_agreement,
    make_document,
    make_exchange_partner,
    make_exchange_run,
    make_government_aid,
    make_import,
    make_import_row,
    make_incident,
    make_lead,
    make_minor_approval,
    make_need,
    make_person,
    make_provision,
    make_safeguards,
    make_visit,
    make_visit_round,
    make_wording,
)
from tests.make.referrals import (
    make_draft,
    make_follow_up,
    make_proposal,
    make_referral,
    make_told_aid,
    make_urgent,
)
from tests.make.shares import make_share
from tests.make.units import (
    make_agreement,
    make_area,
    make_grant,
    make_job,
    make_joint_body,
    make_organization,
    make_policy,
    make_profile,
    make_prospect,
    make_staff,
    make_webhook,
)

_numbers = itertools.count(10)
_counties = itertools.count(10)


def add_delivery(cast):
    webhook = cast.charity.webhooks.first() or make_webhook(cast.charity)
    webhook.deliveries.create(event="webhook.test")


def the_webhook(cast):
    return f"/webhooks/{cast.charity.webhooks.get().code}/"


def add_town(cast):
    number = next(_numbers)
    make_area(f"230302{number:03d}000", f"甲区第{number}街道", "town", cast.county)


def add_dead_letter(cast):
    OutboxMessage.objects.create(topic="mail", dead_at=timezone.now(), last_error="x")


def add_audit_line(cast):
    person = make_staff("某人", cast.bureau)
    audit.record(person, "job.start", person)


def add_pending(cast):
    colleague = make_staff(None, cast.charity)
    RoleAssignment.objects.create(staff=colleague, role="unit_admin", proposed_by=cast.charity_admin)


def add_message(cast):
    write_note(cast.bureau_officer, make_referral(cast.bureau_officer, cast.charity), "both", "请先联系街道")


def add_telling_duty(cast):
    person, today = make_person(cast.charity, residence=cast.town_area), timezone.localdate()
    TellingDuty.objects.create(
        person=person, organization=cast.charity, schemes=["dibao"], duty="should", since=today, due_on=today
    )


def a_shared_case(cast):
    return f"/referrals/{cast.shared.code}/viewers/"


def add_share(cast):
    """Of one case, each with a person of another unit."""
    if not hasattr(cast, "shared"):
        cast.shared = make_referral(cast.bureau_officer, cast.charity)
    agent = make_staff(organization=make_organization(kind="hospital", area=cast.county), roles=["partner_agent"])
    make_share(cast.bureau_officer, cast.shared, agent)


def add_draft(cast):
    make_version(make_program(cast.charity), state="submitted")


def add_granted_program(cast):
    make_program_grant(make_program(cast.charity), cast.bureau_officer, cast.catalogue_admin)


def add_person(cast):
    person = make_person(cast.bureau, born="2015-01-01")
    make_category(person)
    make_government_aid(person)
    return person


def add_fund_line(cast):
    """To the one fund of the cast: income tied to something else each time, and a commitment."""
    fund = Fund.objects.filter(code="fund").first() or make_fund(cast.charity, code="fund")
    make_income(fund)
    make_income(fund, restriction={"areas": [cast.county.code], "groups": [f"g{next(_numbers)}"]})
    make_commitment(fund, "1.00", area=cast.county)


def add_funded_order(cast):
    make_order(make_fund(cast.charity))


def add_fitting_sheet(cast):
    """Two kinds of rows on the same page: a county, and a person."""
    if not Program.objects.filter(code="P01").exists():
        make_program(cast.charity, "P01", like="P01")
    facts = {"birth_date": "2018-05-20", "nationality": "CN", "diagnoses": ["leukemia"], "hsct_done": True}
    number = next(_numbers)
    put([Sheet(uuid.uuid4(), f"230302{number:03d}000", VOCABULARY.read(facts | {"prior_grants": []}))])


def add_counted_program(cast):
    make_program(cast.charity, like="P01")
    add_fitting_sheet(cast)
    count_fits()


A_POINT = {"form": "service_point", "point": "shop", "address": "一街 1 号"}
LISTS = [
    ("/people/", "bureau_officer", add_person),
    ("/people/?category=dibao&state=all&area=230302", "city_supervisor", add_person),
    ("/programs/P01/fits/", "bureau_officer", add_fitting_sheet),
    ("/programs/?kind=medical_aid", "bureau_officer", add_counted_program),
    ("/funds/", "bureau_officer", lambda cast: make_income(make_fund(cast.charity))),
    ("/funds/fund/", "charity_finance", add_fund_line),
    ("/funds/fund/commitments/?show=all", "charity_finance", add_fund_line),
    ("/funds/overview/", "charity_finance", add_fund_line),
    ("/public/funds/", "anonymous", lambda cast: make_income(make_fund(cast.charity))),
    ("/public/funds/fund/", "anonymous", add_fund_line),
    ("/funds/orders/", "charity_approver", add_funded_order),
    ("/funds/orders/?show=all", "bureau_officer", add_funded_order),
    ("/programs/", "bureau_officer", lambda cast: make_program(cast.charity)),
    ("/programs/?state=draft&q=T", "catalogue_admin", lambda cast: make_program(cast.charity)),
    ("/programs/?q=T", "catalogue_admin", add_draft),
    ("/programs/drafts/", "catalogue_admin", add_draft),
    ("/programs/drafts/", "bureau_officer", add_granted_program),
    ("/programs/facts/", "catalogue_admin", lambda cast: make_local_fact(cast.charity)),
    ("/offers/", "bureau_officer", lambda cast: make_offer(cast.charity, areas=[cast.county])),
    ("/offers/?q=供给&show=stale", "charity_reviewer", lambda cast: make_offer(cast.charity)),
    ("/wishes/", "bureau_officer", lambda cast: make_wish(cast.charity, "claimed")),
    ("/public/points/", "anonymous", lambda cast: make_offer(cast.charity, **A_POINT)),
    ("/public/wishes/", "anonymous", lambda cast: make_wish(cast.charity)),
    ("/activities/", "bureau_officer", lambda cast: make_activity(cast.charity, brands=["乐善福行"])),
    ("/activities/requests/", "bureau_officer", lambda cast: make_request(make_activity(cast.charity), cast.bureau)),
    ("/public/activities/", "anonymous", lambda cast: make_activity(cast.charity)),
    ("/jobs/", "bureau_officer", lambda cast: make_job(cast.bureau_officer, result="x")),
    ("/outbox/", "system_admin", add_dead_letter),
    ("/audit/", "city_supervisor", add_audit_line),
    ("/audit/", "audit_admin", add_audit_line),
    ("/organizations/", "charity_reviewer", lambda cast: make_organization(area=cast.county)),
    ("/agreements/", "bureau_officer", lambda cast: make_agreement(cast.charity, cast.other_charity)),
    ("/grants/", "security_admin", lambda cast: make_grant(cast.charity, cast.town_caseworker)),
    ("/joint-bodies/", "bureau_officer", lambda cast: make_joint_body(cast.bureau)),
    ("/outreach/", "bureau_officer", lambda cast: make_prospect(cast.bureau)),
    ("/staff/", "charity_admin", lambda cast: make_staff(None, cast.charity, ["charity_reviewer"])),
    ("/staff/?state=all", "city_supervisor", lambda cast: make_staff(None, None, ["charity_reviewer"])),
    ("/roles/pending/", "security_admin", add_pending),
    ("/areas/?q=甲区第", "bureau_officer", add_town),
    ("/areas/230302000000/", "bureau_officer", add_town),
    ("/policies/", "bureau_officer", lambda cast: make_policy(area=cast.bureau.area)),
    ("/public/policies/", "anonymous", lambda cast: make_policy(area=cast.bureau.area, is_public=True)),
    ("/public/programs/", "anonymous", lambda cast: make_program(cast.charity)),
    ("/public/programs/?q=天使&kind=medical_aid", "anonymous", lambda cast: make_program(cast.charity)),
    ("/profiles/", "bureau_officer", lambda cast: make_profile(area=make_area(f"2303{next(_counties)}000000"))),
]


def make_saved_list(owner):
    save_list(owner, "received", f"常用{next(_numbers)}", "urgent=on", is_shared=True)


def add_handled(cast):
    make_referral(cast.bureau_officer, cast.charity, state="received")


def a_list_of(path):
    """The page of one person whose consents and provisions grow."""

    def of(cast):
        if not hasattr(cast, "of_lists"):
            cast.of_lists = make_person(cast.town)
        return path.format(cast.of_lists.code)

    return of


def add_provision_of_one(cast):
    a_list_of("")(cast)
    make_safeguards(cast.town, cast.charity)
    consent = make_consent(cast.of_lists, [cast.charity, cast.other_charity], actor=cast.bureau_officer)
    provide(cast.bureau_officer, cast.of_lists, cast.charity, "refer_to_org", ["name"], "请评估")
    return consent


def add_document_of_one(cast):
    a_list_of("")(cast)
    make_document(cast.of_lists, uploaded_by=make_staff(None, cast.town), file_kind="jpg")


def a_received(cast):
    """The page of one list that was passed on, whose papers grow."""
    if not hasattr(cast, "received"):
        cast.received = make_provision(cast.bureau_officer, make_person(cast.town), cast.charity, ("paper_health",))
    return f"/received/{cast.received.code}/"


def add_received_document(cast):
    a_received(cast)
    make_document(cast.received.person)


def add_ending_consent(cast):
    soon = timezone.localdate() + timedelta(days=5)
    make_consent(make_person(cast.town), [cast.charity], actor=cast.bureau_officer, until=soon)


def add_consent_taken_back(cast):
    consent = make_consent(make_person(cast.town), [cast.charity], actor=cast.bureau_officer)
    withdraw_consent(None, consent, channel="online")


def add_received(cast):
    make_provision(cast.bureau_officer, make_person(cast.town), cast.charity)


def add_minor_request(cast):
    child = make_person(cast.town, born="2020-01-01")
    make_minor_approval(make_staff(None, cast.town), child, state="asked")


def add_subject_request(cast):
    values = {"kind": "copy", "applicant": "self", "identity_check": "核对身份证", "received_on": timezone.localdate()}
    receive_request(cast.bureau_officer, make_person(cast.town), values)


def add_wording(cast):
    make_wording(area=cast.county, number=next(_numbers))


def the_import(cast):
    if not hasattr(cast, "of_rows"):
        cast.of_rows = make_import(cast.bureau_officer)
    return f"/people/imports/{cast.of_rows.code}/"


def add_import_row(cast):
    the_import(cast)
    person = make_person(cast.town)
    private = {"differences": [["residence", person.residence.code, "230302000000"]]}
    make_import_row(cast.of_rows, "conflict", person=person, private=private)


def add_run(cast):
    partner = make_exchange_partner(cast.bureau, operator=cast.charity)
    make_exchange_run(cast.bureau_officer, partner=partner)


LISTS += [
    ("/people/imports/", "bureau_officer", lambda cast: make_import(cast.bureau_officer, source=cast.charity)),
    (the_import, "bureau_officer", add_import_row),
    ("/exchange/", "bureau_officer", add_run),
    (a_list_of("/people/{}/consents/"), "bureau_officer", add_provision_of_one),
    (a_list_of("/people/{}/disclosures/"), "bureau_officer", add_provision_of_one),
    (a_list_of("/people/{}/documents/"), "bureau_officer", add_document_of_one),
    (a_list_of("/people/{}/"), "bureau_officer", add_document_of_one),
    (a_received, "charity_reviewer", add_received_document),
    ("/consents/", "bureau_officer", add_ending_consent),
    ("/consents/?show=taken_back", "bureau_officer", add_consent_taken_back),
    ("/received/", "charity_reviewer", add_received),
    (a_shared_case, "charity_reviewer", add_share),
    ("/minor-access/?show=waiting", "bureau_approver", add_minor_request),
    ("/wordings/", "bureau_officer", add_wording),
    ("/data-agreements/", "bureau_officer", lambda cast: make_data_agreement(cast.bureau, cast.charity)),
    ("/assessments/", "bureau_officer", lambda cast: make_assessment(cast.bureau)),
    ("/subject-requests/", "bureau_officer", add_subject_request),
    ("/incidents/", "bureau_approver", lambda cast: make_incident(cast.bureau_approver, receiver=cast.charity)),
]

LISTS += [
    ("/leads/", "bureau_officer", lambda cast: make_lead(cast.charity_reviewer, cast.town_area)),
    ("/leads/?show=done", "bureau_officer", lambda cast: make_lead(cast.town_caseworker, state="closed")),
    ("/leads/mine/", "town_caseworker", lambda cast: make_lead(cast.town_caseworker)),
    ("/needs/?state=all&category=dibao", "bureau_officer", lambda cast: make_need(add_person(cast))),
    ("/needs/totals/?by=cause", "bureau_officer", lambda cast: make_need(add_person(cast), causes=["schooling"])),
    ("/visits/", "bureau_officer", lambda cast: make_visit(make_person(cast.town))),
    ("/visits/gaps/", "bureau_officer", lambda cast: make_visit(make_person(cast.town))),
    ("/visits/rounds/", "bureau_officer", lambda cast: make_visit_round(cast.bureau)),
    ("/screening/?list=not_visited", "bureau_officer", add_person),
    ("/checks/?show=all", "bureau_officer", lambda cast: make_check(make_person(cast.bureau), cast.charity)),
    ("/retention/", "bureau_approver", lambda cast: order_purge(cast.bureau_officer, make_person(cast.town), "期满")),
    ("/api/v1/people/", "bureau_officer", lambda cast: make_category(make_person(cast.town))),
    ("/api/v1/needs/", "bureau_officer", lambda cast: make_need(make_person(cast.town))),
    ("/api/v1/visits/", "bureau_officer", lambda cast: make_visit(make_person(cast.town))),
    ("/api/v1/checks/", "bureau_officer", lambda cast: make_check(make_person(cast.bureau), cast.charity)),
    ("/api/v1/received/", "charity_reviewer", add_received),
    (a_list_of("/api/v1/people/{}/consents/"), "bureau_officer", add_provision_of_one),
    ("/webhooks/", "charity_admin", lambda cast: make_webhook(cast.charity)),
    (the_webhook, "charity_admin", add_delivery),
    ("/api/v1/referrals/", "charity_reviewer", lambda cast: make_referral(cast.bureau_officer, cast.charity)),
    ("/api/v1/referrals/?desk=sent", "bureau_officer", lambda cast: make_referral(cast.bureau_officer, cast.charity)),
    ("/leads/finders/", "bureau_officer", lambda cast: make_lead(make_staff(None, cast.town))),
    (
        "/referrals/received/?tab=to_sign",
        "charity_reviewer",
        lambda cast: make_referral(cast.bureau_officer, cast.charity),
    ),
    ("/referrals/sent/", "bureau_officer", lambda cast: make_draft(cast.bureau_officer, cast.charity)),
    (
        "/referrals/urgent/",
        "city_supervisor",
        lambda cast: make_urgent(cast.bureau_officer, cast.bureau_approver, cast.charity),
    ),
    ("/tellings/", "charity_reviewer", add_telling_duty),
    ("/postings/", "charity_reviewer", lambda cast: make_posting(cast.town_caseworker)),
    ("/postings/?show=mine", "bureau_officer", lambda cast: make_posting(cast.town_caseworker)),
    ("/pairings/", "bureau_officer", lambda cast: make_pairing(cast.bureau_officer, cast.charity_reviewer)),
    ("/referrals/lists/", "charity_reviewer", lambda cast: make_saved_list(cast.charity_approver)),
    ("/referrals/handlers/", "charity_admin", add_handled),
    ("/referrals/messages/", "charity_reviewer", add_message),
    ("/referrals/area/", "city_supervisor", lambda cast: make_referral(cast.bureau_officer, cast.charity)),
    (
        "/uptake/",
        "bureau_officer",
        lambda cast: make_referral(cast.bureau_officer, make_organization(area=cast.county), state="accepted"),
    ),
    (
        "/aid/?tab=all",
        "charity_approver",
        lambda cast: make_proposal(make_referral(cast.bureau_officer, cast.charity), cast.charity_reviewer),
    ),
    (
        "/follow-ups/",
        "charity_reviewer",
        lambda cast: make_follow_up(
            cast.charity_reviewer,
            make_referral(cast.bureau_officer, cast.charity, state="accepted", by=cast.charity_reviewer),
        ),
    ),
    ("/aid/?tab=told", "charity_reviewer", lambda cast: make_told_aid(cast.charity_reviewer)),
]


def the_batch(cast):
    """A draft on which people stand whom the unit keeps, and people passed on to it."""
    if not hasattr(cast, "of_batch"):
        cast.of_batch = make_batch(cast.charity_reviewer, people=1)
    return f"/batches/{cast.of_batch.code}/"


def add_listed(cast):
    the_batch(cast)
    passed_on = make_provision(cast.bureau_officer, make_person(cast.bureau), cast.charity).person
    kept = make_person(cast.charity)
    lines = [
        make_line(cast.of_batch.program, cast.charity, person, by=cast.charity_approver) for person in (kept, passed_on)
    ]
    cast.of_batch = add_lines(cast.charity_reviewer, cast.of_batch, cast.of_batch.version, lines)


def add_notice(cast):
    make_notice(cast.charity_reviewer, make_sampled(cast.charity_reviewer, people=1))


def add_candidate(cast):
    the_batch(cast)
    make_line(cast.of_batch.program, cast.charity, add_person(cast))


LISTS += [
    ("/aid/?tab=all", "charity_finance", make_scheduled),
    ("/batches/", "bureau_officer", lambda cast: make_batch(cast.charity_reviewer, people=1)),
    (the_batch, "charity_reviewer", add_listed),
    (lambda cast: the_batch(cast) + "add/", "charity_reviewer", add_candidate),
    (
        "/public/notices/",
        "anonymous",
        lambda cast: make_notice(cast.charity_reviewer, make_sampled(cast.charity_reviewer)),
    ),
]

NAMES = [f"list of one {number}" if callable(url) else url for number, (url, *_rest) in enumerate(LISTS)]


@pytest.mark.parametrize(("url", "person", "make_row"), LISTS, ids=NAMES)
def test_a_list_costs_the_same_for_three_rows_as_for_one(url, person, make_row, cast, browse):
    session = browse(cast[person])
    make_row(cast)
    url = url(cast) if callable(url) else url
    session.get(url)  # warms what is read once per process
    counts = []
    for more in (0, 2):
        for _ in range(more):
            make_row(cast)
        with CaptureQueriesContext(
            connection,
        ) as captured:
            assert session.get(url).status_code == 200
        counts.append(len(captured))
    assert counts[0] == counts[1]
