"""May this person do this here? Roles answer; the database narrows; an outsider learns nothing.

A view says `@requires("organization.edit")`, or `@public` where nobody need sign in. It then loads from a queryset that
is narrowed to what the person may see (404 otherwise), and asks `may()` about the object at hand (403 otherwise).
"""

from functools import wraps

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.utils import timezone
from django.utils.translation import gettext as _

from members.models import Organization
from members.roles import ALL, AREA, OWN


class Refusal(Exception):  # noqa: N818 - a refusal is an answer, not an error
    """An action says no. The message is shown to the person as it is, so it says what happened and what to do."""

    def __init__(self, message, *, field=None):
        super().__init__(message)
        self.message = message
        self.field = field


class Stale(Refusal):
    """Somebody else was faster. `current` is the row as it is now, so that the screen can show both."""

    def __init__(self, current, *, by, at):
        words = {"who": by or _("系统"), "when": f"{timezone.localtime(at):%Y-%m-%d %H:%M}"}
        super().__init__(_("您打开后，%(who)s 已于 %(when)s 修改过。您填写的内容还在下面，请对照后再保存。") % words)
        self.current = current


def requires(permission):
    """The view is for those who hold this permission somewhere; where exactly, `may()` decides."""

    def decorate(view):
        @wraps(view)
        def guarded(request, *args, **kwargs):
            if permission not in request.user.permissions:
                raise PermissionDenied
            return view(request, *args, **kwargs)

        guarded.permission = permission
        return guarded

    return decorate


def public(view):
    """The view is for everyone, signed in or not."""
    view = login_not_required(view)
    view.permission = "public"
    return view


def may(staff, permission, organization=None) -> bool:
    """Does this person hold the permission at this organization (or anywhere, when none is named)?"""
    reach = staff.permissions.get(permission)
    if reach is None:
        return False
    if organization is None or reach == ALL or (reach in (OWN, AREA) and organization.pk == staff.organization_id):
        return True
    return reach == AREA and is_within(organization.area, staff.organization.area)


def is_within(area, container) -> bool:
    """Is this area the other one, or below it?"""
    return area.pk == container.pk or getattr(area, container.level, None) == container.code


def may_in(staff, permission, area) -> bool:
    """Does this person hold the permission for this area as a whole? No area means the whole country."""
    reach = staff.permissions.get(permission)
    if reach == ALL:
        return True
    return reach == AREA and area is not None and is_within(area, staff.organization.area)


def within_reach(staff, permission):
    """The organizations at which the person holds the permission, as a queryset."""
    reach = staff.permissions.get(permission)
    if reach == ALL:
        return Organization.objects.all()
    if reach == AREA:
        return Organization.objects.in_area(staff.organization.area)
    if reach == OWN:
        return Organization.objects.filter(pk=staff.organization_id)
    return Organization.objects.none()
