"""Who may open the pages of the catalogue, the funds and the offers."""

from io import BytesIO

from portal.lib import uploads
from programs.actions.imports import upload_programs
from programs.exports import write_workbook
from programs.facts import VOCABULARY
from programs.models import FundImport, FundRules, WorkBudget
from tests.access.rows import (
    ANY_FUND_KEEPER,
    ANY_FUND_VIEWER,
    ANY_LEAD,
    BUREAU,
    CHARITY_SUPPLIERS,
    EVERYONE,
    FUND_KEEPERS,
    SEES_FUND,
    SIGNED_IN,
    SUPPLIERS,
    TAKERS,
    Row,
    a_fund,
    a_program,
    a_version,
    an_activity,
    an_offer,
)
from tests.make.catalogue import (
    definition_of,
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
    make_round,
    make_taking,
    make_wish,
)


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


FUND_APPROVERS = {"charity_approver"}


def a_taking(cast):
    """By the bureau, of what the charity gives."""
    return {"code": make_taking(make_offer(cast.charity), cast.bureau_officer).code}


def a_wish(state="open", **values):
    return lambda cast: {"code": make_wish(cast.charity, state, **values).code}


def a_request(cast):
    """Of the charity, asked of the bureau."""
    return {"code": make_request(make_activity(cast.charity), cast.bureau).code}


def a_printed_form(cast):
    return {"code": make_program(cast.charity).code, "number": 1}


CATALOGUE = {"catalogue_admin"}
COUNT_FITS = {
    "bureau_officer", "bureau_approver", "other_bureau_approver", "town_caseworker", "charity_reviewer",
    "charity_approver", "catalogue_admin", "city_supervisor", "member_officer", "liaison_officer",
}  # fmt: skip
ROWS = [
    *[Row("programs:find_programs", EVERYONE, method) for method in ("get", "post")],
    Row("programs:list_public_programs", EVERYONE),
    Row("programs:show_public_program", EVERYONE, arguments=a_program),
    Row("programs:show_public_form", EVERYONE, arguments=a_printed_form),
    Row("programs:show_public_version", EVERYONE, arguments=a_version("released")),
    Row("programs:show_public_version", set(), arguments=a_version("draft"), refused=404, unseen={"anonymous"}),
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
    *[Row("programs:create_fund", ANY_FUND_KEEPER, method) for method in ("get", "post")],
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
        Row(f"programs:{name}", FUND_KEEPERS, method, a_fund, unseen=ANY_FUND_KEEPER)
        for name in ("edit_fund", "close_fund", "set_fund_rules", "commit_money")
        for method in ("get", "post")
    ],
    Row("programs:reopen_fund", FUND_KEEPERS, "post", a_fund, unseen=ANY_FUND_KEEPER),
    Row("programs:confirm_fund", FUND_KEEPERS, "post", a_fund, unseen=ANY_FUND_KEEPER),
    *[
        Row("programs:release_commitment", FUND_KEEPERS, method, a_commitment, unseen=ANY_FUND_KEEPER)
        for method in ("get", "post")
    ],
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
    *[Row("programs:create_budget", ANY_FUND_KEEPER | ANY_LEAD, method) for method in ("get", "post")],
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
        Row(f"programs:{verb}", CHARITY_SUPPLIERS, method, an_offer)
        for verb in ("edit_offer", "set_offer_condition", "withdraw_offer")
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
]  # fmt: skip
