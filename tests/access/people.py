"""Who may open the pages of people and households, and those that bring them in."""

from tests.access.rows import EDITORS_ELSEWHERE, EDITS_PERSON, PERSON_VIEWERS, SEES_PERSON, Row, a_person
from tests.make.people import (
    make_category,
    make_exchange_partner,
    make_government_aid,
    make_guardianship,
    make_import,
    make_import_row,
    make_merger,
    make_person,
)

IMPORTERS = {"bureau_officer", "town_caseworker", "charity_reviewer", "member_officer"}
PERSON_WRITERS = IMPORTERS | {"partner_agent"}


def a_page_of_facts(cast):
    return {**a_person(cast), "group": "hardship"}


def of_a_person(make, **values):
    return lambda cast: {"code": make(make_person(cast.town), **values).code}


UNMASKS_PERSON = {"bureau_officer", "bureau_approver", "town_caseworker"}
UNMASKERS_ELSEWHERE = {"charity_reviewer", "charity_approver", "other_bureau_approver"}


def an_import(cast, **values):
    return {"code": make_import(cast.bureau_officer, **values).code}


def an_import_row(cast):
    made = make_import(cast.bureau_officer)
    return {"code": made.code, "one": make_import_row(made, "conflict").code}


def a_partner(cast):
    return {"code": make_exchange_partner(cast.bureau).code}


MERGERS = {"bureau_officer", "bureau_approver"}
# The town's caseworker sees the person and may not merge.
MERGERS_ELSEWHERE = {"charity_reviewer", "other_bureau_approver"}


def a_pair(cast):
    return {"code": make_person(cast.town).code, "other": make_person(cast.town).code}


def a_merger(cast):
    return {"code": make_merger(make_person(cast.town), cast.bureau_officer).code}


ROWS = [
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
    Row(
        "referrals:match_person", SEES_PERSON, arguments=a_person,
        unseen={"charity_reviewer", "charity_approver", "other_bureau_approver"},
    ),
    Row(
        "referrals:match_person", EDITS_PERSON, "post", a_person,
        unseen={"charity_reviewer", "charity_approver", "other_bureau_approver"},
    ),
    *[
        Row(f"referrals:{name}", MERGERS, method, arguments, unseen=MERGERS_ELSEWHERE)
        for name, arguments in (("find_duplicate", a_person), ("merge_people", a_pair), ("undo_merger", a_merger))
        for method in ("get", "post")
    ],
    Row("referrals:tell_apart", MERGERS, "post", a_pair, unseen=MERGERS_ELSEWHERE),
]  # fmt: skip
