"""Who may use the API of lists: those who may open the pages."""

from tests.access.batches import (
    DECIDES,
    ELSEWHERE,
    LIST_VIEWERS,
    MAKES_LISTS,
    SEES_LIST,
    WRITES,
    a_draft,
    a_signed_frozen,
)
from tests.access.rows import Row

EXPORTERS = WRITES | DECIDES | {"charity_finance"}


def a_deed(verb):
    return lambda cast: {**a_draft(cast), "verb": verb}


def a_list(cast):
    return {"code": a_signed_frozen(cast)["code"]}


ROWS = [
    Row("api:batches", LIST_VIEWERS),
    Row("api:batches", MAKES_LISTS, "post"),
    Row("api:batch", SEES_LIST, arguments=a_draft, unseen=ELSEWHERE),
    Row("api:batch_deed", WRITES, "post", a_deed("freeze")),
    Row("api:batch_deed", DECIDES, "post", a_deed("approve"), unseen=ELSEWHERE),
    Row("api:batch_deed", {"charity_finance"}, "post", a_deed("pay")),
    Row("api:batch_lists", EXPORTERS, arguments=a_list),
    Row("api:batch_list", EXPORTERS, arguments=a_signed_frozen),
]
