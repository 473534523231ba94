"""Who may open the pages of consents, provisions and minors."""

from io import BytesIO

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from portal.lib import uploads
from referrals.actions.consents import give_consent
from referrals.actions.provisions import end_provision
from tests.access.people import PERSON_WRITERS
from tests.access.rows import (
    AGREEMENT_EDITORS,
    AGREEMENT_STRANGERS,
    ANY_AGREEMENT_EDITOR,
    BUREAU,
    BUREAU_LEAD,
    CONSENT_VIEWERS_ELSEWHERE,
    EVERYONE,
    RECORDS_CONSENT,
    SEES_CONSENT,
    SIGNED_IN,
    Row,
    a_person,
)
from tests.make.people import (
    an_answer,
    make_assessment,
    make_consent,
    make_data_agreement,
    make_minor_approval,
    make_person,
    make_provision,
    make_wording,
)
from tests.make.units import make_staff


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
    child = make_person(cast.town, born=f"{timezone.localdate().year - 9}-01-01")
    return {"code": make_minor_approval(cast.town_caseworker, child, **{"state": "asked", **values}).code}


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


WITHDRAWS_CONSENT = {"bureau_officer", "town_caseworker", "bureau_approver"}
RECEIVERS = {
    "bureau_officer", "bureau_approver", "town_caseworker", "charity_reviewer", "charity_approver",
    "other_bureau_approver", "member_officer", "partner_agent",
}  # fmt: skip
CHARITY_RECEIVERS = {"charity_reviewer", "charity_approver"}
ASKS_FOR_MINORS = RECEIVERS | {"city_supervisor"}
APPROVES_MINORS = {
    "bureau_approver", "other_bureau_approver", "charity_approver", "charity_admin", "other_charity_admin",
}  # fmt: skip
WRITES_WORDINGS = {"bureau_officer", "bureau_approver", "other_bureau_approver"}
SEES_ASSESSMENTS = {
    "bureau_officer", "bureau_approver", "city_supervisor", "charity_reviewer", "charity_approver", "charity_admin",
    "other_charity_admin", "other_bureau_approver", "member_officer",
}  # fmt: skip
WRITES_ASSESSMENTS = {
    "bureau_officer", "bureau_approver", "other_bureau_approver", "charity_reviewer", "member_officer",
}  # fmt: skip
APPROVES_ASSESSMENTS = {
    "bureau_approver", "other_bureau_approver", "charity_approver", "charity_admin", "other_charity_admin",
}  # fmt: skip
ROWS = [
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
    Row("referrals:list_ending_consents", PERSON_WRITERS),
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
    Row("referrals:close_own_consent", EVERYONE, "post"),
]  # fmt: skip
