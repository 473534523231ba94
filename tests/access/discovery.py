"""Who may open the pages of leads, needs, visits, screening lists and checks."""

from io import BytesIO

from portal.lib import uploads
from tests.access.rows import EDITORS_ELSEWHERE, EDITS_PERSON, PERSON_VIEWERS, SEES_PERSON, Row, a_person, a_program
from tests.make.people import (
    make_check,
    make_lead,
    make_lead_photo,
    make_need,
    make_person,
    make_visit,
    make_visit_photo,
    make_visit_round,
)

FILES_LEADS = {
    "bureau_officer", "bureau_approver", "town_caseworker", "charity_reviewer", "charity_approver",
    "other_bureau_approver", "member_officer", "partner_agent",
}  # fmt: skip
# Filed by the charity, about somebody in the town: seen by both, and by the county.
SEES_LEAD = FILES_LEADS - {"other_bureau_approver", "member_officer", "partner_agent"}
TRIAGES = {"bureau_officer", "town_caseworker"}


def a_lead(cast, **values):
    return {"code": make_lead(cast.charity_reviewer, cast.town_area, **values).code}


def a_closed_lead(cast):
    return a_lead(cast, state="closed", closing="moved")


def a_photo(cast):
    lead = make_lead(cast.charity_reviewer, cast.town_area)
    return {"code": lead.code, "photo": make_lead_photo(lead).code}


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


def a_check(state):
    """Asked by the charity of the county's bureau, about somebody the bureau keeps."""

    def of(cast):
        key = uploads.store_stream(BytesIO(b"%PDF-1.4"))
        return {"code": make_check(make_person(cast.bureau), cast.charity, state=state, file_key=key).code}

    return of


SEES_CHECK = {"bureau_officer", "bureau_approver", "charity_reviewer", "charity_approver"}
CHECK_VIEWERS = SEES_CHECK | {"town_caseworker", "other_bureau_approver", "member_officer", "partner_agent"}
# They see checks, and these not.
CHECKS_ELSEWHERE = {"town_caseworker", "other_bureau_approver"}
SCREENERS = {"bureau_officer", "bureau_approver", "town_caseworker", "other_bureau_approver"}
ROWS = [
    Row("referrals:list_leads", FILES_LEADS),
    Row("referrals:count_finders", FILES_LEADS),
    Row("referrals:list_my_leads", FILES_LEADS | {"finder"}),
    *[Row("referrals:file_lead", FILES_LEADS | {"finder"}, method) for method in ("get", "post")],
    Row("referrals:show_lead", SEES_LEAD, arguments=a_lead, unseen={"other_bureau_approver"}),
    Row("referrals:show_lead_photo", SEES_LEAD, arguments=a_photo, unseen={"other_bureau_approver"}),
    Row("referrals:take_lead", TRIAGES, "post", a_lead),
    *[
        Row(f"referrals:{name}", TRIAGES, method, a_lead)
        for name in ("link_lead", "register_from_lead", "mark_duplicate", "close_lead", "pass_lead")
        for method in ("get", "post")
    ],
    *[Row("referrals:reopen_lead", TRIAGES, method, a_closed_lead) for method in ("get", "post")],
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
    Row("referrals:list_screening", SCREENERS),
    *[
        Row(
            "referrals:review_entry", EDITS_PERSON, method,
            lambda cast: {**a_person(cast), "which": "not_visited"}, unseen=EDITORS_ELSEWHERE,
        )
        for method in ("get", "post")
    ],
    *[
        Row(
            "referrals:review_fit", EDITS_PERSON, method,
            lambda cast: {**a_person(cast), "program": a_program(cast)["code"]}, unseen=EDITORS_ELSEWHERE,
        )
        for method in ("get", "post")
    ],
    Row("referrals:list_checks", CHECK_VIEWERS),
    Row("referrals:show_check", SEES_CHECK, arguments=a_check("asked"), unseen=CHECKS_ELSEWHERE),
    # Whoever asked reads it only under a consent that covers them: tests/referrals/test_attacks_consents.py.
    Row(
        "referrals:download_authorization", {"bureau_officer", "bureau_approver"}, arguments=a_check("asked"),
        unseen=CHECKS_ELSEWHERE,
    ),
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
