"""The log says what went wrong, and not of whom."""

import logging

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse

from portal.lib.logs import DiscreetFormatter
from tests.make.catalogue import make_offer


def logged(deed):
    try:
        deed()
    except DatabaseError as error:
        line = logging.LogRecord("x", logging.ERROR, "", 1, "unforeseen", (), (type(error), error, error.__traceback__))
    return DiscreetFormatter("{message}", style="{").format(line)


@pytest.mark.django_db
def test_what_the_database_quotes_is_not_logged(cast):
    offer = make_offer(cast.charity, title="张三一家\n的事")

    def refused():
        with transaction.atomic():
            offer.taken, offer.capacity = 5, 1
            offer.save()

    def unreadable():
        with transaction.atomic():
            offer.condition = {"why": "张三\0"}
            offer.save()

    for deed, said in ((refused, "offer_within_its_capacity"), (unreadable, "unsupported Unicode escape sequence")):
        text = logged(deed)
        assert said in text
        assert "direct cause of the following exception" in text
        assert "张三" not in text
        assert "DETAIL" not in text


def test_a_refusal_is_one_line_and_what_broke_shows_where(cast, browse, caplog, monkeypatch):
    caplog.set_level(logging.WARNING, "django.request")
    session = browse(cast.town_caseworker, raise_request_exception=False)
    session.get(reverse("members:list_audit"))
    session.get("/nothing/")

    def breaks(*_args):
        raise RuntimeError("broken")

    monkeypatch.setattr("members.views.areas.render", breaks)
    session.get(reverse("members:list_areas"))
    found = [(line.status_code, line.exc_info is not None) for line in caplog.records if line.name == "django.request"]
    assert found == [(403, False), (404, False), (500, True)]
