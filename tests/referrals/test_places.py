"""Nobody falls out of sight when a division is merged or a unit's kind is corrected."""

from django.utils import timezone

from members.actions.areas import replace_area
from members.models import AuditEntry, Organization
from referrals.models import Lead, Person
from referrals.tasks import follow_areas
from tests.make.people import make_household, make_lead, make_person, make_visit, make_visit_round
from tests.make.units import make_area


def test_people_follow_their_street_into_its_successor(cast):
    person = make_person(cast.town, registration=cast.town_area)
    stays = make_person(cast.bureau)
    street = make_area("230303007000", "乙区七街道", "town", cast.other_county)
    replace_area(cast.system_admin, cast.town_area, street, timezone.localdate())
    assert not Person.objects.visible_to(cast.other_bureau_approver).exists()
    follow_areas()
    person.refresh_from_db()
    assert (person.residence, person.county, person.town) == (street, cast.other_county.code, street.code)
    assert (person.household.residence, person.registration) == (street, street)
    assert list(Person.objects.visible_to(cast.other_bureau_approver)) == [person]
    assert list(Person.objects.visible_to(cast.bureau_officer)) == [stays]
    assert AuditEntry.objects.get(action="person.follow_area").changes["people"] == [None, 1]
    follow_areas()
    assert AuditEntry.objects.filter(action="person.follow_area").count() == 1


def test_leads_visits_rounds_and_empty_homes_follow_too(cast):
    """Nobody lives there any more; what was found there is still to be seen by whoever took the place over."""
    lead = make_lead(cast.charity_reviewer, cast.town_area)
    visit = make_visit(area=cast.town_area, recorded_by=cast.town_caseworker)
    one, home = make_visit_round(cast.town), make_household(cast.town)
    street = make_area("230303007000", "乙区七街道", "town", cast.other_county)
    replace_area(cast.system_admin, cast.town_area, street, timezone.localdate())
    follow_areas()
    for row in (lead, visit, one, home):
        row.refresh_from_db()
    assert {lead.area, visit.area, one.area, home.residence} == {street}
    assert (lead.county, visit.town) == (cast.other_county.code, street.code)
    assert list(Lead.objects.visible_to(cast.other_bureau_approver)) == [lead]
    assert not Lead.objects.visible_to(cast.bureau_officer).exists()


def test_a_unit_of_another_kind_brings_its_people_along(cast):
    person = make_person(cast.charity)
    Organization.objects.filter(pk=cast.charity.pk).update(kind="service_station")
    follow_areas()
    assert list(Person.objects.visible_to(cast.bureau_officer)) == [person]
    Organization.objects.filter(pk=cast.charity.pk).update(kind="other_charity")
    follow_areas()
    assert not Person.objects.visible_to(cast.bureau_officer).exists()
