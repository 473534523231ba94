"""Keys of pages: what comes back in an address may be anything."""

import base64

import pytest

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
