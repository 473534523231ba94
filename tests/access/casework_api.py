"""Who may use the API of people, needs, visits, checks and consents: those who may open the pages."""

from tests.access import referrals_api
from tests.access.consents import CHARITY_RECEIVERS, RECEIVERS, a_consent, a_provision
from tests.access.discovery import CHECK_VIEWERS, CHECKS_ELSEWHERE, SEES_CHECK, VISIT_VIEWERS, a_check, a_need
from tests.access.people import PERSON_WRITERS
from tests.access.rows import (
    CONSENT_VIEWERS_ELSEWHERE,
    EDITORS_ELSEWHERE,
    EDITS_PERSON,
    PERSON_VIEWERS,
    RECORDS_CONSENT,
    SEES_CONSENT,
    SEES_PERSON,
    Row,
    a_person,
)

VIEWERS_ELSEWHERE = PERSON_VIEWERS - SEES_PERSON
WITHDRAWS_CONSENT = RECORDS_CONSENT | {"bureau_approver"}

ROWS = [
    Row("api:people", PERSON_VIEWERS),
    Row("api:people", PERSON_WRITERS, "post"),
    Row("api:find_people", PERSON_VIEWERS, "post"),
    *[Row(f"api:{name}", SEES_PERSON, arguments=a_person, unseen=VIEWERS_ELSEWHERE) for name in (
        "person", "person_facts", "person_needs", "person_visits",
    )],
    Row("api:person", EDITS_PERSON, "patch", a_person, unseen=EDITORS_ELSEWHERE),
    *[
        Row(f"api:{name}", EDITS_PERSON, "post", a_person, unseen=EDITORS_ELSEWHERE)
        for name in ("verify_person", "person_facts", "person_needs", "person_visits")
    ],
    Row("api:needs", PERSON_VIEWERS),
    Row("api:need", SEES_PERSON, arguments=a_need, unseen=VIEWERS_ELSEWHERE),
    Row("api:need", EDITS_PERSON, "patch", a_need, unseen=EDITORS_ELSEWHERE),
    Row("api:move_need", EDITS_PERSON, "post", a_need, unseen=EDITORS_ELSEWHERE),
    Row("api:visits", VISIT_VIEWERS),
    Row("api:checks", CHECK_VIEWERS),
    Row("api:check", SEES_CHECK, arguments=a_check("delivered"), unseen=CHECKS_ELSEWHERE),
    Row("api:ask_check", EDITS_PERSON, "post", a_person, unseen=EDITORS_ELSEWHERE),
    Row("api:consents", SEES_CONSENT, arguments=a_person, unseen=CONSENT_VIEWERS_ELSEWHERE),
    Row("api:consents", RECORDS_CONSENT, "post", a_person, unseen={"charity_reviewer"}),
    *[
        Row(f"api:{name}", SEES_CONSENT, arguments=a_consent("given"), unseen=CONSENT_VIEWERS_ELSEWHERE)
        for name in ("consent", "consent_paper")
    ],
    Row("api:consent", RECORDS_CONSENT, "patch", a_consent("draft"), unseen={"charity_reviewer"}),
    *[
        Row(f"api:{name}", RECORDS_CONSENT, "post", a_consent("draft"), unseen={"charity_reviewer"})
        for name in ("give_consent", "refuse_consent")
    ],
    Row("api:received", RECEIVERS),
    Row("api:one_received", CHARITY_RECEIVERS, arguments=a_provision, unseen=RECEIVERS),
    Row("api:confirm_received_deletion", CHARITY_RECEIVERS, "post", a_provision, unseen=RECEIVERS),
    Row(
        "api:withdraw_consent", WITHDRAWS_CONSENT, "post", a_consent("given"),
        unseen=CONSENT_VIEWERS_ELSEWHERE,
    ),
]  # fmt: skip
ROWS += referrals_api.ROWS
