"""The access matrix: every URL the resolver knows × every person of the cast.

A URL that is missing from the table fails, so nobody can add one without saying who may open it. Each row: the name of
the URL, the method, the arguments (a function of the cast), and who gets through. All others: 403 when signed in, the
sign-in page when not; for objects out of sight, 404.
"""

import pytest
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.test import RequestFactory
from django.urls import resolve, reverse

from tests.access import (
    aid,
    api,
    batches,
    batches_api,
    board,
    cases,
    casework_api,
    consents,
    discovery,
    documents,
    frame,
    members,
    people,
    programs,
    referrals,
    rights,
    shares,
    two_ways,
)
from tests.cast import PEOPLE
from tests.test_architecture import patterns

CHAPTERS = (frame, members, api, casework_api, programs, people, consents, rights, discovery, documents, referrals)
CHAPTERS += (two_ways, board)
CHAPTERS += (aid,)
CHAPTERS += (cases, shares)
CHAPTERS += (batches, batches_api)
MATRIX = [row for chapter in CHAPTERS for row in chapter.ROWS]

# Third-party views, tried in tests of their own (tests/members/test_sign_in.py).
FOREIGN = ("account_", "mfa_", "usersessions_", "socialaccount_", "openid_connect_")


def is_ours(route):
    """Sign-in pages of the library are tried in tests/members/test_sign_in.py."""
    return not route.startswith("accounts/")


def test_every_url_is_in_the_table():
    known = {row.name.split(":")[-1] for row in MATRIX}
    missing = [route for route, entry in patterns() if is_ours(route) and entry.name not in known]
    assert missing == []


# They are of units without cases, funds and people of their own: what some who hold the permission do not see, they
# do not see either.
STRANGERS = {"finder", "member_officer", "partner_agent"}


def permission_of(view, method):
    view = getattr(view, "view_class", None) or getattr(view, "cls", None) or view
    permission = view.permission
    return permission[method.upper()] if isinstance(permission, dict) else permission


def answer_at_the_door(match, url, method, staff):
    """What the view says by itself. All that stands before it is the same for everybody who is signed in."""
    request = RequestFactory().generic(method.upper(), url)
    request.user, request.session, request.resolver_match = staff, {}, match
    request._dont_enforce_csrf_checks = True
    try:
        return match.func(request, *match.args, **match.kwargs).status_code
    except PermissionDenied:
        return 403
    except Http404:
        return 404


@pytest.mark.parametrize("row", MATRIX, ids=lambda row: f"{row.method} {row.name}")
def test_who_may(row, signed_in, settings, monkeypatch):
    # How a refusal looks and that it is written down is tried in tests/portal/test_errors.py and
    # tests/members/test_audit_screen.py; here it would be done ten thousand times.
    monkeypatch.setattr("portal.errors._page", lambda request, status, *words, **more: HttpResponse(status=status))
    monkeypatch.setattr("members.audit.record_refusal", lambda *_refused, **_more: None)
    settings.API_RATES = dict.fromkeys(settings.API_RATES, "1000000/60")  # tried in tests of their own
    cast, clients = signed_in
    url = reverse(row.name, kwargs=row.arguments(cast))
    match, seen = resolve(url), {}
    permission = permission_of(match.func, row.method)
    holders = {person for person in PEOPLE if cast[person] and permission in cast[person].permissions}
    outsiders = [person for person in PEOPLE if cast[person] and person not in holders | row.allowed]
    # The first of those without the permission goes the whole way, as all who hold it do.
    at_the_door = outsiders[1:]
    for person in PEOPLE:
        if person in at_the_door:
            seen[person] = answer_at_the_door(match, url, row.method, cast[person])
            continue
        response = getattr(clients[person], row.method)(url)
        seen[person] = response.status_code
        if person == "anonymous" and response.status_code == 302:
            seen[person] = 401 if "/accounts/login" in response.headers["Location"] else 302
    refused = {p: 403 if p in row.seen_by else row.refused for p in PEOPLE if p not in row.allowed}
    refused |= {"anonymous": 401} if "anonymous" in refused else {}
    strangers = (STRANGERS & holders) - row.seen_by
    refused |= dict.fromkeys((row.unseen | strangers if row.unseen else set()) - row.allowed, 404)
    if not row.unseen:  # nobody else tells whether strangers may know of it
        refused |= {p: seen[p] for p in strangers - row.allowed if seen[p] in {403, 404}}
    let_through = {p for p, status in seen.items() if status in {200, 302, 400, 409, 415, 422, 428, 503}}
    assert let_through == row.allowed
    assert {p: seen[p] for p in refused} == refused
