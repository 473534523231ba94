"""What lists of referrals cost at ten thousand and at a million, for everyone who has one: each beside its floor."""

from functools import partial

from django.db import connection
from django.utils import timezone
from guardian.shortcuts import get_objects_for_user

from members.models import Organization, Staff
from portal.bench.load import Client
from portal.bench.referral_data import EVERYONE, world_of
from portal.bench.registry import benchmark
from portal.bench.serving import SIGNED_IN
from portal.lib import row_security
from portal.lib.pages import PAGE_SIZE
from referrals import desk_rows, desks
from referrals.desk_rows import ALL_REASONS, CLOCK, NEWEST, Asked
from referrals.models import Referral, ReferralAccess
from referrals.workflow import LIVE

NAMES = {
    "town": "a town", "county": "a county", "city": "a city", "province": "a province", "busy": "a busy charity",
    "past": "old cases only",
}  # fmt: skip
WITH_OPEN = [kind for kind in EVERYONE if kind != "past"]


def everything_open(staff):
    return Asked(staff.organization_id, ALL_REASONS, tuple(sorted(LIVE)))


def times_of(act):
    """work(n): the same thing n times."""

    def work(times):
        for _ in range(times):
            act()

    return work


def open_page(staff, size):
    asked = everything_open(staff)
    return lambda: desk_rows.fetch(asked, list(NEWEST), None, size)


def first_page(staff):
    return open_page(staff, PAGE_SIZE)


_BY_KEY = f"""
    SELECT {", ".join(desk_rows.SHOWN.values())}
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
    key = [found[0][0].isoformat(), found[0][1]] if found else None
    asked = everything_open(staff)
    return lambda: desk_rows.fetch(asked, list(NEWEST), key, PAGE_SIZE)


def of_everyone(name, against, reach=None, kinds=tuple(EVERYONE), **options):
    """The same measurement for each kind of unit: make(world, kind) -> (work in question, work beside it)."""

    def register(make):
        for kind in kinds:
            told = {"against": against, "reach": reach, "family": name, "column": NAMES[kind], **options}
            benchmark(f"{name}, {NAMES[kind]}", **told)(partial(make, kind=kind))
        return make

    return register


@of_everyone("newest open referrals", "the same rows by primary key", 1.2, at_each_size=True)
def newest(world, kind):
    staff = world_of(world.referrals)[kind]
    return times_of(first_page(staff)), times_of(by_key(keys_of(staff)))


@of_everyone(
    "page 1000, or the last", "its first page", 1.1, [kind for kind in EVERYONE if kind != "past"], at_each_size=True
)
def late(world, kind):
    staff = world_of(world.referrals)[kind]
    return times_of(late_page(staff)), times_of(first_page(staff))


@of_everyone("as flat as they are", "the same at the smallest size", 1.2)
def flat(world, kind):
    """As many rows of the largest data set as of the smallest, in turns; of one that has them, the oldest too."""
    small = world.sizes[0]
    with world.at(small):
        there = open_page(world_of(small)[kind], PAGE_SIZE)
        rows = len(there()) or PAGE_SIZE
    here, there = (open_page(world_of(size)[kind], rows) for size in (world.referrals, small))

    def at_small(times):
        with world.at(small):
            times_of(there)(times)

    return times_of(here), at_small


@of_everyone("… beside guardian", "get_objects_for_user, as documented", 0.02)
def beside_guardian(world, kind):
    staff = world_of(world.referrals)[kind]
    return times_of(first_page(staff)), times_of(by_guardian(kind))


@of_everyone("… beside organization columns", "organizations IN … OR … IN")
def beside_columns(world, kind):
    staff = world_of(world.referrals)[kind]
    return times_of(first_page(staff)), times_of(by_columns(staff))


@of_everyone("… under row-level security", "the same, as the owner reads it", 1.2)
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


@of_everyone("counts of all tabs of a desk", "50 rows by primary key", at_each_size=True)
def counts(world, kind):
    staff = world_of(world.referrals)[kind]
    reasons = ALL_REASONS if desks.has_area(staff) else desks.LIES_FOR[desks.RECEIVED]
    states, today = sorted(LIVE), timezone.localdate()
    counted = lambda: desk_rows.count(staff.organization_id, reasons, states, today)  # noqa: E731
    return times_of(counted), times_of(by_key(keys_of(staff)))


@of_everyone("the whole list, through granian", "empty view for a person", 2.5)
def whole_list(world, kind):
    staff = world_of(world.referrals)[kind]
    desk = "received" if kind in ("busy", "past") else "area" if kind in ("city", "province") else "sent"
    cookie = world.cookie(staff.username)
    served = world.socket("portal.bench.wsgi:application")
    return Client(served, f"/referrals/{desk}/", cookie), Client(served, SIGNED_IN, cookie)
