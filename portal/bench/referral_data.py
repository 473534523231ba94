"""Many referrals for measuring: a province of units, four years, and somebody of each kind who has a list of them."""

import contextlib
import random
import sys
from datetime import timedelta
from functools import cache

from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction
from django.utils import timezone

from members.kinds import Level
from members.models import Area, Organization, RoleAssignment, Staff
from programs.models import Program
from referrals.management.demo.families import Place, write_families
from referrals.management.demo.past_referrals import ENDED, UNDER_WAY, Referrer
from referrals.models import Person, Referral, ReferralAccess
from referrals.workflow import LIVE

PROVINCE, CITY = "230000000000", "230300000000"
YEARS = 4
BATCH = 5_000
# So many are drawn one by one; those beyond are copies of them, hours earlier and of others of the same place.
DRAWN = 100_000
# Of the newest, so many are still under way; of all others next to none.
YOUNG, OPEN_WHILE_YOUNG, OPEN_LATER = 0.1, 0.9, 0.04
# Somebody of each kind of unit, and the role that looks at its lists.
EVERYONE = {
    "town": "town_caseworker", "county": "bureau_officer", "city": "bureau_officer", "province": "bureau_officer",
    "busy": "charity_reviewer", "past": "charity_reviewer",
}  # fmt: skip


@cache
def world_of(size):
    """{kind: staff}, once there are so many referrals with the rows of everyone they concern."""
    units = the_units()
    if Referral.objects.count() < size:
        _people(units, max(min(size, 2_000), size // 10))
        with _unchecked():
            _refer(units, min(size, DRAWN))
            _copy(size)
            _grant(units)
        settle("referrals_referral", "referrals_referralaccess", "referrals_person", "guardian_userobjectpermission")
    staff = {}
    for kind, role in EVERYONE.items():
        made, is_new = Staff.objects.get_or_create(
            username=f"bench-{kind}", defaults={"name": kind, "organization": units[kind], "password": "!"}
        )
        if is_new:
            RoleAssignment.objects.create(staff=made, role=role, confirmed_at=timezone.now())
        staff[kind] = Staff.objects.select_related("organization__area").get(pk=made.pk)
    return staff


def the_units():
    """The bureaus of a province down to the towns of one city, by area; charities in each county; and by kind, the
    unit of each that looks at lists."""
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


@contextlib.contextmanager
def _unchecked():
    """Without triggers: a million checks of fifteen keys each measure nothing."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        try:
            yield
        finally:
            cursor.execute("SET session_replication_role = origin")


_COPIES = """
    CREATE TEMP TABLE copies AS
    WITH place AS (
        SELECT id, keeper_id, row_number() OVER of_keeper - 1 AS at, count(*) OVER (PARTITION BY keeper_id) AS people
        FROM referrals_person WINDOW of_keeper AS (PARTITION BY keeper_id ORDER BY id)
    )
    SELECT old.id AS old, earlier.at, other.id AS person_id,
        %(last)s + row_number() OVER (ORDER BY earlier.at, old.id) AS id
    FROM referrals_referral old
    CROSS JOIN generate_series(1, %(turns)s) AS turn
    CROSS JOIN LATERAL (SELECT old.created_at - turn * interval '31 hours' AS at) earlier
    JOIN place own ON own.id = old.person_id
    JOIN place other ON other.keeper_id = own.keeper_id AND other.at = (own.at + turn * 7919) %% own.people
"""


def _copy(size):
    """What is written first lies first, as it does when years pass."""
    there = Referral.objects.count()
    if there >= size:
        return
    print(f"… {size - there} more of them", file=sys.stderr)
    last = Referral.objects.order_by("-pk").values_list("pk", flat=True)[0]
    live = ", ".join(f"'{state}'" for state in sorted(LIVE))
    changed = {
        "id": "copies.id", "person_id": "copies.person_id", "created_at": "copies.at",
        "code": "'b' || lpad(to_hex(copies.id), 11, '0')", "number": "'ZJ20268' || lpad(copies.id::text, 8, '0')",
        "program_id": f"CASE WHEN old.state NOT IN ({live}) THEN old.program_id END",
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_COPIES, {"last": last, "turns": size // there - 1})
        cursor.execute("ANALYZE copies")
        _insert(cursor, Referral, changed, "copies JOIN referrals_referral old ON old.id = copies.old")
        of_units = {"referral_id": "copies.id", "created_at": "copies.at"}
        _insert(
            cursor, ReferralAccess, of_units, "copies JOIN referrals_referralaccess old ON old.referral_id = copies.old"
        )
        cursor.execute("SELECT setval(pg_get_serial_sequence('referrals_referral', 'id'), max(id)) FROM copies")
        cursor.execute("DROP TABLE copies")


def _insert(cursor, model, changed, rows):
    columns = [field.column for field in model._meta.local_concrete_fields if not field.generated]
    taken = ", ".join(changed.get(column, f"old.{column}") for column in columns)
    names = ", ".join(columns)
    cursor.execute(f"INSERT INTO {model._meta.db_table} ({names}) SELECT {taken} FROM {rows} ORDER BY copies.id")  # noqa: S608


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
        with connection.cursor() as cursor:
            cursor.execute(_GRANTED, [user.pk, view.pk, view.content_type_id, units[kind].pk])


_GRANTED = """
    INSERT INTO guardian_userobjectpermission (user_id, permission_id, content_type_id, object_pk)
    SELECT %s, %s, %s, referral_id::text FROM referrals_referralaccess WHERE organization_id = %s
    ORDER BY referral_id ON CONFLICT DO NOTHING
"""


def settle(*tables):
    """As autovacuum would leave them; inside a transaction, where that cannot be, at least counted."""
    with connection.cursor() as cursor:
        cursor.execute(f"{'' if connection.in_atomic_block else 'VACUUM '}ANALYZE {', '.join(tables)}")


def world_user(units, kind):
    return Staff.objects.get_or_create(
        username=f"bench-guardian-{kind}",
        defaults={"name": kind, "organization": units[kind], "password": "!"},
    )[0]
