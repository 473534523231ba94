"""Government aid that somebody looks eligible for, said before charity is asked."""

import pytest
from django.urls import reverse

from referrals.likely_aid import likely_schemes
from referrals.models import Person
from tests.make.people import make_category, make_government_aid, make_person


@pytest.mark.parametrize(
    ("level", "causes", "categories", "recorded", "likely"),
    [
        ("severe", [], [], [], ["dibao"]),
        ("severe", [], ["dibao"], [], []),
        ("severe", [], [], ["dibao"], []),
        ("some", ["sudden_accident"], [], [], ["temp_relief"]),
        ("some", ["sudden_accident"], ["temp_relief_1y"], [], []),
        ("", ["major_illness"], [], [], []),
        ("", ["major_illness"], ["dibao_edge"], [], ["medical"]),
        ("", ["schooling"], ["dibao"], [], ["education"]),
        ("", ["major_disaster"], [], [], ["disaster"]),
        ("", [], ["orphan"], [], ["orphan"]),
        ("", [], ["disabled"], [], []),
        ("", [], ["disabled", "dibao"], [], ["disability"]),
    ],
)
def test_what_the_record_shows_points_to_a_scheme(level, causes, categories, recorded, likely):
    assert likely_schemes(Person(level=level, causes=causes), categories, recorded) == likely


@pytest.mark.django_db
def test_the_page_warns_until_an_application_or_its_reason_is_recorded(cast, browse):
    person = make_person(cast.town)
    Person.objects.filter(pk=person.pk).update(level="some", causes=["schooling"])
    make_category(person, "dibao_edge")
    session, link = (
        browse(cast.town_caseworker),
        reverse("referrals:record_aid", args=[person.code]) + "?scheme=education",
    )
    assert link in session.get(f"/people/{person.code}/").content.decode()
    assert session.get(link).context["form"]["scheme"].value() == "education"
    make_government_aid(person, "education", state="none_applies", reason="已毕业")
    assert link not in session.get(f"/people/{person.code}/").content.decode()


@pytest.mark.django_db
def test_everything_a_result_wants_is_said_at_once(cast, browse):
    person = make_person(cast.town)
    said = {"scheme": "dibao", "state": "refused"}
    form = browse(cast.town_caseworker).post(reverse("referrals:record_aid", args=[person.code]), said).context["form"]
    assert sorted(form.errors) == ["decided_on", "reason"]
