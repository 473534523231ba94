"""Who fits a program, with real people behind the sheets: names for those who may see them, and nothing else."""

import datetime

import pytest
from django.utils import timezone

from programs import reverse
from programs.actions.fits import count_fits
from programs.models import Program
from referrals.actions import fact_sheets
from referrals.actions.facts import record_facts
from referrals.candidates import worked_off
from referrals.models import ScreeningReview
from tests.make.catalogue import definition_of, make_program, make_version
from tests.make.people import make_fact, make_minor_approval, make_person

FITS = {"hardship_causes": ["major_illness"], "hardship_level": "severe", "aid_still_insufficient": True}


@pytest.fixture
def program(cast):
    """P09: whoever lives in the six districts and is in severe hardship."""
    return make_program(cast.charity, "P09", like="P09")


def fitting(keeper, **values):
    person = make_person(keeper, **values)
    for name, value in FITS.items():
        make_fact(person, name, value)
    fact_sheets.renew(person)
    return person


def a_child(keeper, **values):
    return fitting(keeper, born=(timezone.localdate() - datetime.timedelta(days=8 * 365)).isoformat(), **values)


def page(session, url="/programs/P09/fits/"):
    response = session.get(url)
    assert response.status_code == 200
    return response


def test_the_list_names_people_and_leads_to_their_pages(cast, browse, program):
    person = fitting(cast.town, name="周桂英")
    response = page(browse(cast.town_caseworker))
    html = response.content.decode()
    assert f'<a class="main" href="/people/{person.code}/">周桂英</a>' in html
    assert person.fact_key not in html
    assert person.number not in html


def test_another_area_another_unit_and_another_side_stay_out(cast, browse, program):
    fitting(cast.other_bureau)
    fitting(cast.charity)
    response = page(browse(cast.bureau_officer))
    assert response.context["counts"] == []
    assert not response.context.get("page")


def test_a_charity_sees_no_list_and_no_small_number_of_the_area(cast, browse, program):
    fitting(cast.charity, name="本会登记的人")
    for number in range(9):  # up to four are taken off before rounding
        fitting(cast.town, name=f"街道登记的人{number}")
    response = page(browse(cast.charity_reviewer))
    assert [row["eligible"] for row in response.context["counts"]] == [5]
    html = response.content.decode()
    assert "登记的人0" not in html
    assert "/people/" not in html.split("<main")[1]


def test_minors_are_neither_named_nor_counted_before_somebody_approves(cast, browse, program):
    child, adult = a_child(cast.town, name="周小宝"), fitting(cast.town, name="周桂英")
    count_fits()
    response = page(browse(cast.town_caseworker))
    html = response.content.decode()
    assert [(row["eligible"], row["total"]) for row in response.context["counts"]] == [(1, 1)]
    assert len(response.context["page"]) == 1
    assert adult.name in html
    assert "周小宝" not in html
    assert str(fact_sheets.key_of(child))[:8] not in html
    assert "/minor-access/" in html
    rows = page(browse(cast.bureau_officer), "/programs/").context["page"].rows
    assert rows[0].fitting == (None, None)
    make_minor_approval(cast.town_caseworker, person=child)
    make_minor_approval(cast.bureau_officer)
    response = page(browse(cast.town_caseworker))
    assert {sheet.shown.label for sheet in response.context["page"]} == {"周小宝", "周桂英"}
    rows = page(browse(cast.bureau_officer), "/programs/").context["page"].rows
    assert rows[0].fitting == (2, 0)


def test_what_a_version_changes_counts_real_people_without_unapproved_minors(cast, browse, program):
    fitting(cast.town)
    a_child(cast.town)
    make_fact(person := fitting(cast.town), "enrolled", True)
    fact_sheets.renew(person)
    definition = definition_of("P09")
    definition["condition"]["all"].append({"fact": "enrolled", "test": "eq", "value": True, "why": "试"})
    tomorrow = timezone.localdate() + datetime.timedelta(days=1)
    program.versions.update(valid_to=tomorrow)
    make_version(program, definition, state="released", valid_from=tomorrow.isoformat())
    where = "/programs/P09/versions/2/effects/"
    context = page(browse(cast.bureau_officer), where).context
    assert (context["gained"], context["lost"]) == ("0", "1")
    make_minor_approval(cast.bureau_officer)
    assert page(browse(cast.bureau_officer), where).context["lost"] == "2"
    assert "5" in page(browse(cast.catalogue_admin), where).context["lost"]


def test_a_supervisor_sees_rounded_counts_and_no_list(cast, browse, program):
    fitting(cast.town, name="周桂英")
    response = page(browse(cast.city_supervisor))
    assert [row["eligible"] for row in response.context["counts"]] == [None]
    assert "周桂英" not in response.content.decode()


def test_names_are_told_only_for_people_in_sight(cast):
    mine, theirs = fitting(cast.town), fitting(cast.other_bureau)
    keys = [fact_sheets.key_of(one) for one in (mine, theirs)]
    assert set(reverse.display(cast.town_caseworker, keys)) == {keys[0]}
    for name in ("charity_reviewer", "catalogue_admin", "system_admin"):
        assert reverse.display(cast[name], keys) == {}


def marked(session, person, outcome="help_arranged", **said):
    return session.post(f"/people/{person.code}/fits/P09/", {"outcome": outcome, "note": "", **said})


def test_whoever_was_dealt_with_leaves_the_list_until_there_is_news(cast, browse, program):
    person, other = fitting(cast.town, name="周桂英"), fitting(cast.town, name="吴秀兰")
    session = browse(cast.town_caseworker)
    assert marked(session, person).url == "/programs/P09/fits/"
    left = page(session)
    assert "周桂英" not in left.content.decode()
    assert [count for _name, _label, count in left.context["tabs"]] == [1, 0]
    done = page(session, "/programs/P09/fits/?work=done").content.decode()
    assert ("周桂英" in done, "吴秀兰" in done) == (True, False)
    assert f"已安排进一步帮扶 · {cast.town_caseworker}" in done
    assert person.timeline.get(kind="screened").details["list"] == str(program)
    record_facts(cast.town_caseworker, person, {"frail": True})
    assert "周桂英" in page(session).content.decode()
    assert len(page(session, "/programs/P09/fits/?work=all").context["page"].rows) == 2
    assert other.screening_reviews.count() == 0


def test_a_mark_is_for_one_program_and_seen_by_all_who_work_there(cast, browse, program):
    make_program(cast.charity, "P07", like="P07")
    person = fitting(cast.town)
    assert marked(browse(cast.bureau_officer), person).status_code == 302
    assert page(browse(cast.town_caseworker)).context["page"].rows == []
    assert worked_off(cast.town_caseworker, Program.objects.get(code="P07")) == []
    assert worked_off(cast.other_bureau_approver, program) == []


def test_only_who_fits_is_marked_and_only_by_who_may_edit(cast, browse, program):
    person, stranger = fitting(cast.town), make_person(cast.town, born="1980-01-01")
    make_fact(stranger, "hardship_level", "none")
    fact_sheets.renew(stranger)
    assert "已经不符合" in marked(browse(cast.town_caseworker), stranger).content.decode()
    assert "请写明" in marked(browse(cast.town_caseworker), person, "other").content.decode()
    assert marked(browse(cast.bureau_approver), person).status_code == 403
    assert marked(browse(cast.charity_reviewer), person).status_code in (403, 404)
    assert not ScreeningReview.objects.exists()
