"""Nobody falls out of sight when a division is merged or a unit's kind is corrected."""

from django.utils import timezone

from members.actions.areas import replace_area
from members.models import AuditEntry, Organization
from referrals.models import Person
from referrals.tasks import follow_areas
from tests.make.people import make_person
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


def test_a_unit_of_another_kind_brings_its_people_along(cast):
    person = make_person(cast.charity)
    Organization.objects.filter(pk=cast.charity.pk).update(kind="service_station")
    follow_areas()
    assert list(Person.objects.visible_to(cast.bureau_officer)) == [person]
    Organization.objects.filter(pk=cast.charity.pk).update(kind="other_charity")
    follow_areas()
    assert not Person.objects.visible_to(cast.bureau_officer).exists()
