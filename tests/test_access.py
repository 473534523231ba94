"""The access matrix: every URL the resolver knows × every person of the cast.

A URL that is missing from the table fails, so nobody can add one without saying who may open it. Each row: the name of
the URL, the method, the arguments (a function of the cast), and who gets through. All others: 403 when signed in, the
sign-in page when not; for objects out of sight, 404.
"""

from dataclasses import dataclass, field
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from members import audit
from portal.lib import uploads
from programs.actions.imports import upload_programs
from programs.exports import write_workbook
from programs.facts import VOCABULARY
from programs.hsds import service_id
from programs.models import FundImport, FundRules, WorkBudget
from referrals.actions.consents import give_consent
from referrals.actions.provisions import end_provision
from referrals.actions.purges import order_purge
from referrals.actions.subject_requests import receive_request
from tests.cast import PEOPLE
from tests.make import (
    an_answer,
    definition_of,
    make_activity,
    make_affiliation,
    make_agreement,
    make_area_import,
    make_assessment,
    make_category,
    make_check,
    make_commitment,
    make_consent,
    make_contact_post,
    make_data_agreement,
    make_deputy,
    make_exchange_partner,
    make_fund,
    make_government_aid,
    make_grant,
    make_guardianship,
    make_import,
    make_import_row,
    make_incident,
    make_income,
    make_invitation,
    make_job,
    make_joint_body,
    make_lead,
    make_lead_photo,
    make_local_fact,
    make_merger,
    make_minor_approval,
    make_need,
    make_offer,
    make_order,
    make_person,
    make_policy,
    make_profile,
    make_program,
    make_program_grant,
    make_prospect,
    make_provision,
    make_relation,
    make_request,
    make_round,
    make_staff,
    make_taking,
    make_token,
    make_version,
    make_visit,
    make_visit_photo,
    make_visit_round,
    make_wish,
    make_wording,
)
from tests.test_architecture import patterns

EVERYONE = set(PEOPLE)
SIGNED_IN = EVERYONE - {"anonymous"}


@dataclass
class Row:
    name: str
    allowed: set
    method: str = "get"
    arguments: object = field(default=lambda cast: {})
    # What those who may not get; 404 where the object is out of their sight.
    refused: int = 403
    # Those who see the object and still may not: 403 where others get 404.
    seen_by: set = field(default_factory=set)
    # Of those refused, who does not even learn that the object is there.
    unseen: set = field(default_factory=set)


def a_policy(cast, **values):
    return {"code": make_policy(area=cast.bureau.area, **values).code}


def a_policy_with_file(cast, **values):
    key = uploads.store_stream(BytesIO(b"%PDF-1.4 %%EOF"))
    return a_policy(cast, file_key=key, file_name="a.pdf", **values)


def the_county(cast):
    return {"code": cast.bureau.area.code}


def a_planned_profile(cast):
    return {"code": make_profile(area=cast.bureau.area, valid_from="2999-01-01").code}


def a_token(cast):
    return {"code": make_token(cast.charity_reviewer, made_by=cast.charity_admin).code}


TOKEN_MAKERS = {"charity_admin", "other_charity_admin", "system_admin"}
POLICY_EDITORS_HERE = {"bureau_officer", "bureau_approver"}
POLICY_EDITORS = POLICY_EDITORS_HERE | {"other_bureau_approver"}


def area(cast):
    return {"code": cast.county.code}


def unit(cast):
    return {"code": cast.charity.code}


def contact_post(cast):
    return {"code": make_contact_post(cast.charity).code}


def relation(cast):
    return {"code": make_affiliation(cast.charity, cast.other_charity).code}


def agreement(cast):
    return {"code": make_agreement(cast.charity).code}


def agreement_with_file(cast):
    key = uploads.store_stream(BytesIO(b"%PDF-1.4"))
    return {"code": make_agreement(cast.charity, file_key=key, file_name="x.pdf", file_size=8).code}


def joint_body(cast):
    return {"code": make_joint_body(cast.bureau).code}


def seat(cast):
    return {"code": make_joint_body(cast.bureau).seats.get().code}


def prospect(cast):
    return {"code": make_prospect(cast.bureau).code}


def grant(cast):
    return {"code": make_grant(cast.charity, cast.bureau_officer, given_by=cast.charity_admin).code}


# Who keeps the units of 甲区, and who keeps the charity's own data.
BUREAU_LEAD = {"bureau_approver"}
BUREAU = {"bureau_officer", "bureau_approver"}
UNIT_EDITORS = BUREAU | {"charity_admin", "system_admin"}
ANY_LEAD = {"bureau_approver", "other_bureau_approver"}
CHARITY_STAFF = {"charity_reviewer", "charity_approver", "charity_admin", "charity_finance"}
SEES_AGREEMENT = BUREAU | CHARITY_STAFF | {"catalogue_admin", "city_supervisor"}
ANY_AGREEMENT_EDITOR = BUREAU | {"charity_admin", "other_charity_admin", "other_bureau_approver"}
AGREEMENT_EDITORS = BUREAU | {"charity_admin"}
AGREEMENT_STRANGERS = ANY_AGREEMENT_EDITOR - AGREEMENT_EDITORS
ANY_PROSPECT_VIEWER = ANY_AGREEMENT_EDITOR | {"city_supervisor"}


def area_import(cast):
    return {"code": make_area_import(cast.system_admin).code}


def a_job(cast):
    return {"code": make_job(cast.bureau_officer, result="甲,乙").code}


def an_audit_line(cast):
    return {"code": audit.record(cast.bureau_officer, "job.start", organization=cast.bureau).code}


AUDITORS = {"city_supervisor", "audit_admin"}


def a_colleague(cast, **values):
    """Of the charity. The other charity's admin holds the same permissions, elsewhere."""
    return {"code": cast.charity_reviewer.code, **values}


def an_invitation(cast):
    return {"code": make_invitation(cast.charity_admin, cast.charity)[0].code}


def a_link(cast):
    return {"token": make_invitation(cast.charity_admin, cast.charity)[1]}


def a_relation(cast):
    return {"code": make_relation(cast.charity_reviewer).code}


def a_deputyship(cast):
    return {"code": make_deputy(cast.charity_reviewer, cast.charity_approver).code}


def a_program(cast):
    return {"code": make_program(cast.charity).code}


def a_version(state, **values):
    """Of a program of the charity that is in force; handed in by someone else."""

    def of(cast):
        program = make_program(cast.charity)
        number = 1 if state == "released" else make_version(program, state=state, **values).number
        return {"code": program.code, "number": number}

    return of


def a_local_fact(cast):
    return {"name": make_local_fact(cast.charity).name}


def a_sample(cast):
    program = make_program(cast.charity)
    return {"code": program.samples.create(facts={"gender": "female"}).code}


def a_round(cast):
    return {"code": make_round(make_program(cast.charity)).code}


def a_program_grant(cast):
    program = make_program(cast.charity)
    return {"code": make_program_grant(program, cast.bureau_officer, cast.catalogue_admin).code}


def a_program_import(cast):
    target = BytesIO()
    write_workbook(target, [definition_of("P01")], VOCABULARY)
    return {"code": upload_programs(cast.catalogue_admin, "a.xlsx", target.getvalue()).code}


def a_fund(cast):
    """Of the charity, whose keeper says what it is there for."""
    return {"code": make_fund(cast.charity).code}


def a_commitment(cast):
    return {"code": make_commitment(make_fund(cast.charity)).code}


def a_fund_line(cast):
    return {"code": make_income(make_fund(cast.charity)).code}


def a_donation(cast):
    return {"code": make_income(make_fund(cast.charity)).donation.code}


def a_fund_order(cast):
    return {"code": make_order(make_fund(cast.charity)).code}


def some_rules(cast):
    key = uploads.store_stream(BytesIO(b"%PDF-1.4"))
    values = {"standard": "每户", "procedure": "申请", "file_key": key, "file_name": "x.pdf", "file_size": 8}
    fund = make_fund(cast.charity)
    return {"code": FundRules.objects.create(fund=fund, number=1, valid_from="2024-01-01", **values).code}


def a_statement(cast):
    fund = make_fund(cast.charity)
    row = [2, ["2026-01-15", "1", "单位和个人捐赠", "SJ-1", *[""] * 7]]
    return {"code": FundImport.objects.create(fund=fund, rows=[row], uploaded_by=cast.charity_finance).code}


def a_budget(cast):
    return {"code": WorkBudget.objects.create(organization=cast.charity, year=2026, source="own").code}


FUND_KEEPERS = {"charity_approver", "charity_finance"}
SEES_FUND = FUND_KEEPERS | BUREAU | {"charity_reviewer", "charity_admin", "catalogue_admin", "city_supervisor"}
ANY_FUND_VIEWER = SEES_FUND | {"other_charity_admin", "other_bureau_approver"}
FUND_APPROVERS = {"charity_approver"}


def an_offer(cast, **values):
    return {"code": make_offer(cast.charity, **values).code}


def a_taking(cast):
    """By the bureau, of what the charity gives."""
    return {"code": make_taking(make_offer(cast.charity), cast.bureau_officer).code}


def a_wish(state="open", **values):
    return lambda cast: {"code": make_wish(cast.charity, state, **values).code}


def an_activity(state="published", **values):
    return lambda cast: {"code": make_activity(cast.charity, state, **values).code}


def a_request(cast):
    """Of the charity, asked of the bureau."""
    return {"code": make_request(make_activity(cast.charity), cast.bureau).code}


# Who enters what their unit gives and undertakes, and who does so for the charity.
SUPPLIERS = {
    "bureau_officer", "bureau_approver", "town_caseworker", "charity_reviewer", "charity_approver", "charity_admin",
    "other_charity_admin", "other_bureau_approver",
}  # fmt: skip
CHARITY_SUPPLIERS = {"charity_reviewer", "charity_approver", "charity_admin"}
TAKERS = SUPPLIERS - {"charity_admin", "other_charity_admin"}
CATALOGUE = {"catalogue_admin"}
COUNT_FITS = {
    "bureau_officer", "bureau_approver", "other_bureau_approver", "town_caseworker", "charity_reviewer",
    "charity_approver", "catalogue_admin", "city_supervisor",
}  # fmt: skip
SEES_CHARITY_STAFF = {
    "charity_reviewer", "charity_approver", "charity_admin", "charity_finance", "catalogue_admin", "city_supervisor",
    "system_admin", "security_admin", "audit_admin",
}  # fmt: skip
STAFF_EDITORS = {"charity_admin", "system_admin"}
PROPOSERS = STAFF_EDITORS | {"security_admin"}
ELSEWHERE = {"other_charity_admin"}

MATRIX = [
    Row("home", SIGNED_IN),
    Row("search", SIGNED_IN),
    Row("search", SIGNED_IN, method="post"),
    *[Row("choose_language", EVERYONE, method) for method in ("get", "post")],
    Row("help", SIGNED_IN),
    Row("help_topic", SIGNED_IN, arguments=lambda cast: {"topic": "keys"}),
    Row("styleguide", SIGNED_IN),
    Row("styleguide", SIGNED_IN, method="post"),
    Row("styleguide_confirm", SIGNED_IN),
    Row("styleguide_confirm", SIGNED_IN, method="post"),
    Row("styleguide_upload", SIGNED_IN, method="post"),
    Row("styleguide_count", SIGNED_IN, method="post"),
    Row("healthz", EVERYONE),
    Row("readyz", EVERYONE),
    Row("members:list_policies", SIGNED_IN),
    Row("members:create_policy", POLICY_EDITORS),
    Row("members:create_policy", POLICY_EDITORS, "post"),
    Row("members:show_policy", SIGNED_IN, arguments=a_policy),
    Row("members:edit_policy", POLICY_EDITORS_HERE, arguments=a_policy),
    Row("members:edit_policy", POLICY_EDITORS_HERE, "post", a_policy),
    Row("members:publish_policy", POLICY_EDITORS_HERE, arguments=a_policy),
    Row("members:publish_policy", POLICY_EDITORS_HERE, "post", a_policy),
    Row("members:withdraw_policy", POLICY_EDITORS_HERE, arguments=a_policy),
    Row("members:withdraw_policy", POLICY_EDITORS_HERE, "post", a_policy),
    Row("members:show_calendar", SIGNED_IN),
    Row("members:edit_calendar_day", {"system_admin"}),
    Row("members:edit_calendar_day", {"system_admin"}, "post"),
    Row("members:set_calendar_year", {"system_admin"}),
    Row("members:set_calendar_year", {"system_admin"}, "post"),
    Row("members:list_profiles", SIGNED_IN),
    Row("members:show_my_profile", SIGNED_IN),
    Row("members:show_profile", SIGNED_IN, arguments=the_county),
    Row("members:edit_profile", {"bureau_approver"}, arguments=the_county),
    Row("members:edit_profile", {"bureau_approver"}, "post", the_county),
    Row("members:cancel_profile", {"bureau_approver"}, arguments=a_planned_profile),
    Row("members:cancel_profile", {"bureau_approver"}, "post", a_planned_profile),
    Row("members:list_tokens", SIGNED_IN),
    Row("members:create_token", TOKEN_MAKERS),
    Row("members:create_token", TOKEN_MAKERS, "post"),
    Row(
        "members:accept_token",
        {"charity_reviewer"},
        arguments=a_token,
        refused=404,
        seen_by={"charity_admin", "system_admin"},
    ),
    Row(
        "members:accept_token",
        {"charity_reviewer"},
        "post",
        a_token,
        refused=404,
        seen_by={"charity_admin", "system_admin"},
    ),
    Row("members:revoke_token", {"charity_reviewer", "charity_admin", "system_admin"}, arguments=a_token, refused=404),
    Row("members:revoke_token", {"charity_reviewer", "charity_admin", "system_admin"}, "post", a_token, refused=404),
    Row("api:docs", SIGNED_IN),
    Row("api:schema", SIGNED_IN),
    Row("api:me", SIGNED_IN),
    Row("api:areas", SIGNED_IN),
    Row("api:area", SIGNED_IN, arguments=the_county),
    Row("api:organizations", SIGNED_IN),
    Row("api:organization", SIGNED_IN, arguments=lambda cast: {"code": cast.bureau.code}),
    Row("api:organizations", ANY_LEAD | {"system_admin"}, "post"),
    Row("api:organization", UNIT_EDITORS, "patch", lambda cast: {"code": cast.charity.code}),
    Row("api:programs", EVERYONE),
    Row("api:program", EVERYONE, arguments=a_program),
    Row("api:program_versions", EVERYONE, arguments=a_program),
    Row("api:program_version", EVERYONE, arguments=a_version("released")),
    Row("api:program_version", set(), arguments=a_version("draft"), refused=404, unseen={"anonymous"}),
    Row("api:match", SIGNED_IN, "post"),
    Row("api:match_stream", SIGNED_IN, "post"),
    Row("api:hsds", EVERYONE),
    Row("api:hsds_services", EVERYONE),
    Row("api:hsds_service", EVERYONE, arguments=lambda cast: {"key": service_id(a_program(cast)["code"])}),
    Row("api:funds", ANY_FUND_VIEWER),
    Row("api:fund", SEES_FUND, arguments=a_fund, unseen=ANY_FUND_VIEWER - SEES_FUND),
    Row("api:fund_lines", SEES_FUND, arguments=a_fund, unseen=ANY_FUND_VIEWER - SEES_FUND),
    Row("api:fund_income", {"charity_finance"}, "post", a_fund),
    Row("api:offers", SIGNED_IN),
    Row("api:offers", SUPPLIERS, "post"),
    Row("api:suggest_offers", SIGNED_IN, "post"),
    Row("api:offer", SIGNED_IN, arguments=an_offer),
    Row("api:offer", CHARITY_SUPPLIERS, "patch", an_offer),
    Row("api:api_confirm_offer", CHARITY_SUPPLIERS, "post", an_offer),
    *[Row(f"api:{name}", TAKERS, "post", an_offer) for name in ("offer_takings", "offer_give_back")],
    Row("api:activities", EVERYONE),
    Row("api:activity", EVERYONE, arguments=an_activity()),
    Row("api:wishes", EVERYONE),
    *[
        Row(
            "api:leads",
            {
                "bureau_officer",
                "bureau_approver",
                "town_caseworker",
                "charity_reviewer",
                "charity_approver",
                "other_bureau_approver",
            },
            method,
        )
        for method in ("get", "post")
    ],
    Row("api:nothing", set(), refused=404),
    Row("members:download_policy", SIGNED_IN, arguments=a_policy_with_file),
    Row(
        "members:download_public_policy",
        EVERYONE,
        arguments=lambda cast: a_policy_with_file(cast, is_public=True),
    ),
    Row("members:list_public_policies", EVERYONE),
    *[Row("programs:find_programs", EVERYONE, method) for method in ("get", "post")],
    Row("programs:list_public_programs", EVERYONE),
    Row("programs:show_public_program", EVERYONE, arguments=a_program),
    Row("programs:show_public_version", EVERYONE, arguments=a_version("released")),
    Row("programs:show_public_version", set(), arguments=a_version("draft"), refused=404, unseen={"anonymous"}),
    Row("members:show_public_policy", EVERYONE, arguments=lambda cast: a_policy(cast, is_public=True)),
    Row("members:list_jobs", SIGNED_IN),
    Row("members:show_job", {"bureau_officer"}, arguments=a_job, refused=404),
    Row("members:cancel_job", {"bureau_officer"}, "post", a_job, refused=404),
    Row("members:download_job", {"bureau_officer"}, arguments=a_job, refused=404),
    Row("members:list_outbox", {"system_admin"}),
    Row("members:retry_outbox", {"system_admin"}),
    Row("members:retry_outbox", {"system_admin"}, "post"),
    Row("members:list_audit", AUDITORS),
    Row("members:show_audit", AUDITORS, arguments=an_audit_line),
    Row("members:export_audit", {"audit_admin"}, "post"),
    Row("members:verify_audit", {"audit_admin"}, "post"),
    Row("members:list_areas", SIGNED_IN),
    Row("members:show_area", SIGNED_IN, arguments=area),
    Row("members:rename_area", {"system_admin"}, arguments=area),
    Row("members:rename_area", {"system_admin"}, method="post", arguments=area),
    Row("members:replace_area", {"system_admin"}, arguments=area),
    Row("members:replace_area", {"system_admin"}, method="post", arguments=area),
    Row("members:import_areas", {"system_admin"}),
    Row("members:import_areas", {"system_admin"}, method="post"),
    Row("members:area_template", {"system_admin"}),
    Row("members:show_area_import", {"system_admin"}, arguments=area_import),
    Row("members:apply_area_import", {"system_admin"}, method="post", arguments=area_import),
    Row("members:mark_area_import", {"system_admin"}, arguments=area_import),
    Row("members:list_organizations", SIGNED_IN),
    Row("members:show_my_organization", SIGNED_IN),
    Row("members:export_organizations", SIGNED_IN, "post"),
    Row("members:create_organization", ANY_LEAD | {"system_admin"}),
    Row("members:create_organization", ANY_LEAD | {"system_admin"}, "post"),
    Row("members:clone_organizations", ANY_LEAD | {"system_admin"}),
    Row("members:create_clones", BUREAU_LEAD | {"system_admin"}, "post", area),
    Row("members:show_organization", SIGNED_IN, arguments=unit),
    Row("members:edit_organization", UNIT_EDITORS, arguments=unit),
    Row("members:edit_organization", UNIT_EDITORS, "post", unit),
    Row("members:confirm_capacity", CHARITY_STAFF - {"charity_finance"}, "post", unit),
    Row("members:suspend_organization", BUREAU_LEAD, arguments=unit),
    Row("members:suspend_organization", BUREAU_LEAD, "post", unit),
    Row("members:resume_organization", BUREAU_LEAD, arguments=unit),
    Row("members:resume_organization", BUREAU_LEAD, "post", unit),
    Row("members:add_relation", BUREAU_LEAD, arguments=unit),
    Row("members:add_relation", BUREAU_LEAD, "post", unit),
    Row("members:end_affiliation", BUREAU_LEAD, arguments=relation),
    Row("members:end_affiliation", BUREAU_LEAD, "post", relation),
    Row("members:create_contact_post", UNIT_EDITORS, arguments=unit),
    Row("members:create_contact_post", UNIT_EDITORS, "post", unit),
    Row("members:edit_contact_post", UNIT_EDITORS, arguments=contact_post),
    Row("members:edit_contact_post", UNIT_EDITORS, "post", contact_post),
    Row("members:end_contact_post", UNIT_EDITORS, arguments=contact_post),
    Row("members:end_contact_post", UNIT_EDITORS, "post", contact_post),
    Row("members:list_agreements", SIGNED_IN),
    Row("members:create_agreement", ANY_AGREEMENT_EDITOR),
    Row("members:create_agreement", ANY_AGREEMENT_EDITOR, "post"),
    Row("members:show_agreement", SEES_AGREEMENT, arguments=agreement, refused=404),
    Row("members:download_agreement", SEES_AGREEMENT, arguments=agreement_with_file, refused=404),
    Row("members:edit_agreement", AGREEMENT_EDITORS, arguments=agreement, unseen=AGREEMENT_STRANGERS),
    Row("members:edit_agreement", AGREEMENT_EDITORS, "post", agreement, unseen=AGREEMENT_STRANGERS),
    Row("members:end_agreement", AGREEMENT_EDITORS, arguments=agreement, unseen=AGREEMENT_STRANGERS),
    Row("members:end_agreement", AGREEMENT_EDITORS, "post", agreement, unseen=AGREEMENT_STRANGERS),
    Row("members:list_joint_bodies", SIGNED_IN),
    Row("members:create_joint_body", ANY_LEAD),
    Row("members:create_joint_body", ANY_LEAD, "post"),
    Row("members:show_joint_body", SIGNED_IN, arguments=joint_body),
    Row("members:end_joint_body", BUREAU_LEAD, arguments=joint_body),
    Row("members:end_joint_body", BUREAU_LEAD, "post", joint_body),
    Row("members:take_seat", BUREAU_LEAD, arguments=joint_body),
    Row("members:take_seat", BUREAU_LEAD, "post", joint_body),
    Row("members:end_seat", BUREAU_LEAD, arguments=seat),
    Row("members:end_seat", BUREAU_LEAD, "post", seat),
    Row("members:list_grants", SIGNED_IN),
    Row("members:show_grants", CHARITY_STAFF | {"catalogue_admin", "security_admin"}, arguments=unit),
    Row("members:give_grant", {"charity_admin"}, arguments=unit),
    Row("members:give_grant", {"charity_admin"}, "post", unit),
    Row(
        "members:revoke_grant",
        {"charity_admin", "security_admin"},
        arguments=grant,
        refused=404,
        seen_by=CHARITY_STAFF | {"catalogue_admin", "bureau_officer"},
    ),
    Row(
        "members:revoke_grant",
        {"charity_admin", "security_admin"},
        "post",
        grant,
        refused=404,
        seen_by=CHARITY_STAFF | {"catalogue_admin", "bureau_officer"},
    ),
    Row("members:list_prospects", ANY_PROSPECT_VIEWER),
    Row("members:create_prospect", ANY_AGREEMENT_EDITOR),
    Row("members:create_prospect", ANY_AGREEMENT_EDITOR, "post"),
    Row("members:edit_prospect", BUREAU, arguments=prospect, unseen=ANY_AGREEMENT_EDITOR - BUREAU),
    Row("members:edit_prospect", BUREAU, "post", prospect, unseen=ANY_AGREEMENT_EDITOR - BUREAU),
    Row("members:account", SIGNED_IN),
    Row("members:edit_account", SIGNED_IN),
    Row("members:edit_account", SIGNED_IN, "post"),
    Row("members:set_own_deputy", SIGNED_IN),
    Row("members:set_own_deputy", SIGNED_IN, "post"),
    Row("members:list_relations", SIGNED_IN),
    Row("members:declare_relation", SIGNED_IN),
    Row("members:declare_relation", SIGNED_IN, "post"),
    Row("members:state_relations", SIGNED_IN, "post"),
    Row("members:end_relation", {"charity_reviewer"}, "get", a_relation, refused=404),
    Row("members:end_relation", {"charity_reviewer"}, "post", a_relation, refused=404),
    Row("members:list_staff", SIGNED_IN),
    Row("members:list_roles", SIGNED_IN),
    Row("members:show_staff", SEES_CHARITY_STAFF, "get", a_colleague, refused=404),
    *[
        Row(f"members:{name}", STAFF_EDITORS, method, a_colleague, unseen=ELSEWHERE)
        for name in ("edit_staff", "suspend_staff", "resume_staff", "depart_staff", "hand_over_work", "set_deputy")
        for method in ("get", "post")
    ],
    *[
        Row(f"members:{name}", {"security_admin"}, method, a_colleague)
        for name in ("reset_second_factor", "sign_out_staff")
        for method in ("get", "post")
    ],
    Row("members:unlock_staff", {"security_admin"}, "post", a_colleague),
    Row("members:propose_role", PROPOSERS, "get", a_colleague, unseen=ELSEWHERE),
    Row("members:propose_role", PROPOSERS, "post", a_colleague, unseen=ELSEWHERE),
    *[
        Row("members:end_role", PROPOSERS, method, lambda cast: a_colleague(cast, role="finder"), unseen=ELSEWHERE)
        for method in ("get", "post")
    ],
    Row("members:confirm_role", {"security_admin"}, "post", lambda cast: a_colleague(cast, role="finder")),
    Row("members:decline_role", {"security_admin"}, "get", lambda cast: a_colleague(cast, role="finder")),
    Row("members:decline_role", {"security_admin"}, "post", lambda cast: a_colleague(cast, role="finder")),
    Row("members:list_pending_roles", {"security_admin"}),
    Row(
        "members:end_deputy",
        {"charity_reviewer", "charity_approver", *STAFF_EDITORS},
        "post",
        a_deputyship,
        unseen=SIGNED_IN - SEES_CHARITY_STAFF,
    ),
    Row("members:invite_staff", STAFF_EDITORS | ELSEWHERE),
    Row("members:invite_staff", STAFF_EDITORS | ELSEWHERE, "post"),
    Row("members:show_invitation", STAFF_EDITORS, "get", an_invitation, unseen=ELSEWHERE),
    Row("members:renew_invitation", STAFF_EDITORS, "post", an_invitation, unseen=ELSEWHERE),
    Row("members:revoke_invitation", STAFF_EDITORS, "post", an_invitation, unseen=ELSEWHERE),
    Row("members:accept_invitation", EVERYONE, "get", a_link),
    Row("members:accept_invitation", EVERYONE, "post", a_link),
    Row("members:edit_security_policy", {"security_admin"}),
    Row("members:edit_security_policy", {"security_admin"}, "post"),
    Row("programs:list_programs", SIGNED_IN),
    *[Row("programs:match_programs", SIGNED_IN, method) for method in ("get", "post")],
    Row("programs:list_drafts", SIGNED_IN),
    Row("programs:export_programs", SIGNED_IN),
    Row("programs:export_program", SIGNED_IN, arguments=a_program),
    *[Row("programs:import_programs", CATALOGUE, method) for method in ("get", "post")],
    *[
        Row(f"programs:{name}", CATALOGUE, method, a_program_import)
        for name, method in (("show_import", "get"), ("apply_import", "post"), ("mark_import", "get"))
    ],
    Row("programs:show_fits", COUNT_FITS, arguments=a_program),
    Row("programs:show_program", SIGNED_IN, arguments=a_program),
    Row("programs:show_version", SIGNED_IN, arguments=a_version("released")),
    Row("programs:show_version", CATALOGUE, arguments=a_version("draft"), refused=404),
    Row("programs:compare_versions", SIGNED_IN, arguments=a_version("released")),
    Row("programs:list_local_facts", CATALOGUE),
    *[Row("programs:add_local_fact", CATALOGUE, method) for method in ("get", "post")],
    *[
        Row(f"programs:{name}", CATALOGUE, method, a_local_fact)
        for name in ("change_local_fact", "retire_local_fact")
        for method in ("get", "post")
    ],
    Row("programs:show_effects", SIGNED_IN, arguments=a_version("released")),
    Row("programs:show_effects", CATALOGUE, arguments=a_version("draft"), refused=404),
    *[
        Row(f"programs:{name}", CATALOGUE, method, a_sample)
        for name in ("change_sample", "remove_sample")
        for method in ("get", "post")
    ],
    Row("programs:compare_versions", CATALOGUE, arguments=a_version("draft"), refused=404),
    *[Row("programs:create_program", CATALOGUE, method) for method in ("get", "post")],
    *[
        Row(f"programs:{name}", CATALOGUE, method, a_program)
        for name in ("add_sample", "copy_program", "start_draft", "set_agreement", "open_round", "give_program_grant")
        for method in ("get", "post")
    ],
    *[
        Row(f"programs:{name}", CATALOGUE, method, a_version(state))
        for name, state in (
            ("edit_version", "draft"),
            ("submit_version", "draft"),
            ("discard_draft", "draft"),
            ("return_version", "submitted"),
            ("release_version", "submitted"),
            ("withdraw_version", "released"),
        )
        for method in ("get", "post")
    ],
    *[Row("programs:change_round", CATALOGUE, method, a_round) for method in ("get", "post")],
    Row("programs:list_program_grants", CATALOGUE | {"security_admin"}, arguments=a_program),
    *[
        Row("programs:revoke_program_grant", CATALOGUE | {"security_admin"}, method, a_program_grant)
        for method in ("get", "post")
    ],
    Row("programs:list_funds", ANY_FUND_VIEWER),
    Row("programs:export_funds", ANY_FUND_VIEWER, "post"),
    *[Row("programs:create_fund", FUND_KEEPERS, method) for method in ("get", "post")],
    *[
        Row(f"programs:{name}", SEES_FUND, method, of, unseen=ANY_FUND_VIEWER - SEES_FUND)
        for name, method, of in (
            ("show_fund", "get", a_fund),
            ("export_fund_ledger", "post", a_fund),
            ("list_commitments", "get", a_fund),
            ("show_commitment", "get", a_commitment),
            ("show_fund_order", "get", a_fund_order),
            ("show_fund_rules", "get", some_rules),
            ("download_fund_rules", "get", some_rules),
        )
    ],
    *[
        Row(f"programs:{name}", FUND_KEEPERS, method, a_fund)
        for name in ("edit_fund", "close_fund", "set_fund_rules", "commit_money")
        for method in ("get", "post")
    ],
    Row("programs:reopen_fund", FUND_KEEPERS, "post", a_fund),
    Row("programs:confirm_fund", FUND_KEEPERS, "post", a_fund),
    *[Row("programs:release_commitment", FUND_KEEPERS, method, a_commitment) for method in ("get", "post")],
    *[
        Row(f"programs:{name}", {"charity_finance"}, method, of)
        for name, of in (
            ("record_income", a_fund),
            ("pay_commitment", a_commitment),
            ("correct_fund_line", a_fund_line),
            ("name_donor", a_donation),
        )
        for method in ("get", "post")
    ],
    *[Row("programs:import_fund_income", {"charity_finance"}, method, a_fund) for method in ("get", "post")],
    Row("programs:fund_statement_template", {"charity_finance"}),
    *[
        Row(f"programs:{name}", {"charity_finance"}, method, a_statement)
        for name, method in (("show_fund_import", "get"), ("apply_fund_import", "post"), ("mark_fund_import", "get"))
    ],
    Row("programs:show_fund_overview", ANY_FUND_VIEWER),
    *[Row("programs:create_budget", FUND_KEEPERS | ANY_LEAD, method) for method in ("get", "post")],
    *[
        Row("programs:edit_budget", FUND_KEEPERS, method, a_budget, unseen={"other_bureau_approver"})
        for method in ("get", "post")
    ],
    Row("programs:list_public_funds", EVERYONE),
    Row("programs:show_public_fund", EVERYONE, arguments=a_fund),
    Row("programs:list_fund_orders", ANY_FUND_VIEWER),
    *[
        Row(
            "programs:approve_fund_order", FUND_APPROVERS, method, a_fund_order, unseen={"other_bureau_approver"}
        )  # the bureau sees the fund, and runs it together only where the register says so
        for method in ("get", "post")
    ],
    *[
        Row(
            "programs:reject_fund_order",
            FUND_APPROVERS,
            method,
            a_fund_order,
            unseen=ANY_FUND_VIEWER - SEES_FUND,
        )
        for method in ("get", "post")
    ],
    Row("programs:list_offers", SIGNED_IN),
    Row("programs:export_offers", SIGNED_IN, "post"),
    *[Row("programs:create_offer", SUPPLIERS, method) for method in ("get", "post")],
    *[Row("programs:import_offers", SUPPLIERS, method) for method in ("get", "post")],
    Row("programs:offer_template", SUPPLIERS),
    Row("programs:confirm_offers", SUPPLIERS, "post"),
    Row("programs:show_offer", SIGNED_IN, arguments=an_offer),
    *[
        Row(f"programs:{verb}_offer", CHARITY_SUPPLIERS, method, an_offer)
        for verb in ("edit", "withdraw")
        for method in ("get", "post")
    ],
    *[
        Row(
            "programs:reopen_offer",
            CHARITY_SUPPLIERS,
            method,
            lambda cast: an_offer(cast, state="withdrawn", reason="没有人手"),
            unseen=SUPPLIERS - CHARITY_SUPPLIERS,
        )
        for method in ("get", "post")
    ],
    Row("programs:confirm_offer", CHARITY_SUPPLIERS, "post", an_offer),
    Row("programs:take_offer", TAKERS, "post", an_offer),
    *[Row("programs:give_back_offer", CHARITY_SUPPLIERS | BUREAU, method, a_taking) for method in ("get", "post")],
    Row("programs:list_wishes", SIGNED_IN),
    Row("programs:export_wishes", SIGNED_IN, "post"),
    *[Row("programs:create_wish", SUPPLIERS, method) for method in ("get", "post")],
    Row("programs:show_wish", SIGNED_IN, arguments=a_wish()),
    Row("programs:show_wish", CHARITY_SUPPLIERS, arguments=a_wish("draft"), refused=404),
    *[
        Row(f"programs:{verb}_wish", CHARITY_SUPPLIERS, method, a_wish())
        for verb in ("edit", "publish", "withdraw")
        for method in ("get", "post")
    ],
    *[Row("programs:claim_wish", SUPPLIERS, method, a_wish()) for method in ("get", "post")],
    *[
        Row(f"programs:{verb}_wish", CHARITY_SUPPLIERS, method, a_wish("claimed"))
        for verb in ("release", "fulfill")
        for method in ("get", "post")
    ],
    Row("programs:list_public_wishes", EVERYONE),
    Row("programs:list_public_points", EVERYONE),
    Row("programs:list_activities", SIGNED_IN),
    Row("programs:export_activities", SIGNED_IN, "post"),
    *[Row("programs:create_activity", SUPPLIERS, method) for method in ("get", "post")],
    Row("programs:show_activity", SIGNED_IN, arguments=an_activity()),
    Row("programs:show_activity", CHARITY_SUPPLIERS, arguments=an_activity("draft"), refused=404),
    *[
        Row(f"programs:{verb}_activity", CHARITY_SUPPLIERS, method, an_activity())
        for verb in ("edit", "copy", "publish", "submit", "start", "end", "cancel", "discard")
        for method in ("get", "post")
    ],
    Row("programs:ask_for", CHARITY_SUPPLIERS, "get", an_activity()),
    Row("programs:ask_for", CHARITY_SUPPLIERS, "post", an_activity()),
    # A second person: of the charity, or of the bureau above it.
    *[
        Row(
            f"programs:{verb}_activity",
            {"charity_approver", "bureau_approver"},
            method,
            an_activity("submitted", kind="fundraising"),
            seen_by=CHARITY_SUPPLIERS,
            **answers,
        )
        for verb, answers in (
            ("check", {"unseen": {"other_bureau_approver"}}),
            ("return", {"refused": 404}),
        )
        for method in ("get", "post")
    ],
    Row("programs:list_requests", SUPPLIERS),
    *[
        Row("programs:answer_request", {"bureau_officer", "bureau_approver"}, method, a_request)
        for method in ("get", "post")
    ],
    *[Row("programs:retract_request", CHARITY_SUPPLIERS, method, a_request) for method in ("get", "post")],
    Row("programs:list_public_activities", EVERYONE),
    Row("programs:show_public_activity", EVERYONE, arguments=an_activity()),
]

PERSON_VIEWERS = {
    "bureau_officer", "bureau_approver", "town_caseworker", "charity_reviewer", "charity_approver",
    "other_bureau_approver", "city_supervisor",
}  # fmt: skip
PERSON_WRITERS = {"bureau_officer", "town_caseworker", "charity_reviewer"}


def a_person(cast, **values):
    """Kept by the town: seen there, by the county's bureau and by the city's supervisor."""
    return {"code": make_person(cast.town, **values).code}


def a_page_of_facts(cast):
    return {**a_person(cast), "group": "hardship"}


def of_a_person(make, **values):
    return lambda cast: {"code": make(make_person(cast.town), **values).code}


SEES_PERSON = {"bureau_officer", "bureau_approver", "town_caseworker", "city_supervisor"}
EDITS_PERSON = {"bureau_officer", "town_caseworker"}
UNMASKS_PERSON = {"bureau_officer", "bureau_approver", "town_caseworker"}
# They hold the permission, but not for somebody else's people: 404.
EDITORS_ELSEWHERE = {"charity_reviewer"}
UNMASKERS_ELSEWHERE = {"charity_reviewer", "charity_approver", "other_bureau_approver"}

MATRIX += [
    Row("referrals:list_people", PERSON_VIEWERS),
    Row("referrals:find_people", PERSON_VIEWERS, "post"),
    *[Row("referrals:register_person", PERSON_WRITERS, method) for method in ("get", "post")],
    Row(
        "referrals:show_person", SEES_PERSON, arguments=a_person,
        unseen={"charity_reviewer", "charity_approver", "other_bureau_approver"},
    ),
    *[
        Row(f"referrals:{name}", EDITS_PERSON, method, a_person, unseen=EDITORS_ELSEWHERE)
        for name in ("change_person", "move_person", "add_category", "record_aid", "add_guardian")
        for method in ("get", "post")
    ],
    *[
        Row(f"referrals:{name}", EDITS_PERSON, "post", a_person, unseen=EDITORS_ELSEWHERE)
        for name in ("verify_person", "change_head")
    ],
    *[
        Row("referrals:record_facts", EDITS_PERSON, method, a_page_of_facts, unseen=EDITORS_ELSEWHERE)
        for method in ("get", "post")
    ],
    *[
        Row("referrals:unmask_person", UNMASKS_PERSON, method, a_person, unseen=UNMASKERS_ELSEWHERE)
        for method in ("get", "post")
    ],
    *[
        Row(f"referrals:{name}", EDITS_PERSON, method, of_a_person(make), unseen=EDITORS_ELSEWHERE)
        for name, make in (
            ("end_category", make_category), ("change_aid", make_government_aid),
            ("end_guardianship", make_guardianship),
        )
        for method in ("get", "post")
    ],
]  # fmt: skip

IMPORTERS = PERSON_WRITERS


def an_import(cast, **values):
    return {"code": make_import(cast.bureau_officer, **values).code}


def an_import_row(cast):
    made = make_import(cast.bureau_officer)
    return {"code": made.code, "one": make_import_row(made, "conflict").code}


MATRIX += [
    Row("referrals:list_imports", IMPORTERS),
    *[Row("referrals:upload_import", IMPORTERS, method) for method in ("get", "post")],
    Row("referrals:import_template", IMPORTERS),
    *[
        Row(f"referrals:{name}", {"bureau_officer"}, method, an_import, unseen=IMPORTERS)
        for name, methods in (
            ("show_import", ("get",)), ("name_columns", ("get", "post")), ("check_import", ("post",)),
            ("choose_import", ("post",)), ("apply_import", ("post",)), ("undo_import", ("get", "post")),
            ("discard_import", ("get", "post")), ("download_marked", ("get",)),
        )
        for method in methods
    ],
    Row("api:people_imports", IMPORTERS),
    Row("api:people_imports", IMPORTERS, "post"),
    *[
        Row(f"api:{name}", {"bureau_officer"}, method, an_import, unseen=IMPORTERS)
        for name, method in (
            ("people_import", "get"), ("people_import_rows", "get"), ("apply_people_import", "post"),
            ("undo_people_import", "post"),
        )
    ],
    Row("referrals:choose_import_row", {"bureau_officer"}, "post", an_import_row, unseen=IMPORTERS),
]  # fmt: skip


def a_partner(cast):
    return {"code": make_exchange_partner(cast.bureau).code}


MATRIX += [
    Row("referrals:list_exchange", {"bureau_officer", "bureau_approver", "other_bureau_approver"}),
    *[
        Row("referrals:agree_exchange", {"bureau_approver", "other_bureau_approver"}, method)
        for method in ("get", "post")
    ],
    *[
        Row(
            "referrals:change_exchange", {"bureau_approver"}, method, a_partner,
            unseen={"other_bureau_approver"}, seen_by={"bureau_officer"},
        )
        for method in ("get", "post")
    ],
    *[
        Row("referrals:export_exchange", {"bureau_officer"}, method, a_partner, seen_by={"bureau_approver"})
        for method in ("get", "post")
    ],
]  # fmt: skip

MERGERS = {"bureau_officer", "bureau_approver"}
# The town's caseworker sees the person and may not merge.
MERGERS_ELSEWHERE = {"charity_reviewer", "other_bureau_approver"}


def a_pair(cast):
    return {"code": make_person(cast.town).code, "other": make_person(cast.town).code}


def a_merger(cast):
    return {"code": make_merger(make_person(cast.town), cast.bureau_officer).code}


MATRIX += [
    Row(
        "referrals:match_person", SEES_PERSON, arguments=a_person,
        unseen={"charity_reviewer", "charity_approver", "other_bureau_approver"},
    ),
    Row(
        "referrals:match_person", EDITS_PERSON, "post", a_person,
        unseen={"charity_reviewer", "charity_approver", "other_bureau_approver"},
    ),
]  # fmt: skip
MATRIX += [
    *[
        Row(f"referrals:{name}", MERGERS, method, arguments, unseen=MERGERS_ELSEWHERE)
        for name, arguments in (("find_duplicate", a_person), ("merge_people", a_pair), ("undo_merger", a_merger))
        for method in ("get", "post")
    ],
    Row("referrals:tell_apart", MERGERS, "post", a_pair, unseen=MERGERS_ELSEWHERE),
]


def a_consent(state="given"):
    def of(cast):
        person = make_person(cast.town)
        return {"code": make_consent(person, [cast.charity], actor=cast.bureau_officer, state=state).code}

    return of


def a_signed_consent(cast):
    person, picture = make_person(cast.town), SimpleUploadedFile("a.pdf", b"%PDF-1.4 %%EOF")
    draft = make_consent(person, [cast.charity], actor=cast.bureau_officer, state="draft")
    answer = an_answer(person, form="signed", check=draft.paper_check)
    file = uploads.check(picture, ("pdf",))
    return {"code": give_consent(cast.bureau_officer, draft, draft.version, answer, file).code}


def a_provision(cast, **values):
    return {"code": make_provision(cast.bureau_officer, make_person(cast.town), cast.charity, **values).code}


def an_ended_provision(cast):
    provision = make_provision(cast.bureau_officer, make_person(cast.town), cast.charity)
    end_provision(cast.bureau_officer, provision)
    return {"code": provision.code}


def a_child(cast):
    return a_person(cast, born=f"{timezone.localdate().year - 9}-01-01")


def a_minor_request(cast, **values):
    return {"code": make_minor_approval(cast.town_caseworker, **{"state": "asked", **values}).code}


def a_wording(state):
    def of(cast):
        values = {"state": state, "written_by": make_staff(organization=cast.bureau)}
        if state == "draft":
            values |= {"valid_from": None, "checksum": ""}
        return {"code": make_wording(area=cast.county, **values).code}

    return of


def a_data_agreement(cast):
    return {"code": make_data_agreement(cast.bureau, cast.charity).code}


def an_assessment(state="approved", **values):
    def of(cast):
        given = {"approved_by": None} if state == "draft" else {}
        return {"code": make_assessment(cast.bureau, state=state, **given, **values).code}

    return of


def an_assessment_with_file(cast):
    return an_assessment(file_key=uploads.store_stream(BytesIO(b"%PDF-1.4")), file_name="a.pdf", file_size=8)(cast)


SEES_CONSENT = {"bureau_officer", "bureau_approver", "town_caseworker", "city_supervisor"}
CONSENT_VIEWERS_ELSEWHERE = {"charity_reviewer", "charity_approver", "other_bureau_approver"}
RECORDS_CONSENT = {"bureau_officer", "town_caseworker"}
WITHDRAWS_CONSENT = {"bureau_officer", "town_caseworker", "bureau_approver"}
RECEIVERS = {
    "bureau_officer", "bureau_approver", "town_caseworker", "charity_reviewer", "charity_approver",
    "other_bureau_approver",
}  # fmt: skip
CHARITY_RECEIVERS = {"charity_reviewer", "charity_approver"}
ASKS_FOR_MINORS = RECEIVERS | {"city_supervisor"}
APPROVES_MINORS = {
    "bureau_approver", "other_bureau_approver", "charity_approver", "charity_admin", "other_charity_admin",
}  # fmt: skip
WRITES_WORDINGS = {"bureau_officer", "bureau_approver", "other_bureau_approver"}
SEES_ASSESSMENTS = {
    "bureau_officer", "bureau_approver", "city_supervisor", "charity_reviewer", "charity_approver", "charity_admin",
    "other_charity_admin", "other_bureau_approver",
}  # fmt: skip
WRITES_ASSESSMENTS = {"bureau_officer", "bureau_approver", "other_bureau_approver", "charity_reviewer"}
APPROVES_ASSESSMENTS = {
    "bureau_approver", "other_bureau_approver", "charity_approver", "charity_admin", "other_charity_admin",
}  # fmt: skip

MATRIX += [
    *[
        Row(f"referrals:{name}", SEES_CONSENT, arguments=arguments, unseen=CONSENT_VIEWERS_ELSEWHERE)
        for name, arguments in (
            ("list_consents", a_person), ("show_consent", a_consent()), ("show_consent", a_consent("draft")),
            ("print_consent", a_consent()), ("list_disclosures", a_person),
        )
    ],
    Row(
        "referrals:download_consent", SEES_CONSENT - {"city_supervisor"}, arguments=a_signed_consent,
        unseen=CONSENT_VIEWERS_ELSEWHERE | {"city_supervisor"},
    ),
    *[
        Row(f"referrals:{name}", RECORDS_CONSENT, method, arguments, unseen={"charity_reviewer"})
        for name, arguments in (
            ("begin_consent", a_person), ("scope_consent", a_consent("begun")), ("give_consent", a_consent("draft")),
            ("refuse_consent", a_consent("draft")), ("discard_consent", a_consent("draft")),
            ("provide_information", a_consent()), ("end_provision", a_provision),
        )
        for method in ("get", "post")
    ],
    *[
        Row(
            "referrals:withdraw_consent", WITHDRAWS_CONSENT, method, a_consent(), unseen=CONSENT_VIEWERS_ELSEWHERE,
        )
        for method in ("get", "post")
    ],
    Row("referrals:list_ending_consents", {"bureau_officer", "town_caseworker", "charity_reviewer"}),
    Row("referrals:list_received", RECEIVERS),
    Row("referrals:show_received", CHARITY_RECEIVERS, arguments=a_provision, unseen=RECEIVERS),
    *[
        Row("referrals:confirm_deletion", CHARITY_RECEIVERS, method, an_ended_provision, unseen=RECEIVERS)
        for method in ("get", "post")
    ],
    Row("referrals:list_minor_access", ASKS_FOR_MINORS | APPROVES_MINORS),
    *[Row("referrals:ask_all_minor_access", ASKS_FOR_MINORS, method) for method in ("get", "post")],
    *[
        Row("referrals:ask_minor_access", SEES_CONSENT, method, a_child, unseen=ASKS_FOR_MINORS)
        for method in ("get", "post")
    ],
    *[
        Row(f"referrals:{name}", {"bureau_approver"}, method, a_minor_request, unseen=APPROVES_MINORS)
        for name in ("approve_minor_access", "decline_minor_access")
        for method in ("get", "post")
    ],
    *[
        Row(
            "referrals:end_minor_access", {"town_caseworker", "bureau_approver"}, method,
            lambda cast: a_minor_request(cast, state="approved"), unseen=ASKS_FOR_MINORS | APPROVES_MINORS,
        )
        for method in ("get", "post")
    ],
    Row("referrals:list_wordings", SIGNED_IN),
    Row("referrals:show_wording", SIGNED_IN, arguments=lambda cast: {"code": make_wording().code}),
    *[Row("referrals:start_wording", WRITES_WORDINGS, method) for method in ("get", "post")],
    *[
        Row(
            f"referrals:{name}", allowed, method, a_wording(state), unseen={"other_bureau_approver"},
        )
        for name, state, allowed in (
            ("edit_wording", "draft", BUREAU), ("discard_wording", "draft", BUREAU),
            ("release_wording", "draft", BUREAU_LEAD), ("retire_wording", "released", BUREAU_LEAD),
        )
        for method in ("get", "post")
    ],
    Row("referrals:list_data_agreements", SIGNED_IN),
    *[Row("referrals:add_data_agreement", ANY_AGREEMENT_EDITOR, method) for method in ("get", "post")],
    *[
        Row(
            "referrals:end_data_agreement", AGREEMENT_EDITORS, method, a_data_agreement, unseen=AGREEMENT_STRANGERS,
        )
        for method in ("get", "post")
    ],
    Row("referrals:list_assessments", SEES_ASSESSMENTS),
    *[
        Row(
            f"referrals:{name}", BUREAU | {"city_supervisor"}, arguments=arguments, unseen=SEES_ASSESSMENTS,
        )
        for name, arguments in (
            ("show_assessment", an_assessment()), ("download_assessment", an_assessment_with_file),
        )
    ],
    *[Row("referrals:write_assessment", WRITES_ASSESSMENTS, method) for method in ("get", "post")],
    *[
        Row("referrals:edit_assessment", BUREAU, method, an_assessment("draft"), unseen=WRITES_ASSESSMENTS)
        for method in ("get", "post")
    ],
    *[
        Row("referrals:approve_assessment", BUREAU_LEAD, method, an_assessment("draft"), unseen=APPROVES_ASSESSMENTS)
        for method in ("get", "post")
    ],
    *[Row("referrals:look_up_consent", EVERYONE, method) for method in ("get", "post")],
    Row("referrals:show_own_consent", EVERYONE),
    *[Row("referrals:withdraw_own_consent", EVERYONE, method) for method in ("get", "post")],
]  # fmt: skip


FILES_LEADS = {
    "bureau_officer", "bureau_approver", "town_caseworker", "charity_reviewer", "charity_approver",
    "other_bureau_approver",
}  # fmt: skip
# Filed by the charity, about somebody in the town: seen by both, and by the county.
SEES_LEAD = FILES_LEADS - {"other_bureau_approver"}
TRIAGES = {"bureau_officer", "town_caseworker"}


def a_lead(cast, **values):
    return {"code": make_lead(cast.charity_reviewer, cast.town_area, **values).code}


def a_closed_lead(cast):
    return a_lead(cast, state="closed", closing="moved")


def a_photo(cast):
    lead = make_lead(cast.charity_reviewer, cast.town_area)
    return {"code": lead.code, "photo": make_lead_photo(lead).code}


MATRIX += [
    Row("referrals:list_leads", FILES_LEADS),
    Row("referrals:count_finders", FILES_LEADS),
    Row("referrals:list_my_leads", FILES_LEADS),
    *[Row("referrals:file_lead", FILES_LEADS, method) for method in ("get", "post")],
    Row("referrals:show_lead", SEES_LEAD, arguments=a_lead, unseen={"other_bureau_approver"}),
    Row("referrals:show_lead_photo", SEES_LEAD, arguments=a_photo, unseen={"other_bureau_approver"}),
    Row("referrals:take_lead", TRIAGES, "post", a_lead),
    *[
        Row(f"referrals:{name}", TRIAGES, method, a_lead)
        for name in ("link_lead", "register_from_lead", "mark_duplicate", "close_lead", "pass_lead")
        for method in ("get", "post")
    ],
    *[Row("referrals:reopen_lead", TRIAGES, method, a_closed_lead) for method in ("get", "post")],
]  # fmt: skip


def a_subject_request(cast):
    person = make_person(cast.town)
    values = {"kind": "copy", "applicant": "self", "identity_check": "核对身份证", "received_on": timezone.localdate()}
    return {"code": receive_request(cast.bureau_officer, person, values).code}


def a_purge_order(cast):
    return {"code": order_purge(cast.bureau_officer, make_person(cast.town), "保存期满").code}


def an_incident(cast):
    return {"code": make_incident(cast.bureau_approver, receiver=cast.charity).code}


ANSWERS_REQUESTS = {"bureau_officer", "bureau_approver"}
ANSWERERS_ELSEWHERE = {"charity_approver", "other_bureau_approver"}
PURGERS_ELSEWHERE = ANSWERERS_ELSEWHERE | {"charity_reviewer"}
SEES_INCIDENTS = CONSENT_VIEWERS_ELSEWHERE | {"bureau_officer", "bureau_approver", "city_supervisor"}
INCIDENT_EDITORS = {"bureau_approver", "other_bureau_approver", "charity_approver"}

MATRIX += [
    Row("referrals:list_requests", SEES_CONSENT | CONSENT_VIEWERS_ELSEWHERE),
    Row("referrals:show_rights", SEES_CONSENT, arguments=a_person, unseen=CONSENT_VIEWERS_ELSEWHERE),
    *[
        Row("referrals:receive_request", RECORDS_CONSENT, method, a_person, unseen={"charity_reviewer"})
        for method in ("get", "post")
    ],
    *[
        Row(f"referrals:{name}", ANSWERS_REQUESTS, method, arguments, unseen=ANSWERERS_ELSEWHERE)
        for name, method, arguments in (
            ("answer_request", "get", a_subject_request), ("answer_request", "post", a_subject_request),
            ("show_copy", "get", a_person), ("export_copy", "post", a_person),
        )
    ],
    *[
        Row("referrals:set_retention", {"bureau_approver"}, method, a_person, unseen=ANSWERERS_ELSEWHERE)
        for method in ("get", "post")
    ],
    *[
        Row(f"referrals:{name}", ANSWERS_REQUESTS, method, arguments, unseen=PURGERS_ELSEWHERE)
        for name, arguments in (("order_purge", a_person), ("call_off_purge", a_purge_order))
        for method in ("get", "post")
    ],
    Row("referrals:confirm_purge", ANSWERS_REQUESTS, arguments=a_purge_order, unseen=PURGERS_ELSEWHERE),
    Row("referrals:list_incidents", SEES_INCIDENTS),
    Row(
        "referrals:show_incident", {"bureau_officer", "bureau_approver", "city_supervisor"}, arguments=an_incident,
        unseen=SEES_INCIDENTS,
    ),
    *[Row("referrals:record_incident", INCIDENT_EDITORS, method) for method in ("get", "post")],
    *[
        Row(f"referrals:{name}", {"bureau_approver"}, method, an_incident, unseen=INCIDENT_EDITORS)
        for name in ("edit_incident", "close_incident")
        for method in ("get", "post")
    ],
]  # fmt: skip


VISIT_VIEWERS = FILES_LEADS | {"city_supervisor"}


def a_need(cast):
    return {"code": make_need(make_person(cast.town)).code}


def a_visit(cast):
    return {"code": make_visit(make_person(cast.town)).code}


def a_visit_photo(cast):
    visit = make_visit(make_person(cast.town))
    return {"code": visit.code, "photo": make_visit_photo(visit).code}


def a_visit_round(cast):
    return {"code": make_visit_round(cast.bureau).code}


MATRIX += [
    Row("referrals:list_needs", PERSON_VIEWERS),
    Row("referrals:total_needs", PERSON_VIEWERS),
    Row("referrals:export_needs", FILES_LEADS, "post"),
    Row(
        "referrals:show_need", SEES_PERSON, arguments=a_need,
        unseen={"charity_reviewer", "charity_approver", "other_bureau_approver"},
    ),
    *[
        Row(f"referrals:{name}", EDITS_PERSON, method, arguments, unseen=EDITORS_ELSEWHERE)
        for name, arguments in (
            ("add_need", a_person), ("change_need", a_need), ("move_need", a_need), ("record_visit", a_person),
        )
        for method in ("get", "post")
    ],
    *[Row(f"referrals:{name}", VISIT_VIEWERS) for name in ("list_visits", "list_gaps", "list_visit_rounds")],
    *[
        Row("referrals:record_area_visit", FILES_LEADS - {"bureau_approver", "other_bureau_approver"}, method)
        for method in ("get", "post")
    ],
    *[Row("referrals:begin_visit_round", TRIAGES, method) for method in ("get", "post")],
    Row(
        "referrals:show_visit_round", VISIT_VIEWERS - {"other_bureau_approver"}, arguments=a_visit_round,
        unseen=VISIT_VIEWERS,
    ),
    Row("referrals:show_visit", SEES_PERSON, arguments=a_visit, unseen=VISIT_VIEWERS),
    Row(
        "referrals:show_visit_photo", SEES_PERSON - {"city_supervisor"}, arguments=a_visit_photo, unseen=VISIT_VIEWERS,
    ),
]  # fmt: skip


def a_check(state):
    """Asked by the charity of the county's bureau, about somebody the bureau keeps."""

    def of(cast):
        key = uploads.store_stream(BytesIO(b"%PDF-1.4"))
        return {"code": make_check(make_person(cast.bureau), cast.charity, state=state, file_key=key).code}

    return of


SEES_CHECK = {"bureau_officer", "bureau_approver", "charity_reviewer", "charity_approver"}
CHECK_VIEWERS = SEES_CHECK | {"town_caseworker", "other_bureau_approver"}
# They see checks, and these not.
CHECKS_ELSEWHERE = {"town_caseworker", "other_bureau_approver"}
SCREENERS = {"bureau_officer", "bureau_approver", "town_caseworker", "other_bureau_approver"}

MATRIX += [
    Row("referrals:list_screening", SCREENERS),
    *[
        Row(
            "referrals:review_entry", EDITS_PERSON, method,
            lambda cast: {**a_person(cast), "which": "not_visited"}, unseen=EDITORS_ELSEWHERE,
        )
        for method in ("get", "post")
    ],
    Row("referrals:list_checks", CHECK_VIEWERS),
    Row("referrals:show_check", SEES_CHECK, arguments=a_check("asked"), unseen=CHECKS_ELSEWHERE),
    Row("referrals:download_authorization", SEES_CHECK, arguments=a_check("asked"), unseen=CHECKS_ELSEWHERE),
    *[
        Row("referrals:note_contact", SEES_CHECK, method, a_check("asked"), unseen=CHECKS_ELSEWHERE)
        for method in ("get", "post")
    ],
    *[
        Row(f"referrals:{name}", {"bureau_officer"}, method, a_check("asked"))
        for name in ("write_report", "decline_check")
        for method in ("get", "post")
    ],
    Row("referrals:sign_report", {"bureau_approver"}, "post", a_check("written"), unseen={"other_bureau_approver"}),
    *[
        Row(
            "referrals:return_report", {"bureau_approver"}, method, a_check("written"),
            unseen={"other_bureau_approver"},
        )
        for method in ("get", "post")
    ],
    *[
        Row("referrals:ask_check", EDITS_PERSON, method, a_person, unseen={"charity_reviewer"})
        for method in ("get", "post")
    ],
]  # fmt: skip

# Third-party views, tried in tests of their own (tests/members/test_sign_in.py).
FOREIGN = ("account_", "mfa_", "usersessions_", "socialaccount_", "openid_connect_")


def is_ours(route):
    """Sign-in pages of the library are tried in tests/members/test_sign_in.py."""
    return not route.startswith("accounts/")


def test_every_url_is_in_the_table():
    known = {row.name.split(":")[-1] for row in MATRIX}
    missing = [route for route, entry in patterns() if is_ours(route) and entry.name not in known]
    assert missing == []


@pytest.mark.parametrize("row", MATRIX, ids=lambda row: f"{row.method} {row.name}")
def test_who_may(row, cast, browse):
    url = reverse(row.name, kwargs=row.arguments(cast))
    seen = {}
    for person in PEOPLE:
        response = getattr(browse(cast[person]), row.method)(url)
        seen[person] = response.status_code
        if person == "anonymous" and response.status_code == 302:
            seen[person] = 401 if "/accounts/login" in response.headers["Location"] else 302
    refused = {p: 403 if p in row.seen_by else row.refused for p in PEOPLE if p not in row.allowed}
    refused |= {"anonymous": 401} if "anonymous" in refused else {}
    refused |= dict.fromkeys(row.unseen - row.allowed, 404)
    let_through = {p for p, status in seen.items() if status in {200, 302, 400, 409, 415, 422, 428, 503}}
    assert let_through == row.allowed
    assert {p: seen[p] for p in refused} == refused
