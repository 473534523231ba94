"""What waits of the versions: to be released by this person, to be finished by that one."""

from django.utils import timezone

from programs.access import within_reach, working_on
from programs.models import ProgramVersion


def unfinished_for(staff):
    """Drafts and what waits for its release, in the programs this person works on."""
    return ProgramVersion.objects.unfinished().filter(program__in=working_on(staff))


def to_release(staff):
    """Handed in by another, in a program within reach: what this person could release now."""
    reach = within_reach(staff, "program.release")
    versions = ProgramVersion.objects.filter(state=ProgramVersion.State.SUBMITTED, program__in=reach)
    return versions.exclude(submitted_by=staff).exclude(written_by=staff).exclude(writer_ids__contains=[staff.pk])


def own_drafts(staff):
    """Written in by this person and not handed in yet, or come back with a reason."""
    return unfinished_for(staff).filter(state=ProgramVersion.State.DRAFT, writer_ids__contains=[staff.pk])


TABS = {"mine": own_drafts, "release": to_release}


def count_to_release(staff):
    return to_release(staff).count()


def count_own_drafts(staff):
    return own_drafts(staff).count()


def quota_of(program):
    """The number of places that the version in force today prints, if it prints one."""
    version = ProgramVersion.objects.filter(program=program).holding_on(timezone.localdate()).first()
    quota = version.definition.get("quota") if version else None
    return quota if isinstance(quota, int) else None
