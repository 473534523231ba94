"""The page "who fits this program", the nightly count, and sheets loaded from a file."""

import io
import json
import uuid

import pytest
from django.core.management import call_command

from members.models import AuditEntry
from programs import reverse
from programs.actions.fact_sheets import Sheet, put
from programs.actions.fits import count_fits
from programs.facts import VOCABULARY
from programs.models import FactSheet, ProgramFit
from tests.make.catalogue import make_program
from tests.make.people import make_minor_approval

pytestmark = pytest.mark.django_db
HERE, THERE = "230302001000", "230303000000"
FITS = {"birth_date": "2018-05-20", "nationality": "CN", "diagnoses": ["leukemia"], "hsct_done": True}
FITS |= {"prior_grants": []}
OPEN = {name: value for name, value in FITS.items() if name != "nationality"}


def people(number, facts, area=HERE):
    sheets = [Sheet(uuid.uuid4(), area, VOCABULARY.read(facts)) for _ in range(number)]
    put(sheets)
    return sheets


@pytest.fixture
def program(cast):
    """Those who ask here are approved for minors; tests/referrals/test_candidates.py is about those who are not."""
    for name in ("bureau_officer", "town_caseworker"):
        make_minor_approval(cast[name])
    return make_program(cast.charity, "P01", like="P01")


def page(session, url):
    response = session.get(url)
    assert response.status_code == 200
    return response


def test_a_caseworker_sees_counts_and_the_list_of_the_own_area(cast, browse, program):
    (mine,), _theirs = people(1, FITS), people(1, FITS, THERE)
    response = page(browse(cast.bureau_officer), "/programs/P01/fits/")
    assert [(row["name"], row["eligible"], row["could_be"], row["total"]) for row in response.context["counts"]] == [
        ("甲区", 1, 0, 1)
    ]
    assert [sheet.key for sheet in response.context["page"]] == [mine.key]
    assert str(mine.key)[:8] in response.content.decode()
    line = AuditEntry.objects.get(action="fit.view")
    assert (line.object_code, line.changes["rows"]) == ("P01", [None, 1])


def test_the_list_of_those_who_could_names_what_to_ask(cast, browse, program):
    people(1, OPEN)
    response = page(browse(cast.town_caseworker), "/programs/P01/fits/?show=could_be")
    assert [[fact.name for fact in sheet.unknown] for sheet in response.context["page"]] == [["nationality"]]
    assert "国籍" in response.content.decode()


def test_the_list_is_narrowed_by_county_and_turned_by_pages(cast, browse, program):
    people(60, FITS)
    other = people(1, FITS, "230302002000")
    session = browse(cast.bureau_officer)
    first = page(session, "/programs/P01/fits/?county=230302")
    assert len(first.context["page"]) == 50
    second = page(session, f"/programs/P01/fits/?county=230302&after={first.context['page'].after}")
    assert [sheet.key for sheet in second.context["page"]][-1] == other[0].key
    assert len(second.context["page"]) == 11
    assert len(page(session, "/programs/P01/fits/?county=junk&on=junk&show=junk&after=junk").context["page"]) == 50


@pytest.mark.parametrize("person", ["charity_reviewer", "catalogue_admin", "city_supervisor"])
def test_outsiders_see_no_list_and_no_small_number(cast, browse, program, person):
    people(3, FITS)
    people(14, OPEN)
    response = page(browse(cast[person]), "/programs/P01/fits/?show=could_be&on=2020-01-01")
    row = {name: value for name, value in response.context["counts"][0].items() if name != "name"}
    assert row == {"county": "230302", "eligible": None, "could_be": 10}
    html = response.content.decode()
    assert "少于 5" in html
    assert "名单" not in html.split("<main")[1]
    assert "page" not in response.context


def test_names_come_from_whoever_keeps_the_people(cast, browse, program, monkeypatch):
    one, other = people(2, FITS)
    asked = []

    def display(staff, keys, of):
        asked.append((staff, set(keys), of))
        return {one.key: reverse.Shown("某家庭", "/somewhere/")}

    monkeypatch.setattr(reverse._registry, "display", display)
    html = page(browse(cast.bureau_officer), "/programs/P01/fits/").content.decode()
    assert asked == [(cast.bureau_officer, {one.key, other.key}, program)]
    assert '<a class="main" href="/somewhere/">某家庭</a>' in html
    assert "未具名" in html


def test_a_container_and_a_draft_have_no_such_page(cast, browse):
    make_program(cast.charity, "P01", like="P01", state="draft")
    make_program(cast.charity, "P06", like="P06", is_container=True)
    session = browse(cast.catalogue_admin)
    assert session.get("/programs/P01/fits/").status_code == 404
    assert session.get("/programs/P06/fits/").status_code == 404


# -- the nightly count ------------------------------------------------------------------------------------------------
def test_the_nightly_count_fills_the_list_of_programs_and_may_run_twice(cast, browse, program):
    people(9, FITS)
    people(2, OPEN)
    people(20, FITS, THERE)
    assert count_fits() == count_fits() == 2
    assert [(one.county, one.eligible, one.could_be, one.total) for one in ProgramFit.objects.order_by("county")] == [
        ("230302", 9, 2, 11),
        ("230303", 20, 0, 20),
    ]
    rows = {
        person: page(browse(cast[person]), "/programs/").context["page"].rows[0].fitting
        for person in ("bureau_officer", "charity_reviewer", "city_supervisor", "town_caseworker", "system_admin")
    }
    assert rows == {
        "bureau_officer": (9, 2), "charity_reviewer": (5, None), "city_supervisor": (25, None),
        "town_caseworker": None, "system_admin": None,
    }  # fmt: skip
    assert "少于 5" in page(browse(cast.charity_reviewer), "/programs/").content.decode()


def test_what_was_counted_for_a_withdrawn_program_is_gone(cast, program):
    people(1, FITS)
    count_fits()
    program.versions.update(state="withdrawn", valid_to="2024-07-13", withdrawn_at="2024-07-13T00:00Z", reason="测试")
    assert count_fits() == 0
    assert not ProgramFit.objects.exists()


# -- from a file ------------------------------------------------------------------------------------------------------
@pytest.fixture
def load(tmp_path):
    codes = []

    def loaded(content, *arguments):
        path = tmp_path / "facts.json"
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        out, err = io.StringIO(), io.StringIO()
        try:
            call_command("load_facts", str(path), *arguments, stdout=out, stderr=err)
        except SystemExit as ended:
            codes.append(ended.code)
        return out.getvalue() or err.getvalue()

    loaded.codes = codes
    return loaded


def test_sheets_are_loaded_and_loaded_again_under_the_same_keys(load):
    entry = {
        "id": "110101199003070000",
        "area": "230302",
        "facts": FITS | {"as_of": "2024-09-02", "documents_held": []},
    }
    assert load([entry, {"id": 7, "facts": {}}], "--area", "230303001").startswith("装入 2 份")
    load([entry | {"facts": OPEN}])
    rows = {row.area_code: row for row in FactSheet.objects.all()}
    assert set(rows) == {"230302000000", "230303001000"}
    assert rows["230302000000"].nationality is None
    assert "1101" not in str(rows["230302000000"].key)


def test_the_same_id_of_another_source_is_another_person(load):
    load([{"id": 1, "area": "230302", "facts": {}}, {"id": "1", "area": "230302", "facts": {}}])
    load([{"id": 1, "area": "230302", "facts": {}}], "--source", "other")
    assert FactSheet.objects.count() == 3


def test_every_fault_of_a_file_is_named_and_nothing_loaded(load):
    wrong = [
        {"id": "a", "area": "230302", "facts": {"x": 1}},
        {"id": "a", "area": "230302", "facts": {}},
        {"id": "b", "facts": {"enrolled": 3}},
        {"id": "c", "area": 230302, "facts": {}},
    ]
    said = load(wrong).splitlines()
    assert [line.split("：")[0] for line in said] == ["[0] a x", "[1] a", "[2] b area", "[3] c area"]
    assert "列表" in load({"gender": "male"})
    assert "[0]" in load([{"id": 1}])
    assert "JSON" in load("[")
    assert load.codes == [2, 2, 2, 2]
    assert not FactSheet.objects.exists()
