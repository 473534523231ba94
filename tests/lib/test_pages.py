"""Keys of pages: what comes back in an address may be anything."""

import base64

import pytest

from members.models import Area
from portal.lib import pages


def key(text):
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def test_a_key_of_ours_is_read():
    assert pages.decode(key('["甲", 1.5]'), ["name", "-pk"]) == ["甲", 1.5]


@pytest.mark.parametrize(
    "text",
    [
        "[Infinity]", "[-Infinity]", "[NaN]", "[1e400]", "[" * 100_000, "[" + "1" * 5000 + "]", "[[1]]", '["\\u0000"]',
        '["\\ud800"]', "[]", "[1, 2]", "1", "",
    ],
)  # fmt: skip
def test_what_no_database_can_be_asked_is_no_key(text):
    assert pages.decode(key(text), ["pk"]) is None


@pytest.mark.django_db
@pytest.mark.parametrize("order", [["source", "-name", "pk"], ["-source", "name", "-pk"], ["-name", "-source", "pk"]])
def test_pages_of_several_columns_leave_nothing_out_either_way(order, rf):
    """Rows with equal columns on the borders of pages, each column running its own way."""
    codes = [f"{number}0000000000" for number in range(11, 34)]
    Area.objects.bulk_create(
        Area(code=code, province=code, level="province", name="甲乙"[place % 2], source="xyz"[place % 7 % 3])
        for place, code in enumerate(codes)
    )
    whole = list(Area.objects.order_by(*order))

    def asked(**key):
        return pages.page_of(rf.get("/", key), Area.objects.all(), order, size=4)

    found = [asked()]
    while found[-1].after:
        found.append(asked(after=found[-1].after))
    assert [area for page in found for area in page] == whole
    assert len(found) == 6
    for later, earlier in zip(found[1:], found, strict=False):
        assert asked(before=later.before).rows == earlier.rows
