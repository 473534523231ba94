"""A data set of a given size, built once and kept: a database of its own in the bench's own cluster."""

import json

from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from members.kinds import Level
from members.models import Area, Organization, RoleAssignment, Staff

STAFF_PER_ORGANIZATION = 2
BATCH = 2000


def fill(size: int):
    """Bring the tables up to the code, and build what is missing. The note on the database says that it is whole."""
    call_command("prepare", empty=True)
    if Organization.objects.exists():
        return
    counties = list(Area.objects.filter(level=Level.COUNTY).order_by("code"))[:200] or [a_county()]
    make_organizations(counties, size)
    make_staff(size)
    with connection.cursor() as cursor:
        cursor.execute("analyze")
        note = json.dumps({"size": size, "built_at": timezone.now().isoformat()})
        cursor.execute(f"comment on database {connection.settings_dict['NAME']} is '{note}'")


def a_county():
    """Where no areas are shipped yet: one, so that organizations have a place."""
    columns = {"province": "230000000000", "city": "230300000000", "county": "230302000000"}
    return Area.objects.create(code="230302000000", name="区", level=Level.COUNTY, source="bench", **columns)


def make_organizations(counties, size):
    kinds = ["civil_affairs", "charity_association", "other_charity", "town_street"]
    for start in range(0, size, BATCH):
        Organization.objects.bulk_create(
            Organization(
                name=f"第{number}号单位",
                kind=kinds[number % len(kinds)],
                area=counties[number % len(counties)],
                level="county",
            )
            for number in range(start, min(start + BATCH, size))
        )


def make_staff(size):
    organizations = list(Organization.objects.order_by("pk").values_list("pk", flat=True)[: max(1, size // 10)])
    staff = Staff.objects.bulk_create(
        [
            Staff(username=f"bench{number}", name=f"第{number}人", organization_id=organization, password="!")  # noqa: S106
            for number, organization in enumerate(organizations * STAFF_PER_ORGANIZATION)
        ],
        batch_size=BATCH,
    )
    now = timezone.now()
    RoleAssignment.objects.bulk_create(
        [RoleAssignment(staff=person, role="bureau_officer", confirmed_at=now) for person in staff], batch_size=BATCH
    )
