"""Matching for other systems: the command's answers over HTTP, one person, many, and line by line."""

import io
import json
import logging
import time
import tracemalloc
from contextlib import ExitStack
from datetime import timedelta
from itertools import islice

import pytest
from django.core.cache import cache
from django.core.management import call_command
from django.utils import timezone

from members.models import AuditEntry
from portal.lib.api import slot
from programs import match_api
from programs.catalogue import units
from programs.given import WrongInput, parse
from tests.make.catalogue import make_program, make_round
from tests.members.test_tokens import token_for
from tests.programs.test_api import load_all
from tests.programs.test_vectors import vectors

pytestmark = pytest.mark.django_db
MATCH, STREAM, LINES = "/api/v1/match/", "/api/v1/match/stream/", "application/x-ndjson"
SICK = {"as_of": "2024-09-02", "birth_date": "2015-05-20", "nationality": "CN", "diagnoses": ["leukemia"]}
SICK |= {"prior_grants": []}


def as_text(data):
    """JSON with decimals as they were written."""
    return json.dumps(data, default=float, ensure_ascii=False)


@pytest.fixture
def ask(cast, browse):
    load_all(cast.charity)
    session = browse(cast.charity_reviewer)

    def asked(body, query="", status=200):
        text = body if isinstance(body, str | bytes) else as_text(body)
        answer = session.post(MATCH + query, text, content_type="application/json")
        assert answer.status_code == status, answer.content.decode()
        return answer.json()

    asked.session = session
    return asked


@pytest.fixture
def stream(ask):
    def streamed(lines, query=""):
        body = lines if isinstance(lines, bytes) else "\n".join(lines).encode()
        answer = ask.session.post(STREAM + query, body, content_type=LINES)
        assert answer.status_code == 200, answer.content
        assert answer.headers["Content-Type"] == LINES
        return [json.loads(line) for line in answer.getvalue().splitlines()]

    return streamed


def by_command(facts, tmp_path):
    path, out = tmp_path / "facts.json", io.StringIO()
    path.write_text(as_text(facts))
    call_command("match", str(path), stdout=out)
    return json.loads(out.getvalue())


def test_one_person_gets_what_the_command_says(ask, tmp_path):
    assert ask(SICK) == by_command(SICK, tmp_path)
    assert [entry["program"] for entry in ask(SICK)["programs"]] == [program.code for program in units()]


def test_every_sample_gets_the_same_answer_over_http_as_from_the_command(ask, stream, tmp_path):
    people = [{"id": one["id"], "facts": one["facts"]} for name in ("programs.json", "matching.json")
              for one in vectors(name)]  # fmt: skip
    expected = by_command(people, tmp_path)
    assert stream([as_text(one) for one in people]) == expected
    found = [answer for at in range(0, len(people), 40) for answer in ask(people[at : at + 40])]
    assert found == expected
    verdicts = {one["id"]: {entry["program"]: entry for entry in one["programs"]} for one in found}
    for vector in vectors("programs.json"):
        given = verdicts[vector["id"]][vector["program"]]
        wanted = {"route_ok": True, "copay": None, "unknown": [], "missing": []} | json.loads(as_text(vector["expect"]))
        wanted.pop("reason")
        assert {key: given[key] for key in wanted} == wanted, vector["id"]


def test_the_programs_are_chosen_and_a_container_stands_for_its_parts(ask):
    assert [one["program"] for one in ask({}, "?program=P06,P01")["programs"]] == ["P01", "P06-1", "P06-2"]
    wrong = ask({}, "?program=P01,P99", 400)
    assert wrong["errors"] == [{"field": "program", "code": "unknown", "message": "没有生效的项目：P99"}]
    assert ask({}, "?program=%27;--", 400)["errors"][0]["field"] == "program"
    assert ask({}, "?day=2024-09-02", 400)["errors"][0]["field"] == "day"


def test_the_day_names_the_version_and_fills_in_what_is_not_said(ask):
    said = {name: value for name, value in SICK.items() if name != "as_of"} | {"hsct_done": False}
    (undated,) = ask(said, "?program=P01")["programs"]
    assert (undated["eligible"], undated["unknown"]) == (None, ["age_years"])
    assert ask(said, "?program=P01&as_of=2024-09-02")["programs"][0]["amount"] == 30000
    assert ask(said, "?program=P01&as_of=2040-09-02")["programs"][0]["eligible"] is False
    assert ask(SICK, "?as_of=2024-07-11")["programs"] == []
    assert ask(SICK | {"as_of": "2024-07-11"})["programs"] == []


def test_what_is_known_of_the_program_itself_counts_unless_the_caller_says_otherwise(ask, cast):
    program = make_program(cast.charity, "Q1", like="P06-2")
    make_round(program, timezone.localdate() - timedelta(days=1), quota=50, quota_used=50)
    facts = {"hukou_code": "230302", "birth_date": "2010-01-01"}
    (full,) = ask(facts, "?program=Q1")["programs"]
    assert full["eligible"] is False
    (free,) = ask(facts | {"quota_used": 3}, "?program=Q1")["programs"]
    assert free["eligible"] is None


def test_wrong_facts_are_named_one_by_one(ask):
    wrong = ask({"x": 1, "enrolled": "yes", "birth_date": "2024-02-30", "gender": "male"}, "", 400)
    assert wrong["code"] == "invalid"
    assert [(one["field"], one["code"]) for one in wrong["errors"]] == [
        ("x", "wrong_fact"), ("enrolled", "wrong_fact"), ("birth_date", "wrong_fact"),
    ]  # fmt: skip
    many = [
        {"id": "a", "facts": SICK},
        {"id": "b", "facts": {"prior_grants": [{"date": "x"}]}},
        {"id": "c", "facts": 5},
    ]
    fields = [one["field"] for one in ask(many, "", 400)["errors"]]
    assert fields == ["1.facts.prior_grants[0].date", "1.facts.prior_grants[0].program", "2.facts"]


@pytest.mark.parametrize(
    "body",
    [b"", b"5", b'"x"', b"[1]", b'[{"id": 1}]', b"{", b"\xff", b'{"a": NaN}', b'{"a": 1, "a": 2}', b'{"a": "\\ud800"}',
     b"[" * 50_000, b'{"quota_used": ' + b"9" * 5000 + b"}", b'[{"id": null, "facts": {}}]'],
)  # fmt: skip
def test_what_is_no_facts_is_refused_in_one_sentence(ask, body):
    assert ask(body, "", 400)["code"] == "malformed"


def test_exact_sums_come_through(ask):
    facts = '{"diagnoses": ["cataract"], "categories": ["dibao"], "hukou_code": "230302", "self_paid_yuan": 900.10}'
    assert ask(facts, "?program=P08-1")["programs"][0]["amount"] == [0, 900.1]


def test_a_list_has_an_end(ask, monkeypatch):
    monkeypatch.setattr(match_api, "MOST_PEOPLE", 2)
    assert len(ask([{"id": n, "facts": {}} for n in range(2)])) == 2
    assert ask([{"id": n, "facts": {}} for n in range(3)], "", 413)["code"] == "too_large"
    assert ask(b'{"x": "' + b"x" * 300_000 + b'"}', "", 413)["code"] == "too_large"
    assert ask([]) == []


# -- line by line -----------------------------------------------------------------------------------------------------
def test_a_wrong_line_gets_its_errors_and_the_others_their_verdicts(stream):
    lines = [
        '{"id": "甲", "facts": {}}',
        "",
        "{",
        '{"id": 2, "facts": {"x": 1}}',
        '{"facts": {}}',
        '{"id": 5, "facts": {}}',
    ]
    given = stream(lines, "?program=P01")
    assert [(one.get("id"), one.get("line"), "programs" in one) for one in given] == [
        ("甲", None, True), (None, 3, False), (2, 4, False), (None, 5, False), (5, None, True),
    ]  # fmt: skip
    assert given[2]["errors"][0]["field"] == "facts.x"


def test_a_number_beyond_all_bounds_is_a_wrong_fact(ask, stream):
    for number in ("1e99999999999999999999", "1e999999999", "-1e-999999999"):
        text = f'{{"agreement_cap_yuan": {number}, "age_years": {number}}}'
        assert {error["field"] for error in ask(text, "", 400)["errors"]} == {"agreement_cap_yuan", "age_years"}
        first, second = stream([f'{{"id": 1, "facts": {text}}}', '{"id": 2, "facts": {}}'])
        assert len(first["errors"]) == 2
        assert second["programs"]


def test_a_name_that_stands_twice_is_found_in_one_pass():
    names = [f"{number:x}" for number in range(26_000)]
    body = "{" + ",".join(f'"{name}":1' for name in [*names, names[-1]]) + "}"
    begun = time.monotonic()
    with pytest.raises(WrongInput, match="写了两次"):
        parse(body.encode())
    assert time.monotonic() - begun < 2  # comparing each with each took six seconds


def test_a_line_too_long_is_skipped_whole(stream):
    long = b'{"id": "' + b"x" * (3 * match_api.MOST_LINE) + b'"}'
    given = stream(long + b"\n" + b'{"id": 2, "facts": {}}' + b"\n", "?program=P01")
    assert [(one.get("line"), one["id"]) for one in given] == [(1, None), (None, 2)]


def test_a_stream_has_an_end(stream, monkeypatch):
    monkeypatch.setattr(match_api, "MOST_LINES", 2)
    given = stream(['{"id": 1, "facts": {}}'] * 5, "?program=P01")
    assert [one.get("line") for one in given] == [None, None, 3]


def test_a_stream_needs_its_own_content_type(ask):
    answer = ask.session.post(STREAM, "{}", content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")
    wrong = ask.session.post(f"{STREAM}?program=P99", "{}", content_type=LINES)
    assert wrong.status_code == 400


def test_memory_does_not_grow_with_the_lines(ask):
    class Endless(io.RawIOBase):
        """Fifty thousand lines that nobody wrote down."""

        left = 50_000

        def readline(self, size=-1):
            self.left -= 1
            return b'{"id": 1, "facts": {"x": 1}}\n' if self.left else b""

    matching = match_api.Matching({"program": "P01"})
    answers = match_api.answers_to(match_api.lines_of(Endless()), matching)
    next(answers)
    tracemalloc.start()
    count = sum(1 for _answer in answers)
    _now, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count == 49_998
    assert most < 200_000


# -- who may, and what is left behind ---------------------------------------------------------------------------------
def test_a_token_needs_its_scope(cast, client):
    load_all(cast.charity)
    given = token_for(cast, "charity_reviewer", ["program.match"])
    lacking = token_for(cast, "charity_reviewer", ["area.view"])
    for token, status in ((given, 200), (lacking, 403)):
        headers = {"Authorization": f"Bearer {token}"}
        assert client.post(MATCH, SICK, content_type="application/json", headers=headers).status_code == status


def test_nothing_is_kept_and_nothing_logged(ask, stream, caplog):
    lines = AuditEntry.objects.count()
    with caplog.at_level(logging.DEBUG):
        ask(SICK | {"hukou_code": "999991"})
        ask({"hukou_code": "999992-secret"}, "", 400)
        stream(
            [
                '{"id": "secret-id", "facts": {"hukou_code": "999993"}}',
                '{"id": "secret-id", "facts": {"hukou_code": 7}}',
            ]
        )
    told = "".join(record.getMessage() for record in caplog.records if not record.name.startswith("django.db"))
    assert not any(word in told for word in ("99999", "secret"))
    assert AuditEntry.objects.count() == lines


def test_the_document_names_every_fact(ask):
    document = ask.session.get("/api/v1/schema/").json()
    facts = document["components"]["schemas"]["MatchFacts"]["properties"]
    assert facts["gender"]["enum"] == ["female", "male"]
    assert "prior_count" not in facts
    page = ask.session.get("/api/docs/").content.decode()
    assert "逐行判定许多人" in page
    assert "application/x-ndjson" in page


def test_one_stream_at_a_time_for_each_and_two_for_all(ask, browse, cast):
    """A stream holds a worker as long as its lines take to come, and there are few workers."""
    cache.clear()

    def begin(person):
        return browse(person).post(STREAM, b'{"id": 1, "facts": {}}', content_type=LINES)

    first, second = begin(cast.charity_reviewer), begin(cast.bureau_officer)
    assert [answer.status_code for answer in (first, second)] == [200, 200]
    assert [begin(person).status_code for person in (cast.charity_reviewer, cast.charity_admin)] == [429, 429]
    assert first.getvalue()  # read to its end
    assert begin(cast.charity_admin).getvalue()
    assert second.getvalue()


@pytest.mark.parametrize("number", [0, 1])
def test_who_breaks_off_or_never_begins_gives_the_place_back(number):
    cache.clear()
    places = ExitStack()
    assert places.enter_context(slot(["one"], 60))
    answers = match_api.Answers((line for line in (b"1", b"2")), places)
    reading = iter(answers)
    assert list(islice(reading, number)) == [b"1"][:number]
    with slot(["one"], 60) as is_free:
        assert not is_free
    answers.close()
    with slot(["one"], 60) as is_free:
        assert is_free


def test_a_cache_in_between_keeps_languages_apart(ask, client):
    answer = client.get("/api/v1/programs/")
    assert {"Accept-Language", "Cookie"} <= set(answer.headers["Vary"].split(", "))
