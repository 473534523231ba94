"""May this person do this with this program? By role at its unit, or by a grant for this one program."""

from datetime import timedelta

from django.db.models import Q
from django.utils import timezone
from guardian.backends import ObjectPermissionBackend

from members import access
from members.roles import ADMINISTRATORS, ALL, AREA
from programs.models import IN_FORCE, Program, ProgramGrant, ProgramVersion

# codename of guardian's row -> the permissions it opens. Nobody may release what they cannot read.
GRANTABLE = {
    "edit_program": ("program.edit", "program.submit"),
    "release_program": ("program.release",),
}
NEW_FOR = timedelta(days=14)  # so long a grant is told as news
GRANTED = frozenset(permission for opened in GRANTABLE.values() for permission in opened)


def requires(permission):
    """Like members.access.requires, also for those who hold it through a grant."""
    return access.requires(permission, also=granted)


def may(staff, permission, program) -> bool:
    """By role at the managing unit, or because this very program was granted to this very person."""
    if access.may(staff, permission, program.organization):
        return True
    return program.pk in granted(staff).get(permission, ())


def granted(staff):
    """permission -> ids of the programs granted to this person, live at this moment; read once a request."""
    if not hasattr(staff, "_granted_programs"):
        staff._granted_programs = _read_grants(staff)
    return staff._granted_programs


def _read_grants(staff):
    found = {}
    for codename, pk in grants_to(staff).values_list("permission__codename", "content_object_id"):
        for permission in GRANTABLE.get(codename, ()):
            found.setdefault(permission, set()).add(pk)
    return found


def grants_to(staff):
    """What others granted this person, live at this moment, the newest first."""
    if staff.has_only_roles or not staff.is_active or staff.roles & ADMINISTRATORS:
        return ProgramGrant.objects.none()
    return ProgramGrant.objects.live().filter(user=staff)


def count_new_grants(staff):
    """Programs granted to this person lately, for the page 今天."""
    lately = timezone.now() - NEW_FOR
    return grants_to(staff).filter(given_at__gt=lately).values("content_object").distinct().count()


def within_reach(staff, permission):
    """The programs with which the person may do this, as a queryset."""
    reach = staff.permissions.get(permission)
    if reach == ALL:
        return Program.objects.all()
    ids = granted(staff).get(permission, ())
    programs = Program.objects.filter(pk__in=ids)
    if reach is None:
        return programs
    if reach == AREA:
        return programs | Program.objects.filter(organization__in=access.within_reach(staff, permission))
    return programs | Program.objects.filter(organization_id=staff.organization_id)


def working_on(staff):
    """The programs of which the person sees drafts: those they write, hand in or release."""
    found = Program.objects.none()
    for permission in ("program.edit", "program.release"):
        found |= within_reach(staff, permission)
    return found


def visible_to(staff):
    """What is or was in force is open to everyone who works here; what is only written, to those who work on it."""
    in_force = ProgramVersion.objects.filter(state__in=IN_FORCE).values("program_id")
    return Program.objects.filter(Q(pk__in=in_force) | Q(pk__in=working_on(staff).values("pk")))


def versions_for(staff, program):
    """The versions of a program that this person sees: drafts only if they work on it."""
    versions = program.versions.all()
    if may(staff, "program.edit", program) or may(staff, "program.release", program):
        return versions
    return versions.filter(state__in=IN_FORCE)


class LiveGrantBackend(ObjectPermissionBackend):
    """Guardian knows no expiry and no revocation: this one answers for programs, and for nothing else."""

    def has_perm(self, user_obj, perm, obj=None):
        return perm in self.get_all_permissions(user_obj, obj)

    def get_all_permissions(self, user_obj, obj=None):
        if not isinstance(obj, Program):
            return set()
        held = granted(user_obj)
        return {f"programs.{code}" for code, opened in GRANTABLE.items() if obj.pk in held.get(opened[0], ())}
