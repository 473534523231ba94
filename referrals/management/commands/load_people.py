"""The people of the demo world: four hundred invented families in the places of its units. Safe to run again."""

from django.db import transaction

from members import audit
from members.models import Area, Organization, Staff
from portal.lib.demo import DemoCommand
from programs.actions.fits import count_fits
from referrals.actions.fact_sheets import renew_all
from referrals.management.demo.families import Place, write_families
from referrals.models import Person

FAMILIES = 400
# For units outside civil affairs, who keep a few people of their own.
FAMILIES_ELSEWHERE = 12
KEEPERS = ("town_street", "civil_affairs")
# Whom charities met in the town that the demo accounts work in.
FAMILIES_MET = 8
# A unit that a demo account belongs to keeps so many times the families of another.
MORE_WHERE_SHOWN = 3
ELSEWHERE = ("charity_federation", "red_cross")


class Command(DemoCommand):
    help = "Load the families of the demo world (only where PORTAL_DEMO is set)."

    def add_arguments(self, parser):
        parser.add_argument("--families", type=int, default=FAMILIES)

    def load(self, *, families, **options):
        if Person.objects.exists():
            return
        with transaction.atomic():
            for seed, (kinds, count) in enumerate(((KEEPERS, families), (ELSEWHERE, FAMILIES_ELSEWHERE)), start=1):
                if found := places(kinds):
                    write_families(count, found, seed=seed)
            if found := met_by_charities():
                write_families(FAMILIES_MET, found, seed=3)
            record_registrations()
        renew_all()
        count_fits()
        self.stdout.write(f"演示世界：{Person.objects.count()} 名困难群众。")


def record_registrations():
    staff = Staff.objects.select_related("organization").in_bulk()
    people = Person.objects.select_related("keeper").defer("name_keys", "private").order_by("pk")
    audit.record_each("person.register", ((person, staff.get(person.created_by_id)) for person in people))


def places(kinds):
    """The units of the demo world that keep people: towns their own, counties and the city what lies below them."""
    units = Organization.objects.filter(kind__in=kinds).exclude(level="city", kind="civil_affairs")
    staff = {one.organization_id: one for one in Staff.objects.order_by("-pk")}
    return [
        Place(unit, residences_of(unit), staff.get(unit.pk), MORE_WHERE_SHOWN if is_shown(staff.get(unit.pk)) else 1)
        for unit in units.select_related("area").order_by("pk")
    ]


def met_by_charities():
    """The charities somebody signs in at, with the town somebody signs in at as the place."""
    shown = [one for one in Staff.objects.select_related("organization__area").order_by("-pk") if is_shown(one)]
    towns = [one.organization.area for one in shown if one.organization.kind == "town_street"][:1]
    keepers = {one.organization: one for one in shown if one.organization.kind in ELSEWHERE}
    return [Place(unit, towns, staff) for unit, staff in sorted(keepers.items(), key=lambda one: one[0].pk) if towns]


def is_shown(staff):
    """Somebody may sign in there."""
    return staff is not None and staff.has_usable_password()


def residences_of(unit):
    """Towns of the demo world below the unit, or where it sits."""
    below = Area.objects.filter(level="town", source="演示数据", **{unit.area.level: unit.area.code})
    return list(below.order_by("code")) or [unit.area]
