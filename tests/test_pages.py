"""Every page has a title, one heading, a language, and nothing that the content security policy would block."""

import re
from html.parser import HTMLParser

import pytest
from django.urls import reverse

from tests.cast import PEOPLE
from tests.test_access import MATRIX

ROWS = [row for row in MATRIX if row.method == "get" and row.allowed]


class Outline(HTMLParser):
    """What the tests ask of a page."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.ids, self.troubles = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.tags.append(tag)
        if "id" in attributes:
            self.ids.append(attributes["id"])
        if "style" in attributes or tag == "style":
            self.troubles.append(f"style in <{tag}>")
        if any(name.startswith("on") for name in attributes):
            self.troubles.append(f"event handler in <{tag}>")
        if tag == "script" and "src" not in attributes and attributes.get("type") != "application/json":
            self.troubles.append("script in the page")
        if tag == "form" and attributes.get("method", "get").lower() == "get" and "password" in str(attributes):
            self.troubles.append("secret in a URL")


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_a_page_is_well_made(row, signed_in):
    cast, clients = signed_in
    person = next(person for person in PEOPLE if person in row.allowed)
    response = clients[person].get(reverse(row.name, kwargs=row.arguments(cast)))
    if response.status_code != 200 or not response.headers["Content-Type"].startswith("text/html"):
        return
    text = response.content.decode()
    page = Outline(text)
    assert page.troubles == []
    assert page.tags.count("h1") == 1
    assert page.tags.count("main") == 1
    assert len(page.ids) == len(set(page.ids)), "an id stands twice"
    assert re.search(r'<html lang="zh-Hans">', text)
    assert re.search(r"<title>\s*\S.* · 政慈衔接</title>", text)
    assert "default-src 'none'" in response.headers["Content-Security-Policy"]
    assert "unsafe" not in response.headers["Content-Security-Policy"]
