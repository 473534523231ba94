"""manage.py match: facts in, verdicts out, and plain words where the input is no such thing."""

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import call_command

from programs.catalogue import units

ROOT = Path(__file__).parent.parent.parent
SICK = {"as_of": "2024-09-02", "birth_date": "2015-05-20", "nationality": "CN", "diagnoses": ["leukemia"]}
SICK["prior_grants"] = []


@pytest.fixture
def file(tmp_path):
    def written(content):
        path = tmp_path / "facts.json"
        path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
        return str(path)

    return written


def run(*arguments):
    out = io.StringIO()
    call_command("match", *arguments, stdout=out)
    return json.loads(out.getvalue())


def refused(*arguments):
    err, out = io.StringIO(), io.StringIO()
    with pytest.raises(SystemExit) as caught:
        call_command("match", *arguments, stdout=out, stderr=err)
    assert caught.value.code == 2
    assert out.getvalue() == ""
    return err.getvalue()


def test_one_person_gets_every_program_with_exactly_these_keys(file):
    answer = run(file(SICK))
    assert [entry["program"] for entry in answer["programs"]] == [program.code for program in units()]
    keys = ["program", "eligible", "amount", "copay", "missing", "unknown", "route_ok", "reasons"]
    assert [list(entry) for entry in answer["programs"]] == [keys] * 14


def test_a_list_is_answered_in_its_order_with_its_ids(file):
    people = [{"id": "甲", "facts": SICK}, {"id": 2, "facts": {}}]
    answer = run(file(people), "--program", "P01")
    assert [(entry["id"], entry["programs"][0]["unknown"]) for entry in answer][0] == ("甲", ["hsct_done"])
    assert answer[1]["id"] == 2
    assert answer[1]["programs"][0]["eligible"] is None


def test_an_empty_list_gets_an_empty_list(file):
    assert run(file([])) == []


def test_a_container_stands_for_its_programs(file):
    assert [entry["program"] for entry in run(file({}), "--program", "P06")["programs"]] == ["P06-1", "P06-2"]


def test_sums_are_json_numbers_without_a_false_fraction(file):
    facts = {"diagnoses": ["cataract"], "categories": ["dibao"], "hukou_code": "230302", "agreement_cap_yuan": 1500}
    data = json.dumps(facts | {"self_paid_yuan": 0})[:-2].encode() + b"900.10}"
    assert run(file(data), "--program", "P08-1")["programs"][0]["amount"] == [0, 900.1]


def test_an_unknown_program_is_named_with_those_there_are(file):
    assert "P99" in refused(file({}), "--program", "P99")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "文件是空的"),
        (b" \n\t", "文件是空的"),
        (b"{", "不是正确的 JSON"),
        (b"\xff\xfe{}", "UTF-8"),
        (b"[" * 100_000, "套得太深"),
        (b"5", "应当是一个事实对象"),
        (b'"text"', "应当是一个事实对象"),
        (b"[1]", "[0]"),
        (b'[{"id": 1}]', "[0]"),
        (b'[{"facts": {}, "id": null}]', "id 应当是文字或整数"),
        (b'[{"facts": [], "id": "a"}]', "[0] a 一个人的事实应当是一个 JSON 对象"),
        (b'{"self_paid_yuan": NaN}', "NaN"),
        (b'{"self_paid_yuan": 1e999999999}', "self_paid_yuan"),
        (b'{"quota_used": ' + b"9" * 5000 + b"}", "太长的数字"),
        (b'{"gender": "male", "gender": "female"}', "“gender”写了两次"),
        (b'[{"id": "\\ud800", "facts": {}}]', "不完整的字符"),
        (b'{"term": "\\udc00"}', "不完整的字符"),
    ],
)
def test_what_is_no_facts_is_refused_in_one_clear_line(file, content, words):
    message = refused(file(content))
    assert words in message
    assert "Traceback" not in message


def test_wrong_facts_of_many_people_are_all_named(file):
    people = [{"id": "a", "facts": {"x": 1}}, {"id": "b", "facts": {}}, {"id": "c", "facts": {"enrolled": 0, "y": 2}}]
    lines = refused(file(people)).splitlines()
    assert [line.split("：")[0] for line in lines] == ["[0] a x", "[2] c enrolled", "[2] c y"]


def test_a_file_that_is_not_there_and_a_directory_are_refused(tmp_path):
    assert "读不了" in refused(str(tmp_path / "nothing.json"))
    assert "目录" in refused(str(tmp_path))


@pytest.mark.slow
def test_the_command_reads_standard_input_and_needs_no_database(tmp_path):
    environment = {"PATH": "/usr/bin:/bin", "PORTAL_VAR": str(tmp_path / "var"), "LANG": "C"}
    command = [sys.executable, "manage.py", "match", "-", "--program", "P01"]
    done = subprocess.run(command, input=json.dumps(SICK).encode(), cwd=ROOT, env=environment, capture_output=True)
    assert done.returncode == 0, done.stderr.decode()
    assert json.loads(done.stdout)["programs"][0]["unknown"] == ["hsct_done"]
    wrong = subprocess.run(command, input=b'{"x": 1}', cwd=ROOT, env=environment, capture_output=True)
    assert (wrong.returncode, wrong.stdout) == (2, b"")
    assert wrong.stderr.decode() == "x：没有这个事实，请核对名称\n"
    assert not (tmp_path / "var" / "postgres").exists()
