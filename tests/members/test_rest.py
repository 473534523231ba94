"""What every API view stands on: strict bodies, and that a request with a key counts once."""

import json
import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.urls import include, path
from django.utils import timezone
from rest_framework import serializers
from rest_framework.response import Response

from members.access import Refusal, Stale
from members.models import Area, IdempotentAnswer
from members.rest import Resource, counts_once
from portal.lib import api
from tests.cast import Cast

pytestmark = pytest.mark.django_db
URL = "/api/v1/echo/"


class Words(api.StrictSerializer):
    word = serializers.CharField(max_length=20)
    version = serializers.IntegerField(required=False, min_value=0, max_value=2**31 - 1)
    inner = serializers.DictField(required=False)


class Echo(Resource):
    """Writes one area a call, so that a test can count the deeds."""

    permission = "api.view"
    waiting = None

    @counts_once
    def post(self, request):
        word = self.body_of(Words)["word"]
        if word == "refuse":
            raise Refusal("这样不行。", field="word")
        if word == "nothing":
            return Response(status=204, headers={"ETag": '"2"'})
        Area.objects.create(code="990000000000", name=word, level="province", province="990000000000", source="test")
        if word == "break":
            raise RuntimeError("after the deed")
        if self.waiting:
            self.waiting.wait(5)
        return Response({"word": word, "secret": "私密内容"}, status=201)

    def patch(self, request):
        seen = self.body_of(Words)
        area = Area.objects.first()
        area.version = 3
        version = api.expected_version(request, area, seen)
        if version != area.version:
            raise Stale(area, by="另一个人", at=timezone.now())
        return Response({"version": version})


class EchoUrls:
    urlpatterns = [
        path(URL[1:], Echo.as_view()),
        path("", include("portal.urls")),
    ]


@pytest.fixture(autouse=True)
def with_echo(settings):
    settings.ROOT_URLCONF = EchoUrls


def post(session, body, key=None, **options):
    headers = {"Idempotency-Key": key} if key else {}
    body = body if isinstance(body, str | bytes) else json.dumps(body)
    return session.post(URL, body, content_type=options.pop("content_type", "application/json"), headers=headers)


# -- bodies -----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ("", 400, "invalid"),
        ("{", 400, "malformed"),
        (b"\xff\xfe", 400, "malformed"),
        ('{"word": NaN}', 400, "malformed"),
        ('{"word": "a", "word": "b"}', 400, "malformed"),
        ('{"word": "\\ud800"}', 400, "malformed"),
        ("[" * 100000, 400, "malformed"),
        ('{"word": "' + "x" * 300_000 + '"}', 413, "too_large"),
        ("[]", 400, "invalid"),
        ('"text"', 400, "invalid"),
        ("null", 400, "invalid"),
        ("{}", 400, "invalid"),
        ('{"word": "a", "wrod": "b"}', 400, "invalid"),
        ('{"word": "a\\u0000b"}', 400, "invalid"),
        ('{"word": {"a": 1}}', 400, "invalid"),
        ('{"word": "' + "x" * 21 + '"}', 400, "invalid"),
    ],
)
def test_a_body_that_is_not_as_agreed_is_refused(cast, browse, body, status, code):
    answer = post(browse(cast.charity_reviewer), body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert not Area.objects.filter(code="990000000000").exists()


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
def test_only_json_is_taken(cast, browse, content_type):
    answer = post(browse(cast.charity_reviewer), '{"word": "a"}', content_type=content_type)
    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")


def test_an_unknown_field_is_named(cast, browse):
    answer = post(browse(cast.charity_reviewer), {"word": "a", "wrod": "b"}).json()
    assert [(error["field"], error["code"]) for error in answer["errors"]] == [("wrod", "unknown")]


def test_a_refusal_of_an_action_is_told_with_its_field(cast, browse):
    answer = post(browse(cast.charity_reviewer), {"word": "refuse"})
    assert (answer.status_code, answer.json()["code"], answer.json()["detail"]) == (422, "refused", "这样不行。")
    assert answer.json()["errors"] == [{"field": "word", "code": "refused", "message": "这样不行。"}]


def test_what_people_write_is_taken_as_it_stands(cast, browse):
    for word in ("=1+1", "<script>", "𠮷", "O'Neil"):
        Area.objects.filter(code="990000000000").delete()
        assert post(browse(cast.charity_reviewer), {"word": word}).json()["word"] == word


# -- once -------------------------------------------------------------------------------------------------------------
def test_the_same_request_with_the_same_key_is_done_once_and_answered_alike(cast, browse):
    session = browse(cast.charity_reviewer)
    first, second = post(session, {"word": "a"}, "k1"), post(session, {"word": "a"}, "k1")
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    assert second.headers["Idempotency-Replayed"] == "true"
    assert "Idempotency-Replayed" not in first.headers
    assert Area.objects.filter(code="990000000000").count() == 1


def test_the_order_of_fields_does_not_make_another_request(cast, browse):
    session = browse(cast.charity_reviewer)
    post(session, '{"word": "a", "version": 1}', "k1")
    assert post(session, '{ "version": 1, "word": "a" }', "k1").headers["Idempotency-Replayed"] == "true"


def test_the_same_key_for_something_else_is_refused(cast, browse):
    session = browse(cast.charity_reviewer)
    post(session, {"word": "a"}, "k1")
    answer = post(session, {"word": "b"}, "k1")
    assert (answer.status_code, answer.json()["code"]) == (422, "key_reused")


def test_keys_of_different_people_do_not_meet(cast, browse):
    post(browse(cast.charity_reviewer), {"word": "a"}, "k1")
    Area.objects.filter(code="990000000000").delete()
    answer = post(browse(cast.bureau_officer), {"word": "b"}, "k1")
    assert answer.json()["word"] == "b"


def test_what_was_refused_may_be_tried_again_with_its_key(cast, browse):
    session = browse(cast.charity_reviewer)
    assert post(session, {"word": "refuse"}, "k1").status_code == 422
    assert post(session, {"word": "x" * 21}, "k1").status_code == 400
    assert post(session, {"word": "a"}, "k1").status_code == 201


def test_what_broke_after_the_deed_left_neither_deed_nor_answer(cast):
    session = Client(raise_request_exception=False)
    session.force_login(cast.charity_reviewer)
    assert post(session, {"word": "break"}, "k1").status_code == 500
    assert not Area.objects.filter(code="990000000000").exists()
    assert not IdempotentAnswer.objects.exists()


def test_a_request_whose_process_died_is_taken_up_again(cast, browse):
    session = browse(cast.charity_reviewer)
    post(session, {"word": "a"}, "k1")
    Area.objects.filter(code="990000000000").delete()
    stuck = IdempotentAnswer.objects.filter(key="k1")
    stuck.update(status=None, started_at=timezone.now())
    assert post(session, {"word": "a"}, "k1").json()["code"] == "in_progress"
    stuck.update(started_at=timezone.now() - timedelta(seconds=61))
    assert post(session, {"word": "a"}, "k1").status_code == 201


def test_an_answer_without_a_body_is_repeated_without_one(cast, browse):
    session = browse(cast.charity_reviewer)
    first, again = (post(session, {"word": "nothing"}, "k1") for _time in range(2))
    assert (again.status_code, again.content, again.headers["ETag"]) == (204, b"", first.headers["ETag"])
    assert again.headers["Idempotency-Replayed"] == "true"


def test_after_a_day_a_key_is_forgotten(cast, browse):
    session = browse(cast.charity_reviewer)
    post(session, {"word": "a"}, "k1")
    Area.objects.filter(code="990000000000").delete()
    IdempotentAnswer.objects.update(started_at=timezone.now() - timedelta(hours=25))
    assert "Idempotency-Replayed" not in post(session, {"word": "b"}, "k1").headers
    assert IdempotentAnswer.objects.count() == 1


@pytest.mark.parametrize("key", ["x" * 101, "with space", "中文", "\t"])
def test_a_key_that_is_none_is_refused(cast, browse, key):
    session = browse(cast.charity_reviewer)
    answer = session.post(URL, '{"word": "a"}', content_type="application/json", HTTP_IDEMPOTENCY_KEY=key)
    assert answer.status_code == 400


def test_a_kept_answer_is_unreadable_in_the_database(cast, browse):
    post(browse(cast.charity_reviewer), {"word": "a"}, "k1")
    assert "私密内容" not in IdempotentAnswer.objects.get().body


@pytest.mark.django_db(transaction=True)
def test_two_at_once_do_it_once_and_the_second_is_told_to_wait():
    cast = Cast.assemble()
    Echo.waiting = threading.Event()
    answers = {}

    def first():
        session = Client()
        session.force_login(cast.charity_reviewer)
        answers["first"] = post(session, {"word": "a"}, "k1")
        connection.close()

    try:
        thread = threading.Thread(target=first)
        thread.start()
        deadline = timezone.now() + timedelta(seconds=5)
        while not IdempotentAnswer.objects.exists() and timezone.now() < deadline:
            pass
        session = Client()
        session.force_login(cast.charity_reviewer)
        second = post(session, {"word": "a"}, "k1")
        Echo.waiting.set()
        thread.join()
    finally:
        Echo.waiting = None
    assert (second.status_code, second.json()["code"]) == (409, "in_progress")
    assert answers["first"].status_code == 201
    assert Area.objects.filter(code="990000000000").count() == 1


# -- versions ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("header", "version", "status", "code"),
    [
        ('"3"', None, 200, None),
        (None, 3, 200, None),
        ('"2"', None, 412, "version_mismatch"),
        ("*", None, 412, "version_mismatch"),
        ("nonsense", 3, 412, "version_mismatch"),
        (None, 2, 409, "conflict"),
        (None, None, 428, "version_required"),
    ],
)
def test_a_change_names_the_version_it_saw(cast, browse, header, version, status, code):
    body = {"word": "a"} | ({"version": version} if version is not None else {})
    headers = {"If-Match": header} if header else {}
    session = browse(cast.charity_reviewer)
    answer = session.patch(URL, json.dumps(body), content_type="application/json", headers=headers)
    assert (answer.status_code, answer.json().get("code")) == (status, code)
