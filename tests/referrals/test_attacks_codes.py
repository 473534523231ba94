"""Codes of others, at every address and in every field: answered as if they were nobody's."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from referrals import affected
from tests.access import consents, discovery, documents, people, rights
from tests.make.people import make_import, make_incident, make_lead, make_person, make_provision
from tests.make.units import a_number, make_staff

NOBODYS = "zzzzzzzzzz"
# What is drawn anew for every answer.
DRAWN = re.compile(r'nonce="[^"]*"|name="csrfmiddlewaretoken" value="[^"]*"|"X-CSRFToken": "[^"]*"|urn:request:\w+')
CHAPTERS = (people, consents, rights, discovery, documents)
# One way to each address.
ROWS = {row.name: row for chapter in CHAPTERS for row in chapter.ROWS if row.unseen - row.allowed}.values()


def url(name, *args):
    return reverse(f"referrals:{name}", args=args)


def seen_of(session, method, address, codes):
    """All that a stranger can tell apart: status, headers, words, and how much was asked of the database."""
    with CaptureQueriesContext(connection) as asked:
        answer = getattr(session, method)(address)
    text = DRAWN.sub("", answer.content.decode())
    headers = {name: value for name, value in answer.headers.items() if name not in ("Content-Security-Policy",)}
    for code in codes:
        text = text.replace(code, "…")
        headers = {name: value.replace(code, "…") for name, value in headers.items()}
    headers.pop("Content-Length", None)
    return answer.status_code, headers, text, len(asked)


def test_a_strangers_code_is_answered_like_a_code_of_nobody(cast, browse):
    """Every address of the matrix with something out of sight in it, as somebody who may do the same elsewhere."""
    apart, sessions = [], {}
    for row in ROWS:
        arguments = row.arguments(cast)
        unknown = {name: NOBODYS if len(value) == len(NOBODYS) else value for name, value in arguments.items()}
        real, nobodys = (reverse(row.name, kwargs=codes) for codes in (arguments, unknown))
        stranger = min(row.unseen - row.allowed)
        codes = [*arguments.values(), NOBODYS]
        if stranger not in sessions:
            sessions[stranger] = browse(cast[stranger])
            sessions[stranger].get(url("show_person", NOBODYS))
        session = sessions[stranger]
        theirs, nothing = (seen_of(session, row.method, address, codes) for address in (real, nobodys))
        if theirs != nothing or theirs[0] != 404:
            apart.append((row.method, row.name, stranger, theirs[0], nothing[0], theirs[3], nothing[3]))
    assert len(ROWS) > 60
    assert apart == []


FIELDS = [
    ("find_duplicate", "who", {}),
    ("move_person", "who", {"relation": "child", "reason": "结婚"}),
    ("add_guardian", "who", {"relation": "mother"}),
]


@pytest.mark.parametrize(("page", "field", "more"), FIELDS)
def test_who_is_named_in_a_field_is_found_in_sight_or_not_at_all(page, field, more, cast, browse):
    """By code, number, name, telephone: somebody elsewhere is nobody, word for word and question for question."""
    mine, theirs = make_person(cast.charity), make_person(cast.town, name="欧阳独有", phone="0467-5559713")
    session, answers = browse(cast.charity_reviewer), []
    pairs = [
        (theirs.code, NOBODYS),
        (theirs.number, a_number()),
        ("欧阳独有", "司马独有"),
        ("0467-5559713", "0467-5559714"),
    ]
    for asked in [("欧阳无此", "欧阳无此"), *pairs]:
        for text in asked:
            with CaptureQueriesContext(connection) as queries:
                page_shown = session.post(url(page, mine.code), {**more, field: text})
            told = re.sub(r"(?s)^.*<main|nonce=\S+|value=\S+", "", page_shown.content.decode())
            answers.append((page_shown.status_code, told, len(queries)))
    told_apart = [pair for pair, one, other in zip(pairs, answers[2::2], answers[3::2], strict=True) if one != other]
    assert told_apart == []


def test_a_lead_is_no_duplicate_of_one_elsewhere(cast, browse):
    lead, elsewhere = (
        make_lead(cast.town_caseworker, cast.town_area),
        make_lead(cast.town_caseworker, cast.other_county),
    )
    session, said = browse(cast.town_caseworker), []
    for first in (elsewhere.code, NOBODYS):
        answer = session.post(url("mark_duplicate", lead.code), {"first": first})
        said.append((answer.status_code, "在您能处理的范围内没有这条线索" in answer.content.decode()))
    assert said == [(200, True)] * 2


def test_a_new_relative_joins_nobody_elsewhere(cast, browse):
    theirs = make_person(cast.town)
    session = browse(cast.charity_reviewer)
    for code in (theirs.code, NOBODYS):
        assert session.get(url("register_person"), {"household": code}).status_code == 404
        assert session.post(f"{url('register_person')}?household={code}", {"name": "某"}).status_code == 404


def test_an_incident_at_another_unit_counts_nobody_but_ones_own(cast, browse):
    """Else its hours, set again and again, would tell how many that unit was given and when."""
    make_provision(cast.bureau_officer, make_person(cast.bureau), cast.charity)
    own = make_person(cast.other_charity)
    make_provision(cast.bureau_officer, make_person(cast.bureau), cast.other_charity)
    stranger = make_staff("助学会审批", cast.other_charity, ["charity_approver"])
    until = timezone.now() + timedelta(hours=1)
    counts = {
        receiver: affected.visible_people_of(make_incident(stranger, receiver=cast[receiver], until=until), stranger)[1]
        for receiver in ("charity", "other_charity")
    }
    assert counts == {"charity": 0, "other_charity": 1}
    assert own.keeper == cast.other_charity


@pytest.mark.parametrize(
    "query", ["?ordering=birth_date", "?person__name=欧阳独有", "?o=name", "?search=欧阳", "?limit=1"]
)
def test_lists_of_the_api_take_no_question_they_do_not_know(query, cast, browse):
    make_lead(cast.charity_reviewer, cast.town_area)
    make_import(cast.charity_reviewer)
    session = browse(cast.charity_reviewer)
    is_known = query == "?limit=1"
    assert session.get(f"/api/v1/people-imports/{query}").status_code == (200 if is_known else 400)
    plain = session.get("/api/v1/leads/")
    assert session.get(f"/api/v1/leads/{query}").json()["results"] == plain.json()["results"]
