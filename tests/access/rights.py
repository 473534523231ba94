"""Who may open the pages of a person's own rights, of purges and incidents."""

from django.utils import timezone

from referrals.actions.purges import order_purge
from referrals.actions.subject_requests import receive_request
from tests.access.rows import CONSENT_VIEWERS_ELSEWHERE, RECORDS_CONSENT, SEES_CONSENT, Row, a_person
from tests.make.people import make_incident, make_person


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
SEES_INCIDENTS = CONSENT_VIEWERS_ELSEWHERE - {"partner_agent"} | ANSWERS_REQUESTS | {"city_supervisor"}
INCIDENT_EDITORS = {"bureau_approver", "other_bureau_approver", "charity_approver", "member_officer"}
ROWS = [
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
    Row("referrals:list_retention", ANSWERS_REQUESTS | PURGERS_ELSEWHERE | {"member_officer"}),
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
