"""The first unit and its three administrators: what nobody inside could do, because nobody is inside yet."""

import secrets
import string

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from members import audit
from members.access import Refusal
from members.models import Organization, RoleAssignment, Staff

LETTERS = string.ascii_letters + string.digits
PASSWORD_LENGTH = 20


@transaction.atomic
def found_portal(name, kind, area, people):
    """`people` is {role: (login name, name)}. Returns [(staff, first password)]; each must choose another at once.

    Only while there is no account at all: afterwards people are invited and roles proposed and confirmed, by others.
    """
    if Staff.objects.exists():
        raise Refusal(_("系统中已有账号，首批管理员只能在空系统中建立；请由系统管理员邀请人员。"))
    unit = Organization.objects.create(name=name, kind=kind, level=area.level, area=area)
    audit.record(None, "organization.create", unit, organization=unit)
    return [_administrator(unit, role, *person) for role, person in people.items()]


def _administrator(unit, role, username, name):
    password = "".join(secrets.choice(LETTERS) for _number in range(PASSWORD_LENGTH - 2)) + "-7"
    staff = Staff(username=username, name=name, organization=unit, must_change_password=True)
    staff.set_password(password)
    staff.password_changed_at = timezone.now()
    staff.save()
    RoleAssignment.objects.create(staff=staff, role=role, confirmed_at=timezone.now())
    audit.record(None, "role.give", staff, organization=unit, changes={"role": ["", role]})
    return staff, password
