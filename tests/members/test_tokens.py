"""Tokens of the API: who makes them, who accepts them, and everything that ends them."""

import time
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.utils import timezone

from members.access import Refusal
from members.actions import tokens as actions
from members.models import ApiToken, AuditEntry
from tests.make.units import make_role, make_token

pytestmark = pytest.mark.django_db
ME = "/api/v1/me/"


def in_days(number):
    return timezone.localdate() + timedelta(days=number)


def signed_in_an_hour_ago(session):
    stored = session.session
    stored["clocks"] = stored["clocks"] | {"began": int(time.time()) - 3600}
    stored.save()
    return session


def token_for(cast, person="charity_reviewer", scopes=("area.view", "organization.view")):
    """A token as its holder keeps it."""
    staff = cast[person]
    return actions.accept_token(staff, make_token(staff, scopes))


def call(client, token, url=ME, **headers):
    return client.get(url, headers={"Authorization": f"Bearer {token}", **headers})


# -- making and accepting ---------------------------------------------------------------------------------------------
def test_an_administrator_makes_a_token_and_only_the_colleague_ever_sees_it(cast, browse):
    admin, colleague = browse(cast.charity_admin), browse(cast.charity_reviewer)
    sent = {
        "name": "同步",
        "staff": cast.charity_reviewer.code,
        "scopes": ["organization.view"],
        "last_day": in_days(30),
    }
    page = admin.post("/tokens/new/", sent)
    token = ApiToken.objects.get()
    assert page.status_code == 302
    assert (token.state, token.secret_hash) == ("waiting", None)
    assert admin.post(f"/tokens/{token.code}/accept/").status_code == 403
    page = colleague.post(f"/tokens/{token.code}/accept/")
    secret = page.context["secret"]
    assert page.headers["Cache-Control"] == "no-store, private"
    assert call(browse(None), secret).json()["name"] == "慈善经办"
    again = colleague.post(f"/tokens/{token.code}/accept/", follow=True)
    assert secret not in again.content.decode()
    assert "已经接受过" in again.content.decode()
    done = AuditEntry.objects.filter(object_code=token.code).order_by("pk").values_list("action", "actor_name")
    assert list(done) == [("token.make", "慈善单位管理"), ("token.accept", "慈善经办")]


def test_who_makes_a_token_for_themselves_sees_it_once(cast, browse):
    admin = browse(cast.charity_admin)
    sent = {"name": "同步", "staff": cast.charity_admin.code, "scopes": ["area.view"], "last_day": in_days(30)}
    secret = admin.post("/tokens/new/", sent).context["secret"]
    assert call(browse(None), secret).status_code == 200
    assert secret not in admin.get("/tokens/").content.decode()
    stored = ApiToken.objects.get()
    assert secret.rsplit("_", 1)[1].encode() not in bytes(stored.secret_hash)


def test_making_and_accepting_asks_who_it_is_again(cast, browse):
    token = make_token(cast.charity_reviewer)
    for person, url in [("charity_admin", "/tokens/new/"), ("charity_reviewer", f"/tokens/{token.code}/accept/")]:
        page = signed_in_an_hour_ago(browse(cast[person])).get(url)
        assert page.headers["Location"].startswith("/accounts/reauthenticate/")


def test_nobody_makes_a_token_for_another_unit(cast, browse):
    with pytest.raises(PermissionDenied):
        actions.make_token(cast.charity_admin, cast.bureau_approver, "x", ["area.view"], in_days(30))
    with pytest.raises(PermissionDenied):
        actions.make_token(cast.charity_reviewer, cast.charity_reviewer, "x", ["area.view"], in_days(30))
    admin = browse(cast.charity_admin)
    sent = {"name": "x", "staff": cast.bureau_approver.code, "scopes": ["area.view"], "last_day": in_days(30)}
    assert "staff" in admin.post("/tokens/new/", sent).context["form"].errors
    assert not ApiToken.objects.exists()


@pytest.mark.parametrize(
    ("scopes", "days", "field"),
    [
        ([], 30, "scopes"),
        (["organization.create"], 30, "scopes"),  # the reviewer may not
        (["audit.view"], 30, "scopes"),  # nobody may through the API
        (["area.view"], 366, "last_day"),
        (["area.view"], -1, "last_day"),
    ],
)
def test_a_token_that_goes_too_far_is_refused(cast, scopes, days, field):
    with pytest.raises(Refusal) as refusal:
        actions.make_token(cast.charity_admin, cast.charity_reviewer, "x", scopes, in_days(days))
    assert refusal.value.field == field


def test_the_database_holds_a_token_to_a_year(cast):
    with pytest.raises(IntegrityError), transaction.atomic():
        make_token(cast.charity_reviewer, expires_at=timezone.now() + timedelta(days=400))


def test_tokens_of_other_units_are_out_of_sight(cast, browse):
    token = make_token(cast.bureau_officer)
    for person in ("charity_admin", "bureau_approver", "anonymous"):
        page = browse(cast[person]).get(f"/tokens/{token.code}/revoke/")
        assert page.status_code == (302 if person == "anonymous" else 404)
    assert token.code not in browse(cast.charity_admin).get("/tokens/").content.decode()
    assert token.code in browse(cast.system_admin).get("/tokens/").content.decode()


# -- what ends them ---------------------------------------------------------------------------------------------------
def test_a_revoked_token_is_dead_at_once(cast, browse):
    secret = token_for(cast)
    browse(cast.charity_reviewer).post(f"/tokens/{ApiToken.objects.get().code}/revoke/")
    answer = call(browse(None), secret)
    assert (answer.status_code, answer.json()["code"]) == (401, "token_invalid")
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="portal"'


def ends(name):
    def by_expiry(cast):
        ApiToken.objects.update(made_at=timezone.now() - timedelta(days=9), expires_at=timezone.now())

    def by_suspension(cast):
        type(cast.charity_reviewer).objects.filter(pk=cast.charity_reviewer.pk).update(is_active=False)

    def by_moving(cast):
        cast.charity_reviewer.organization = cast.other_charity
        cast.charity_reviewer.save(update_fields=["organization"])

    def by_suspending_the_unit(cast):
        type(cast.charity).objects.filter(pk=cast.charity.pk).update(is_suspended=True)

    return locals()[name]


@pytest.mark.parametrize("end", ["by_expiry", "by_suspension", "by_moving", "by_suspending_the_unit"])
def test_a_token_ends_with_its_term_its_person_and_its_unit(cast, browse, end):
    secret = token_for(cast)
    assert call(browse(None), secret).status_code == 200
    ends(end)(cast)
    assert call(browse(None), secret).status_code == 401


def test_a_token_nobody_accepted_does_nothing(cast, browse):
    token = make_token(cast.charity_reviewer)
    assert call(browse(None), f"zc_{token.code}_{'a' * 43}").status_code == 401


@pytest.mark.parametrize(
    "header",
    ["Bearer", "Bearer x", "Bearer zc_abc_def", "Bearer a b", "Bearer zc_2345678923_" + "a" * 43, "Bearer \xff\xfe"],
)
def test_what_is_no_token_is_refused_without_a_word_about_why(cast, client, header):
    answer = client.get(ME, headers={"Authorization": header}, REMOTE_ADDR="10.0.0.1")
    assert (answer.status_code, answer.json()["code"]) == (401, "token_invalid")


def test_a_secret_works_only_with_its_own_token(cast, browse):
    first, second = token_for(cast), token_for(cast, "bureau_officer")
    mixed = first.rsplit("_", 1)[0] + "_" + second.rsplit("_", 1)[1]
    assert call(browse(None), mixed).status_code == 401


def test_guessing_tokens_is_slowed_down(cast, client, settings):
    answers = [
        client.get(ME, headers={"Authorization": "Bearer x"}, REMOTE_ADDR="10.9.8.7").status_code for _ in range(70)
    ]
    assert set(answers) == {401, 429}


# -- what they may do -------------------------------------------------------------------------------------------------
def test_a_token_does_what_its_person_may_less_what_it_was_not_given(cast, browse):
    secret = token_for(cast, scopes=["area.view"])
    session = browse(None)
    mine = call(session, secret).json()
    assert mine["permissions"] == {"area.view": "all", "api.view": "all"}
    assert mine["token"]["scopes"] == ["area.view"]
    assert call(session, secret, "/api/v1/areas/").status_code == 200
    assert call(session, secret, "/api/v1/organizations/").status_code == 403


def test_a_right_that_its_person_lost_is_lost_to_the_token(cast, browse):
    role = make_role(cast.charity_reviewer, "bureau_officer")
    secret = token_for(cast, scopes=["organization.edit"])
    assert "organization.edit" in call(browse(None), secret).json()["permissions"]
    role.ended_at = timezone.now()
    role.save()
    assert call(browse(None), secret).json()["permissions"] == {"api.view": "all"}


def test_a_token_opens_no_page(cast, browse):
    page = call(browse(None), token_for(cast), "/policies/")
    assert page.status_code == 302
    assert page.headers["Location"].startswith("/accounts/login/")


def test_use_is_noted_by_the_hour(cast, browse):
    secret = token_for(cast)
    session = browse(None)
    call(session, secret)
    first = ApiToken.objects.get().last_used_at
    call(session, secret)
    assert ApiToken.objects.get().last_used_at == first
    ApiToken.objects.update(last_used_at=first - timedelta(hours=2))
    call(session, secret)
    assert ApiToken.objects.get().last_used_at >= first


def test_a_person_whose_password_is_due_is_told_so_in_the_shape_of_the_api(cast, browse):
    cast.charity_reviewer.must_change_password = True
    cast.charity_reviewer.save(update_fields=["must_change_password"])
    answer = browse(cast.charity_reviewer).get(ME)
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


def test_a_token_that_waits_is_on_the_first_page_of_its_person(cast, browse):
    make_token(cast.charity_reviewer)
    assert "接口令牌待您接受" in browse(cast.charity_reviewer).get("/").content.decode()
    assert "接口令牌待您接受" not in browse(cast.charity_approver).get("/").content.decode()
