"""No other road leads to personal data: who may read the sealed columns, and who may load people at all.

The rooms below cannot know people (tests/test_architecture.py), so only this room and portal are looked through.
"""

import ast
import re
from pathlib import Path

import pytest
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from tests.make.people import make_minor_approval, make_person, make_provision
from tests.make.units import a_number, make_staff
from tests.test_architecture import ROOT, imports_of, patterns

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
    "referrals/imports.py": "compares the rows of a unit's own table with its own records",
    "referrals/imports_shown.py": "shows the rows of a unit's own table, numbers masked",
    "referrals/actions/imports.py": "the rows of a unit's own table",
    "referrals/actions/import_writing.py": "the keeper's own records, written from its own table",
    "referrals/actions/consents.py": "the consent's own envelope",
    "referrals/consent_papers.py": "the digest of the consent's own envelope",
    "referrals/models/leads.py": "the lead's own envelope: the finder's words",
    "referrals/actions/leads.py": "the lead's own envelope",
    "referrals/lead_figures.py": "leads with the same telephone; no person's",
    "referrals/models/needs.py": "the need's own envelope: the family's words",
    "referrals/actions/needs.py": "the need's own envelope",
    "referrals/models/visits.py": "the visit's own envelope: what was seen",
    "referrals/actions/visits.py": "the visit's own envelope",
    "referrals/models/documents.py": "the paper's own envelope: what its file is called",
    "referrals/actions/documents.py": "the paper's own envelope",
    "referrals/models/checks.py": "the check's own envelope: who signed, what was reckoned",
    "referrals/actions/checks.py": "the check's own envelope",
    "referrals/models/screening.py": "the review's own envelope",
    "referrals/actions/screening.py": "the review's own envelope",
    "referrals/management/demo/field_work.py": "invents leads, needs and visits and reads no person's",
    "referrals/models/aid.py": "the line's own envelope: to whom it is paid, what was said",
    "referrals/actions/aid.py": "the line's own envelope",
    "referrals/actions/aid_steps.py": "the line's own envelope",
    "referrals/actions/told_aid.py": "the line's own envelope",
    "referrals/actions/aid_imports.py": "the rows of a unit's own table",
    "referrals/aid_api.py": "leaves every envelope closed",
    "referrals/earlier_grants.py": "the same human under every record, by the hash of the number; opens no envelope",
    "referrals/models/instalments.py": "the envelope of an instalment: who signed, why it was stopped",
    "referrals/actions/instalments.py": "the envelope of an instalment: who signed, why it was stopped",
    "referrals/actions/schedules.py": "the envelope of an instalment: who signed, why it was stopped",
    "referrals/actions/review_draws.py": "the line's own envelope",
    "referrals/models/shares.py": "the envelope of a share: what it is for, why it ended",
    "referrals/actions/shares.py": "the envelope of a share: what it is for, why it ended",
    "referrals/models/follow_ups.py": "the envelope of a follow-up: what to look at, what came of it",
    "referrals/actions/follow_ups.py": "the envelope of a follow-up: what to look at, what came of it",
    "referrals/views/follow_ups.py": "leaves every envelope closed",
    "referrals/verification.py": "the bureau's own search, for somebody a referral told it of",
    "referrals/views/tellings.py": "what a telling shows anyway, put into the bureau's own form",
    "referrals/batch_lists.py": "the columns a list may show, each behind its item of the data dictionary",
    "referrals/models/referrals.py": "the referral's own envelope, shown where the case may be seen",
    "referrals/actions/referrals.py": "the referral's own envelope, shown where the case may be seen",
    "referrals/actions/moves.py": "the referral's own envelope, shown where the case may be seen",
    "referrals/actions/outcomes.py": "the referral's own envelope, shown where the case may be seen",
    "referrals/actions/decisions.py": "the referral's own envelope, shown where the case may be seen",
    "referrals/actions/agreed.py": "the referral's own envelope, shown where the case may be seen",
    "referrals/actions/approvals.py": "the referral's own envelope, shown where the case may be seen",
    "referrals/actions/guests.py": "the referral's own envelope, shown where the case may be seen",
    "referrals/actions/tellings.py": "the referral's own envelope, shown where the case may be seen",
    "referrals/actions/loops.py": "the referral's own envelope, shown where the case may be seen",
    "referrals/forms/writing.py": "the referral's own envelope, shown where the case may be seen",
    "referrals/views/writing.py": "the referral's own envelope, shown where the case may be seen",
    "referrals/referral_api.py": "the referral's own envelope, shown where the case may be seen",
    "referrals/case_lines.py": "the referral's own envelope, shown where the case may be seen",
    "referrals/two_ways.py": "the referral's own envelope, shown where the case may be seen",
    "referrals/models/urgent.py": "the envelope of an urgent ground",
    "referrals/actions/urgent.py": "the envelope of an urgent ground",
    "referrals/desks.py": "leaves every envelope closed",
    "referrals/views/urgent.py": "leaves every envelope closed",
    "referrals/views/aid.py": "leaves every envelope closed",
    "referrals/models/batches.py": "the envelopes of lists, notices and stations",
    "referrals/models/notices.py": "the envelopes of lists, notices and stations",
    "referrals/models/stations.py": "the envelopes of lists, notices and stations",
    "referrals/actions/batches.py": "the envelopes of lists, notices and stations",
    "referrals/actions/batch_draws.py": "the envelopes of lists, notices and stations",
    "referrals/actions/batch_decisions.py": "the envelopes of lists, notices and stations",
    "referrals/actions/batch_stations.py": "the envelopes of lists, notices and stations",
    "referrals/actions/notices.py": "the envelopes of lists, notices and stations",
    "referrals/models/notes.py": "the envelope of notes and messages",
    "referrals/actions/notes.py": "the envelope of notes and messages",
    "referrals/models/pairings.py": "the pairing's own envelope: who comes, what was done",
    "referrals/actions/pairings.py": "the pairing's own envelope: who comes, what was done",
    "referrals/management/demo/lists.py": "invents lists and referrals and reads no person's",
    "referrals/management/demo/past_referrals.py": "invents lists and referrals and reads no person's",
    "portal/templatetags/show.py": "the words of a step, where the case may be seen",
    "portal/bench/referral_data.py": "invents referrals for measuring",
    "referrals/disclosure.py": "the one road",
    "referrals/own_copies.py": "the person's own copy of everything held",
    "referrals/models/subject_requests.py": "the envelope of who asks",
    "referrals/actions/subject_requests.py": "the envelope of who asks",
    "referrals/actions/purges.py": "empties every envelope",
    "portal/bench/people.py": "measures the search, among invented people only",
    "referrals/management/demo/families.py": "invents people and reads none",
    "referrals/management/demo/histories.py": "invents what happened to them and reads none",
    "referrals/management/demo/past_consents.py": "invents who agreed and who witnessed",
    "referrals/management/commands/load_people.py": "invents people and reads none",
}
# Who turns items into values: only those who record that they did.
PROJECTORS = {"referrals/disclosure.py", "referrals/actions/provisions.py", "referrals/own_copies.py"}
PROJECTORS |= {"referrals/actions/exchange.py", "referrals/cases_shown.py", "referrals/actions/guests.py"}
ENTRANCES = (
    "referrals/views",
    "referrals/forms",
    "referrals/api.py",
    *(f"referrals/{name}_api.py" for name in ("import", "people", "need", "visit", "check", "consent", "received")),
    "portal/search.py",
    "portal/home.py",
)


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


# -- Walked by strangers ----------------------------------------------------------------------------------------------
MARKS = {"name": "欧阳探路", "phone": "0467-5559713", "address": "独有路 9713 号", "account": "6222009713971397"}
# The field of the search box.
FIELD = "text"
STRANGERS = ("other_charity_reviewer", "other_bureau_approver", "catalogue_admin", "system_admin", "anonymous")


@pytest.fixture
def marked(cast):
    """Somebody with a consent and a list passed on to the charity; strangers hold whatever roles strangers can hold."""
    cast.other_charity_reviewer = make_staff("助学会经办", cast.other_charity, ["charity_reviewer"])
    person = make_person(cast.town, **MARKS)
    provision = make_provision(cast.bureau_officer, person, cast.charity, ("name", "phone", "number"))
    return person, provision


def addresses(codes):
    """Every address of this room and of portal that can be made of these codes: each noun with its own, others with
    the person's. {noun: code}"""
    for route, entry in patterns():
        if not entry.name or entry.callback.__module__.split(".")[0] not in {"referrals", "portal"}:
            continue
        namespace = "referrals:" if entry.callback.__module__.startswith("referrals") else ""
        noun = min((noun for noun in codes if noun in route), key=route.find, default="people")
        for given in ({"code": codes[noun]}, {}):
            try:
                yield reverse(f"{namespace}{entry.name}", kwargs=given)
                break
            except NoReverseMatch:
                continue


@pytest.mark.parametrize("stranger", STRANGERS)
def test_no_page_tells_a_stranger_anything_of_somebody(stranger, marked, cast, browse):
    person, provision = marked
    session = browse(cast[stranger])
    codes = {
        "consents": provision.consent.code, "received": provision.code, "provisions": provision.code,
        "households": person.household.code, "people": person.code,
    }  # fmt: skip
    walked = sorted(set(addresses(codes)))
    assert len(walked) > 50
    marks = [*MARKS.values(), person.number, person.number[-6:]]
    told = [
        (url, mark)
        for url in walked
        if not (answer := session.get(url)).streaming
        for mark in marks
        if mark in answer.content.decode(errors="replace")
    ]
    assert told == []


def words_of_page(answer):
    """What a reader sees of the page's own part, without what is drawn anew for every answer."""
    return re.sub(r"<[^>]*>|\s+", " ", re.search(r"(?s)<main.*?</main>", answer.content.decode())[0])


@pytest.mark.parametrize("asked", ["欧阳探路", "欧阳", "oytl", "number", "0467-5559713", "code"])
def test_a_stranger_searches_for_somebody_and_for_nobody_with_one_result(asked, marked, cast, browse):
    """Neither what is found, nor how many, nor the shape of the answer tells that somebody is known elsewhere."""
    person, _provision = marked
    text = {"number": person.number, "code": person.code}.get(asked, asked)
    nobody = {"number": a_number(), "code": "aaaaaaaaaa"}.get(asked, "无此")
    session = browse(cast.other_charity_reviewer)
    answers = []
    for words in (text, nobody):
        by_list = session.post(reverse("referrals:find_people"), {"text": words}, follow=True)
        everywhere = session.post(reverse("search"), {FIELD: words})
        plain = [words_of_page(page).replace(words, "…") for page in (by_list, everywhere)]
        answers.append((by_list.status_code, everywhere.status_code, *plain))
    assert answers[0] == answers[1]


@pytest.mark.parametrize("query", ["q", "name", "number", "ordering", "search", "person__name__startswith"])
def test_filters_of_received_lists_tell_nothing(query, marked, cast, browse):
    """What is not a filter narrows nothing: counts and order stay the same whatever is asked."""
    session = browse(cast.charity_reviewer)
    plain = session.get(reverse("referrals:list_received")).content.decode()
    asked = session.get(reverse("referrals:list_received"), {query: "欧阳"}).content.decode()
    assert plain.count("<tr") == asked.count("<tr")
    assert "欧阳" not in asked


def test_the_receiver_sees_in_one_page_only_what_was_agreed(marked, cast, browse):
    """There is something that could leak, so the silence above means something."""
    person, provision = marked
    page = browse(cast.charity_reviewer).get(reverse("referrals:show_received", args=[provision.code]))
    told = page.content.decode()
    assert MARKS["name"] in told
    assert person.number in told
    assert MARKS["address"] not in told
    assert MARKS["account"] not in told


def test_a_minor_in_a_list_has_a_surname_only_until_somebody_approves(cast, browse):
    born = f"{timezone.localdate().year - 9}-01-01"
    child = make_person(cast.town, name="欧阳小路", born=born)
    pages = ("/people/", reverse("referrals:find_people"))
    for is_approved in (False, True):
        session = browse(cast.town_caseworker)
        shown = session.get(pages[0]).content.decode()
        found = session.post(pages[1], {"text": "欧阳小路"}, follow=True).content.decode()
        searched = session.post(reverse("search"), {FIELD: "欧阳小路"}).content.decode()
        for page in (shown, found.replace('value="欧阳小路"', ""), searched):
            table = re.sub(r"(?s)<head>.*?</head>|<form.*?</form>|<h1>.*?</h1>|<mark>|</mark>", "", page)
            assert ("欧阳小路</a>" in table) is is_approved
        make_minor_approval(cast.town_caseworker, child)
