"""Every page of the access matrix, opened in Chromium by someone who may, at 1440 and at 390 pixels.

Everyone and everything is called what an attacker would like to be called: names must be only names, and long ones
must not push a page wider than a phone.
"""

from collections import defaultdict

import pytest
from django.apps import apps
from django.db import transaction
from django.urls import reverse
from playwright.sync_api import Error

from referrals.models import (
    GovernmentAid,
    Guardianship,
    Incident,
    Person,
    PersonCategory,
    SubjectRequest,
)
from tests.browser.look import FRAME, problems_in_both_widths
from tests.cast import PEOPLE, Cast
from tests.test_access import MATRIX

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

HOSTILE = "<img src=x onerror=hacked=1>\"'{{7*7}}</script><script>hacked=1</script>"
WORDS = {"name", "short_name", "title", "summary", "post", "purpose", "business_scope", "strengths", "note", "source"}
# What of casework is words; tables elsewhere may forbid these to be changed.
CASE_WORDS = WORDS | {
    "certified_by",
    "decided_by",
    "reason",
    "end_reason",
    "paper",
    "harm",
    "measures",
    "identity_check",
}
WAS_HACKED = "() => window.hacked || document.querySelector('img[src=x]') ? ['a name was more than a name'] : []"


@pytest.fixture
def cast(transactional_db):
    """With the roles that few tests need: each page is opened by somebody who may."""
    return Cast.assemble(is_whole=True)


def rows_by_person():
    """Each page once, by the first person of the cast who may open it. What the API answers is no page."""
    rows = defaultdict(list)
    for row in MATRIX:
        if row.method == "get" and row.allowed and (not row.name.startswith("api:") or row.name == "api:docs"):
            rows[next(person for person in PEOPLE if person in row.allowed)].append(row)
    return rows


CHUNK = 24  # so that two processes share the walk
ROWS = [
    (person, rows[at : at + CHUNK]) for person, rows in rows_by_person().items() for at in range(0, len(rows), CHUNK)
]


def call_everything_hostile():
    units = [(model, WORDS) for model in apps.get_app_config("members").get_models()]
    cases = [Person, PersonCategory, GovernmentAid, Guardianship, Incident, SubjectRequest]
    for model, words in [*units, *((model, CASE_WORDS) for model in cases)]:
        fields = [f for f in model._meta.concrete_fields if f.name in words and not f.choices and not f.unique]
        if fields:
            model.objects.update(**{field.name: HOSTILE[: field.max_length] for field in fields})


@pytest.mark.parametrize(("person", "rows"), ROWS, ids=[f"{person} from {rows[0].name}" for person, rows in ROWS])
def test_every_page_is_sound(person, rows, cast, open_as):
    with transaction.atomic():
        addresses = [reverse(row.name, kwargs=row.arguments(cast)) for row in rows]
        call_everything_hostile()
    page, problems, is_known = open_as(cast[person]), [], False
    for url in addresses:
        if opens_a_page(page, url):
            found = page.evaluate(WAS_HACKED) + problems_in_both_widths(page, is_frame_known=is_known)
            problems += [f"{url} {problem}" for problem in found]
            is_known = is_known or page.query_selector(FRAME[-1]) is not None
    assert problems == [], "\n".join(problems)


def test_the_library_pages_of_signing_in_are_sound(cast, open_as):
    """Drawn by allauth from our templates; not in the matrix, which speaks of our own views."""
    problems = []
    for person, names in [
        (None, ["account_login", "account_reset_password", "account_reset_password_done"]),
        (cast.bureau_officer, ["account_logout", "account_change_password", "mfa_index", "usersessions_list"]),
        (cast.bureau_officer, ["account_reauthenticate", "mfa_activate_totp", "mfa_list_webauthn"]),
    ]:
        page = open_as(person)
        for name in names:
            if opens_a_page(page, reverse(name)):
                problems += [f"{name} {problem}" for problem in problems_in_both_widths(page)]
    assert problems == [], "\n".join(problems)


def opens_a_page(page, url):
    """Files are fetched, not shown."""
    try:
        response = page.goto(url)
    except Error as trouble:
        if "Download is starting" in str(trouble):
            return False
        raise
    return response.status == 200 and response.headers.get("content-type", "").startswith("text/html")
