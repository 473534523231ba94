"""No other road leads to personal data: who may read the sealed columns, and who may load people at all.

The rooms below cannot know people (tests/test_architecture.py), so only this room and portal are looked through.
"""

import ast
import re
from pathlib import Path

import pytest

from tests.test_architecture import ROOT, imports_of

# Words of the sealed columns and of the searches by them.
SEALED = {"private", "number_index", "phone_index", "second_phone_index", "with_number", "with_phone"}
# Who says them, and why. A module that is not here goes through referrals.disclosure.
READERS = {
    "referrals/models/people.py": "the columns themselves",
    "referrals/models/consents.py": "the consent's own envelope: who agreed, who witnessed",
    "referrals/finding.py": "the keeper's own search",
    "referrals/actions/people.py": "the keeper's own record",
    "referrals/actions/categories.py": "the number of the keeper's own certificate",
    "referrals/actions/guardianships.py": "the keeper's own record of guardians",
    "referrals/actions/mergers.py": "the keeper's own records, side by side",
    "referrals/models/facts.py": "the columns themselves",
    "referrals/actions/consents.py": "the consent's own envelope",
    "referrals/consent_papers.py": "the digest of the consent's own envelope",
    "referrals/disclosure.py": "the one road",
    "portal/bench/people.py": "measures the search, among invented people only",
    "referrals/management/demo/families.py": "invents people and reads none",
}
# Who turns items into values: only those who record that they did.
PROJECTORS = {"referrals/disclosure.py", "referrals/actions/provisions.py"}
ENTRANCES = ("referrals/views", "referrals/forms", "referrals/api.py", "portal/search.py", "portal/home.py")


def modules():
    for room in ("referrals", "portal"):
        for path in (ROOT / room).rglob("*.py"):
            name = str(path.relative_to(ROOT))
            if not name.startswith(("portal/lib/", "referrals/migrations/")):
                yield name, path


def words_of(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.keyword) and node.arg:
            yield node.arg
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def test_only_the_keepers_own_modules_and_the_road_touch_what_is_sealed():
    strangers = {name for name, path in modules() if SEALED & set(words_of(path))} - READERS.keys()
    assert strangers == set()


def test_every_reader_that_is_named_is_there_and_reads():
    assert {name for name in READERS if not SEALED & set(words_of(ROOT / name))} == set()


def test_values_are_made_only_by_those_who_record_it():
    callers = {
        name
        for name, path in modules()
        if {"referrals.disclosure.project", "referrals.disclosure.READERS"} & {one for one, _line in imports_of(path)}
        or re.search(r"\bdisclosure\.(project|READERS)\b", path.read_text())
    }
    assert callers <= PROJECTORS


def test_entrances_load_people_only_within_sight():
    """`Person.objects` in a view is followed by `visible_to`: whoever is out of sight is not there."""
    wrong = [
        f"{name}:{number}"
        for name, path in modules()
        if name.startswith(ENTRANCES)
        for number, line in enumerate(path.read_text().splitlines(), start=1)
        if re.search(r"\bPerson\.objects\b(?!\.visible_to\()", line)
    ]
    assert wrong == []


def test_templates_reach_into_no_envelope():
    wrong = [
        str(path.relative_to(ROOT))
        for path in (Path(ROOT) / "templates").rglob("*.html")
        if re.search(r"\.private\b", path.read_text())
    ]
    assert wrong == []


@pytest.mark.parametrize("word", sorted(SEALED))
def test_the_test_would_find_a_stranger(word, tmp_path):
    stranger = tmp_path / "stranger.py"
    stranger.write_text(f"def leak(person):\n    return person.{word}\n")
    assert word in set(words_of(stranger))
