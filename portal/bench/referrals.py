"""What lists of referrals cost at ten thousand and at a million, for everyone who has one: each beside its floor."""

import itertools
import random
import sys
from datetime import timedelta
from functools import cache, partial

from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction
from django.utils import timezone
from guardian.models import UserObjectPermission
from guardian.shortcuts import get_objects_for_user

from members.kinds import Level
from members.models import Area, Organization, RoleAssignment, Staff
from portal.bench.load import Client
from portal.bench.registry import benchmark
from portal.bench.serving import SIGNED_IN
from portal.lib import row_security
from portal.lib.copying import copy_in
from portal.lib.pages import PAGE_SIZE
from programs.models import Program
from referrals import desk_rows, desks
from referrals.desk_rows import ALL_REASONS, CLOCK, NEWEST, Asked
from referrals.management.demo.families import Place, write_families
from referrals.management.demo.past_referrals import ENDED, UNDER_WAY, Referrer
from referrals.models import Person, Referral, ReferralAccess
from referrals.workflow import LIVE

PROVINCE, CITY = "230000000000", "230300000000"
YEARS = 4
BATCH = 5_000
# Of the newest, so many are still under way; of all others next to none.
YOUNG, OPEN_WHILE_YOUNG, OPEN_LATER = 0.1, 0.9, 0.04
# Somebody of each kind of unit, and the role that looks at its lists.
EVERYONE = {
    "town": "town_caseworker", "county": "bureau_officer", "city": "bureau_officer", "province": "bureau_officer",
    "busy": "charity_reviewer", "past": "charity_reviewer",
}  # fmt: skip
NAMES = {
    "town": "a town", "county": "a county", "city": "a city", "province": "a province", "busy": "a busy charity",
    "past": "a charity with old cases only",
}  # fmt: skip


# -- Data -------------------------------------------------------------------------------------------------------------
@cache
def world_of(size):
    """{kind: staff}, once there are so many referrals with the rows of everyone they concern."""
    units = _units()
    if Referral.objects.count() < size:
        _people(units, max(2_000, size // 10))
        _refer(units, size)
        _grant(units)
    staff = {}
    for kind, role in EVERYONE.items():
        made, is_new = Staff.objects.get_or_create(
            username=f"bench-{kind}", defaults={"name": NAMES[kind], "organization": units[kind], "password": "!"}
        )
        if is_new:
            RoleAssignment.objects.create(staff=made, role=role, confirmed_at=timezone.now())
        staff[kind] = Staff.objects.select_related("organization__area").get(pk=made.pk)
    return staff


def _units():
    """The bureaus of a province down to the towns of one city, and charities in each county; two of them special."""
    if not Area.objects.filter(level=Level.TOWN, city=CITY).exists():
        for county in Area.objects.filter(level=Level.COUNTY, city=CITY):
            for number in range(1, 7):
                above = {"province": county.province, "city": county.city, "county": county.code}
                code = f"{county.code[:6]}{number:03d}000"
                Area.objects.create(
                    code=code, name=f"{number}街道", level=Level.TOWN, parent=county, source="bench", town=code, **above
                )
    areas = Area.objects.filter(province=PROVINCE).exclude(level=Level.VILLAGE).order_by("code")
    units = {"bureaus": {}, "charities": {}}
    for area in areas:
        kind = "town_street" if area.level == Level.TOWN else "civil_affairs"
        units["bureaus"][area.code] = _unit(f"{area.code} 民政", kind, area)
        if area.level == Level.COUNTY:
            units["charities"][area.code] = [_unit(f"{area.code} 慈善{n}", "other_charity", area) for n in range(3)]
    city = areas.get(code=CITY)
    for kind in ("busy", "past"):
        units[kind] = _unit(f"慈善 {kind}", "charity_federation", city)
    county = areas.filter(level=Level.COUNTY, city=CITY).first()
    units |= {
        "province": units["bureaus"][PROVINCE], "city": units["bureaus"][CITY],
        "county": units["bureaus"][county.code],
        "town": units["bureaus"][areas.filter(level=Level.TOWN, county=county.code).first().code],
    }  # fmt: skip
    return units


def _unit(name, kind, area):
    values = {"kind": kind, "area": area, "level": area.level, "directions": ["bureau_to_charity"]}
    return Organization.objects.select_related("area").get_or_create(name=name, defaults=values)[0]


def _keepers(units):
    """Those who refer: the counties of the province, and the towns of the one city."""
    return [unit for unit in units["bureaus"].values() if unit.level in (Level.COUNTY, Level.TOWN)]


def _people(units, size):
    there = Person.objects.filter(keeper__in=_keepers(units)).count()
    if there < size:
        print(f"… {size - there} people to refer", file=sys.stderr)
        places = [Place(unit, [unit.area], weight=8 if unit.area.city == CITY else 1) for unit in _keepers(units)]
        write_families((size - there) * 4 // 7, places, seed=size, is_full=False, first=Person.objects.count())


def _refer(units, size):
    there, draw = Referral.objects.count(), random.Random(size)  # noqa: S311 - the same referrals every time
    print(f"… {size - there} referrals", file=sys.stderr)
    keepers = {unit.pk: unit for unit in _keepers(units)}
    people = list(Person.objects.filter(keeper__in=keepers).defer("name_keys", "private").order_by("pk"))
    programs = list(Program.objects.all())
    now, span = timezone.now(), timedelta(days=365 * YEARS)
    referrer = Referrer(draw, cache(_colleague), first=there, is_sparse=True)
    taken = set()
    with connection.cursor() as cursor:
        # Constraints are checked by the reads of this module; a million checks of fifteen keys each measure nothing.
        cursor.execute("SET session_replication_role = replica")
    for number in range(there, size):
        person = draw.choice(people)
        sender = keepers[person.keeper_id]
        age = 1 - (number + 1) / size
        receiver = _receiver(draw, units, sender, age)
        fates = UNDER_WAY if draw.random() < (OPEN_WHILE_YOUNG if age < YOUNG else OPEN_LATER) else ENDED
        fates = ENDED if receiver is units["past"] else fates
        (fate,) = draw.choices(list(fates), fates.values())
        program = draw.choice(programs) if programs else None
        if fate in LIVE:
            program = None if (person.pk, program and program.pk) in taken else program
            taken.add((person.pk, program and program.pk))
        referrer.refer(person, sender, receiver, fate, now - span * age - timedelta(minutes=1), program)
        if len(referrer.told.referrals) == BATCH or number == size - 1:
            with transaction.atomic():
                referrer.told.write()
            referrer.told = type(referrer.told)()
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = origin")
        cursor.execute("VACUUM ANALYZE referrals_referral, referrals_referralaccess, referrals_person")


def _receiver(draw, units, sender, age):
    turn = draw.random()
    if sender.area.city == CITY and turn < 0.4:
        return units["busy"]
    if sender.area.city == CITY and age > 0.3 and turn < 0.5:
        return units["past"]
    return draw.choice(units["charities"][sender.area.county or sender.area.code])


def _colleague(unit):
    return Staff.objects.get_or_create(
        username=f"colleague-{unit.pk}", defaults={"name": "经办", "organization": unit, "password": "!"}
    )[0]


def _grant(units):
    """The pattern guardian documents: a row of its generic table for each referral somebody may see."""
    print("… the rows guardian would have", file=sys.stderr)
    view = ContentType.objects.get_for_model(Referral).permission_set.get(codename="view_referral")
    for kind in EVERYONE:
        user = world_user(units, kind)
        keys = ReferralAccess.objects.filter(organization=units[kind]).values_list("referral", flat=True)
        rows = (
            UserObjectPermission(user=user, permission=view, content_type=view.content_type, object_pk=str(pk))
            for pk in keys.iterator(BATCH)
        )
        while turn := list(itertools.islice(rows, BATCH)):
            copy_in(turn)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE guardian_userobjectpermission")


def world_user(units, kind):
    return Staff.objects.get_or_create(
        username=f"bench-guardian-{kind}",
        defaults={"name": NAMES[kind], "organization": units[kind], "password": "!"},
    )[0]


# -- What is measured -------------------------------------------------------------------------------------------------
def everything_open(staff):
    return Asked(staff.organization_id, ALL_REASONS, tuple(sorted(LIVE)))


def times_of(act):
    """work(n): the same thing n times."""

    def work(times):
        for _ in range(times):
            act()

    return work


def first_page(staff):
    asked = everything_open(staff)
    return lambda: desk_rows.fetch(asked, list(NEWEST), None, PAGE_SIZE)


_BY_KEY = f"""
    SELECT {
    ", ".join(
        column.replace("a.referral_id", "r.id").replace("a.due_on", "r.due_on").replace("a.", "r.")
        for column in desk_rows.SHOWN.values()
    )
}
    FROM referrals_referral r JOIN referrals_person p ON p.id = r.person_id WHERE r.id = ANY(%s)
"""  # noqa: S608 - names of our own columns


def by_key(keys):
    """The floor: the same rows with the same columns, by their primary keys."""

    def act():
        with connection.cursor() as cursor:
            cursor.execute(_BY_KEY, [keys])
            return [desk_rows.row_of(values) for values in cursor.fetchall()]

    return act


def keys_of(staff):
    """Of its first page; of whoever has nothing open, of the newest that ended."""
    rows = first_page(staff)() or desk_rows.fetch(
        Asked(staff.organization_id, ALL_REASONS, tuple(sorted(LIVE)), None), list(NEWEST), None, PAGE_SIZE
    )
    if len(rows) < PAGE_SIZE:
        access = ReferralAccess.objects.filter(organization=staff.organization_id).order_by("-created_at")
        return list(access.values_list("referral", flat=True)[:PAGE_SIZE])
    return [row.pk for row in rows]


def by_columns(staff):
    """Two columns of organizations, and the tree of areas: `IN … OR … IN`."""
    reach = list(Organization.objects.in_area(staff.organization.area).values_list("pk", flat=True))
    units = reach if staff.organization.kind in ("civil_affairs", "town_street") else [staff.organization_id]
    rows = Referral.objects.filter(state__in=sorted(LIVE)).order_by("-created_at", "-pk")
    either = rows.filter(sender__in=units) | rows.filter(receiver__in=units)
    return lambda: list(either.values_list("pk", "code", "state", "person__name")[:PAGE_SIZE])


def by_guardian(kind):
    user = Staff.objects.get(username=f"bench-guardian-{kind}")

    def act():
        seen = get_objects_for_user(user, "referrals.view_referral", Referral)
        rows = seen.filter(state__in=sorted(LIVE)).order_by("-created_at", "-pk")
        return list(rows.values_list("pk", "code", "state", "person__name")[:PAGE_SIZE])

    return act


def late_page(staff):
    """Page 1000; of whoever has fewer, their last."""
    access = ReferralAccess.objects.filter(organization=staff.organization_id, is_open=True)
    place = min(PAGE_SIZE * 1000, max(0, access.count() - PAGE_SIZE - 1))
    found = access.order_by("-created_at", "-referral").values_list("created_at", "referral")[place : place + 1]
    key = [found[0][0].isoformat(), found[0][1]]
    asked = everything_open(staff)
    return lambda: desk_rows.fetch(asked, list(NEWEST), key, PAGE_SIZE)


def of_everyone(name, against, reach=None, kinds=tuple(EVERYONE), **options):
    """The same measurement for each kind of unit: make(world, kind) -> (work in question, work beside it)."""

    def register(make):
        for kind in kinds:
            benchmark(f"{name}, {NAMES[kind]}", against=against, reach=reach, **options)(partial(make, kind=kind))
        return make

    return register


@of_everyone("newest open referrals", "the same rows by primary key", 1.2)
def newest(world, kind):
    staff = world_of(world.referrals)[kind]
    return times_of(first_page(staff)), times_of(by_key(keys_of(staff)))


@of_everyone("a late page of referrals", "its first page", 1.1, [kind for kind in EVERYONE if kind != "past"])
def late(world, kind):
    staff = world_of(world.referrals)[kind]
    return times_of(late_page(staff)), times_of(first_page(staff))


@of_everyone("newest open referrals beside guardian", "get_objects_for_user, as documented", 0.02)
def beside_guardian(world, kind):
    staff = world_of(world.referrals)[kind]
    return times_of(first_page(staff)), times_of(by_guardian(kind))


@of_everyone("newest open referrals beside two columns", "organizations IN … OR … IN")
def beside_columns(world, kind):
    staff = world_of(world.referrals)[kind]
    return times_of(first_page(staff)), times_of(by_columns(staff))


@of_everyone("newest open referrals under row-level security", "the same, as the owner reads it", 1.2)
def under_policies(world, kind):
    staff = world_of(world.referrals)[kind]
    page = times_of(first_page(staff))

    def as_a_request(times):
        with row_security.reading_for(lambda: staff.organization_id):
            page(times)

    return as_a_request, page


@of_everyone("referrals by urgency and clock", "the same rows by primary key")
def by_clock(world, kind):
    staff = world_of(world.referrals)[kind]
    desk = desks.AREA if desks.has_area(staff) else desks.RECEIVED
    asked = Asked(staff.organization_id, desks.LIES_FOR[desk], tuple(sorted(LIVE)))
    return times_of(lambda: desk_rows.fetch(asked, list(CLOCK), None, PAGE_SIZE)), times_of(by_key(keys_of(staff)))


@of_everyone("counts of all tabs of a desk", "50 rows by primary key")
def counts(world, kind):
    staff = world_of(world.referrals)[kind]
    reasons = ALL_REASONS if desks.has_area(staff) else desks.LIES_FOR[desks.RECEIVED]
    states, today = sorted(LIVE), timezone.localdate()
    counted = lambda: desk_rows.count(staff.organization_id, reasons, states, today)  # noqa: E731
    return times_of(counted), times_of(by_key(keys_of(staff)))


@of_everyone("the whole list of referrals, through granian", "empty view for a person", 2.5)
def whole_list(world, kind):
    staff = world_of(world.referrals)[kind]
    desk = "received" if kind in ("busy", "past") else "area" if kind in ("city", "province") else "sent"
    cookie = world.cookie(staff.username)
    served = world.socket("portal.bench.wsgi:application")
    return Client(served, f"/referrals/{desk}/", cookie), Client(served, SIGNED_IN, cookie)
