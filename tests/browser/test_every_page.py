"""Every page of the access matrix, opened in Chromium by someone who may, at 1440 and at 390 pixels."""

from collections import defaultdict

import pytest
from django.urls import reverse

from tests.browser.look import problems_in_both_widths
from tests.cast import PEOPLE
from tests.test_access import MATRIX

pytestmark = pytest.mark.django_db(transaction=True)


def rows_by_person():
    """Each page once, by the first person of the cast who may open it."""
    rows = defaultdict(list)
    for row in MATRIX:
        if row.method == "get" and row.allowed:
            rows[next(person for person in PEOPLE if person in row.allowed)].append(row)
    return rows


ROWS = rows_by_person()


@pytest.mark.slow
@pytest.mark.parametrize("person", ROWS)
def test_every_page_is_sound(person, cast, browse, open_as):
    client, page, problems = browse(cast[person]), open_as(cast[person]), []
    for row in ROWS[person]:
        url = reverse(row.name, kwargs=row.arguments(cast))
        if not is_a_page(client.get(url)):
            continue
        page.goto(url)
        problems += [f"{url} {problem}" for problem in problems_in_both_widths(page)]
    assert problems == []


def is_a_page(response):
    return response.status_code == 200 and response.headers["Content-Type"].startswith("text/html")


@pytest.mark.slow
def test_the_library_pages_of_signing_in_are_sound(cast, open_as, browse):
    """Drawn by allauth from our templates; not in the matrix, which speaks of our own views."""
    problems = []
    for person, names in [
        (None, ["account_login", "account_reset_password", "account_reset_password_done"]),
        (cast.bureau_officer, ["account_logout", "account_change_password", "mfa_index", "usersessions_list"]),
        (cast.bureau_officer, ["account_reauthenticate", "mfa_activate_totp", "mfa_list_webauthn"]),
    ]:
        client, page = browse(person), open_as(person)
        for name in names:
            url = reverse(name)
            if is_a_page(client.get(url)):
                page.goto(url)
                problems += [f"{url} {problem}" for problem in problems_in_both_widths(page)]
    assert problems == []
