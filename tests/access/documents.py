"""Who may open papers of people: those whose house keeps the person; of others, whom a consent covers."""

from functools import cache
from io import BytesIO

from PIL import Image

from portal.lib import uploads
from tests.access.consents import CHARITY_RECEIVERS, RECEIVERS, a_provision
from tests.access.rows import EDITORS_ELSEWHERE, EDITS_PERSON, Row, a_person
from tests.make.people import make_document, make_person

OPENS_PAPER = {"bureau_officer", "bureau_approver", "town_caseworker"}
OPENERS_ELSEWHERE = {"charity_reviewer", "charity_approver", "other_bureau_approver"}


def a_document(cast, **values):
    values = {
        "file_kind": "jpg",
        "content": a_picture(),
        "preview_key": uploads.store_stream(BytesIO(a_picture())),
    } | values
    return {"code": make_document(make_person(cast.town), **values).code}


@cache
def a_picture():
    target = BytesIO()
    Image.new("RGB", (4, 3), "white").save(target, "JPEG")
    return target.getvalue()


ROWS = [
    *[
        Row(f"referrals:{name}", OPENS_PAPER, arguments=a_person, unseen=OPENERS_ELSEWHERE)
        for name in ("list_documents", "list_wanted_papers")
    ],
    *[
        Row(f"referrals:{name}", OPENS_PAPER, arguments=a_document, unseen=OPENERS_ELSEWHERE)
        for name in ("show_document", "download_document", "view_document", "preview_document")
    ],
    *[
        Row("referrals:add_documents", EDITS_PERSON, method, a_person, unseen=EDITORS_ELSEWHERE)
        for method in ("get", "post")
    ],
    *[
        Row(f"referrals:{name}", EDITS_PERSON, method, a_document, unseen=EDITORS_ELSEWHERE)
        for name in ("change_document", "put_aside_document", "take_back_document")
        for method in ("get", "post")
    ],
    Row("api:documents", OPENS_PAPER, arguments=a_person, unseen=OPENERS_ELSEWHERE),
    Row("api:documents", EDITS_PERSON, "post", a_person, unseen=EDITORS_ELSEWHERE),
    Row("api:document_file", OPENS_PAPER, arguments=a_document, unseen=OPENERS_ELSEWHERE),
    Row("api:put_aside_document", EDITS_PERSON, "post", a_document, unseen=EDITORS_ELSEWHERE),
    Row("api:received_documents", CHARITY_RECEIVERS, arguments=a_provision, unseen=RECEIVERS),
]  # fmt: skip
