"""Each error page says what happened, gives a way on, and tells nothing about the inside."""

import pytest
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.test import RequestFactory
from django.urls import reverse

from portal import errors

pytestmark = pytest.mark.django_db


def page(response):
    return response.content.decode()


def test_a_lost_page_keeps_the_frame_of_those_who_are_signed_in(cast, browse):
    response = browse(cast.bureau_officer).get("/nothing/<b>here</b>/")
    assert response.status_code == 404
    assert 'class="rail"' in page(response)
    assert "<b>here" not in page(response)
    assert "回到今天" in page(response)


def test_a_lost_page_shows_strangers_no_menu(browse, db):
    response = browse(None).get("/nothing/")
    assert response.status_code == 404
    assert 'class="rail"' not in page(response)
    assert "urlconf" not in page(response).lower()


def test_who_may_not_is_told_whom_to_ask(cast, browse, rf):
    response = errors.forbidden(signed_in(rf, cast.bureau_officer))
    assert response.status_code == 403
    assert "单位管理员" in page(response)


def test_an_old_page_is_not_a_mystery(cast, browse):
    response = browse(cast.bureau_officer, enforce_csrf_checks=True).post("/language/", {"language": "en"})
    assert response.status_code == 403
    assert "页面已过期" in page(response)


@pytest.mark.parametrize(
    ("referer", "offered"),
    [
        ("http://testserver/organizations/new/?x=1", True),
        ("https://elsewhere.example/organizations/new/", False),
        ("javascript:alert(1)", False),
        ("http://testserver//elsewhere.example/", False),
    ],
)
def test_from_an_old_page_a_way_leads_back_to_the_form(referer, offered, cast, browse):
    client = browse(cast.bureau_officer, enforce_csrf_checks=True)
    response = client.post("/language/", {"language": "en"}, headers={"referer": referer})
    assert ("重新打开刚才的页面" in page(response)) is offered
    assert "elsewhere" not in page(response)


@pytest.mark.parametrize(("trouble", "status"), [(SuspiciousOperation("x"), 400), (RequestDataTooBig("x"), 413)])
def test_a_bad_request_says_what_was_wrong(trouble, status, cast, rf):
    response = errors.bad_request(signed_in(rf, cast.bureau_officer), trouble)
    assert response.status_code == status
    assert "返回上一页" in page(response) or "太大" in page(response)


def test_too_much_text_is_answered_with_a_page(cast, browse, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100
    response = browse(cast.bureau_officer).post("/search/", {"text": "字" * 100})
    assert response.status_code == 413


def test_an_address_behind_a_button_opened_by_itself_says_so(cast, browse):
    response = browse(cast.bureau_officer).get(reverse("members:confirm_capacity", args=[cast.bureau.code]))
    assert (response.status_code, response.headers["Allow"]) == (405, "POST")
    assert "再点一次" in page(response)
    assert 'class="rail"' in page(response)


def test_the_api_keeps_its_own_answer_to_a_wrong_method(cast, browse):
    response = browse(cast.bureau_officer).delete("/api/v1/areas/")
    assert response.status_code == 405
    assert response.headers["Content-Type"].startswith("application/problem+json")


def test_too_many_requests_asks_to_wait(rf):
    from django.contrib.auth.models import AnonymousUser

    response = errors.too_many_requests(signed_in(rf, AnonymousUser()))
    assert response.status_code == 429
    assert 'class="rail"' not in page(response)


def test_a_broken_server_needs_neither_request_nor_database(cast, browse, monkeypatch):
    client = browse(cast.bureau_officer)
    client.raise_request_exception = False
    monkeypatch.setattr("portal.views.find", lambda *_: 1 / 0)
    response = client.post("/search/", {"text": "甲区"})
    assert response.status_code == 500
    assert "编号" in page(response)
    assert "ZeroDivision" not in page(response)


def signed_in(rf: RequestFactory, person):
    request = rf.get("/somewhere/")
    request.user, request.resolver_match = person, None
    return request
