"""May this person do this here? Roles answer; the database narrows; an outsider learns nothing.

A view says `@requires("organization.edit")`, or `@public` where nobody need sign in. It then loads from a queryset that
is narrowed to what the person may see (404 otherwise), and asks `may()` about the object at hand (403 otherwise).
"""

from functools import wraps

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.utils import timezone
from django.utils.translation import gettext as _
from guardian.backends import ObjectPermissionBackend

from members.kinds import Grantable
from members.models import Organization, OrganizationGrant, Staff
from members.roles import ADMINISTRATORS, ALL, AREA, OWN

# codename of guardian's row -> the permissions it opens. Whoever keeps a unit's agreements must see them.
_OPENED_BY = {one.codename: (one.value, *one.implied) for one in Grantable}
_GRANTABLE = frozenset().union(*_OPENED_BY.values())


class Refusal(Exception):  # noqa: N818 - a refusal is an answer, not an error
    """An action says no. The message is shown to the person as it is, so it says what happened and what to do."""

    def __init__(self, message, *, field=None):
        super().__init__(message)
        self.message = message
        self.field = field


class NotTheirs(PermissionDenied):
    """No, and why: said on the page of the refusal, with the way back."""

    def __init__(self, words, back=""):
        super().__init__(str(words))
        self.back = back


class Stale(Refusal):
    """Somebody else was faster. `current` is the row as it is now, so that the screen can show both; some rows do not
    keep who changed them, and when."""

    def __init__(self, current, *, by=None, at=None):
        super().__init__(self._told(by, at) if at else _("刚刚被别人改过，请对照现在的内容再保存。"))
        self.current = current

    @staticmethod
    def _told(by, at):
        words = {"who": by or _("系统"), "when": f"{timezone.localtime(at):%Y-%m-%d %H:%M}"}
        return _("您打开后，%(who)s 已于 %(when)s 修改过。您填写的内容还在下面，请对照后再保存。") % words


def requires(permission, also=None):
    """The view is for those who hold this permission somewhere; where exactly, `may()` decides. `also`: what grants of
    another room's own give, as granted() does for units."""

    def decorate(view):
        @wraps(view)
        def guarded(request, *args, **kwargs):
            held = request.user.permissions
            if permission not in held and permission not in (also or granted)(request.user):
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
    """Does this person hold the permission at this organization (or anywhere, when none is named)?

    By role, or because this very organization granted it to this very person.
    """
    if may_by_role(staff, permission, organization):
        return True
    return organization is not None and organization.pk in granted(staff).get(permission, ())


def may_by_role(staff, permission, organization=None) -> bool:
    """The same without grants: what is held by role may be granted on, what was granted may not."""
    reach = staff.permissions.get(permission)
    if reach is None:
        return False
    if organization is None or reach == ALL or (reach in (OWN, AREA) and organization.pk == staff.organization_id):
        return True
    return reach == AREA and is_within(organization.area, staff.organization.area)


def granted(staff):
    """permission -> ids of the organizations that granted it to this person, live at this moment.

    Read once per object, which is once per request. Someone switched off has none, and neither has an administrator:
    their duties do not mix with the work of a unit. What comes in through a token (members.callers) has none either.
    """
    if not hasattr(staff, "_granted"):
        staff._granted = _read_grants(staff)
    return staff._granted


def without_grants(staff):
    """For this object, roles alone count: a token carries the scopes it was made with and nothing besides."""
    staff.has_only_roles, staff._granted = True, {}


def _read_grants(staff):
    if staff.has_only_roles or not staff.is_active or staff.roles & ADMINISTRATORS:
        return {}
    found = {}
    rows = OrganizationGrant.objects.live().filter(user=staff)
    for codename, pk in rows.values_list("permission__codename", "content_object_id"):
        for permission in _OPENED_BY.get(codename, ()):
            found.setdefault(permission, set()).add(pk)
    return found


class LiveGrantBackend(ObjectPermissionBackend):
    """Guardian knows no expiry and no revocation: this one answers for organizations, and for nothing else."""

    def has_perm(self, user_obj, perm, obj=None):
        return perm in self.get_all_permissions(user_obj, obj)

    def get_all_permissions(self, user_obj, obj=None):
        if not isinstance(obj, Organization):
            return set()
        held = granted(user_obj) if isinstance(user_obj, Staff) else {}
        return {f"members.{one.codename}" for one in Grantable if obj.pk in held.get(one.value, ())}


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
    by_role = _within_role(staff, permission)
    if permission not in _GRANTABLE or staff.permissions.get(permission) == ALL:
        return by_role
    extra = granted(staff).get(permission)
    return by_role | Organization.objects.filter(pk__in=extra) if extra else by_role


def _within_role(staff, permission):
    reach = staff.permissions.get(permission)
    if reach == ALL:
        return Organization.objects.all()
    if reach == AREA:
        return Organization.objects.in_area(staff.organization.area)
    if reach == OWN:
        return Organization.objects.filter(pk=staff.organization_id)
    return Organization.objects.none()
