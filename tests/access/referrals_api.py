"""Who may use the API of referrals: those who may open the pages. Of the moves one for each side stands here; every
cell of the table is tried where the table is."""

from tests.access.referrals import (
    ON_DESKS,
    RECEIVERS,
    SEES_REFERRAL,
    SENDERS,
    UNSEEN,
    WRITERS,
    a_draft,
    a_referral,
    an_approval,
)
from tests.access.rows import SIGNED_IN, Row


def moved_by(verb):
    return lambda cast: {**a_referral(cast), "verb": verb}


ROWS = [
    Row("api:workflow", SIGNED_IN),
    Row("api:referrals", ON_DESKS),
    Row("api:referrals", WRITERS, "post"),
    *[
        Row(f"api:{name}", SEES_REFERRAL, arguments=a_referral, unseen=UNSEEN)
        for name in ("referral", "referral_steps", "referral_fhir")
    ],
    *[
        Row(f"api:{name}", SENDERS, method, a_draft, unseen=UNSEEN | RECEIVERS)
        for name, method in (("referral", "patch"), ("referral_preview", "get"), ("discard_draft", "post"))
    ],
    Row("api:referral_fhir", SEES_REFERRAL, "post", a_referral, unseen=UNSEEN),
    Row("api:move_referral", RECEIVERS, "post", moved_by("sign"), unseen=UNSEEN),
    Row("api:move_referral", SENDERS, "post", moved_by("cancel"), unseen=UNSEEN),
    Row(
        "api:decide_referral_approval", SENDERS, "post", an_approval,
        unseen=RECEIVERS | UNSEEN | {"city_supervisor"},
    ),
]  # fmt: skip
