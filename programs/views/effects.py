"""What a version would change before it holds: known people who gain or lose the program, open cases, samples."""

from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from members.access import requires
from programs import catalogue, reverse, touched, trials
from programs.models import ProgramVersion
from programs.reading import WrongProgram
from programs.views.programs import find_version


@requires("program.view")
def show_effects(request, code, number):
    """A page of its own; the editor and the page of the version draw it in their place."""
    version = find_version(request, code, number)
    words, released = catalogue.vocabulary(), in_force_beside(version)
    context = {"program": version.program, "version": version, "released": released}
    try:
        after = catalogue.parsed(version, words)
        before = catalogue.parsed(released, words) if released else None
        context |= effects(request.user, version.program, before, after, words)
    except WrongProgram:
        context["unreadable"] = True
    return render(request, "programs/effects.html", context)


def in_force_beside(version):
    """The version that holds today, if it is another one."""
    others = ProgramVersion.objects.filter(program=version.program).exclude(pk=version.pk)
    return others.holding_on(timezone.localdate()).first()


def effects(staff, program, before, after, words):
    areas = reverse.reach(staff)
    sight = reverse.sight_of(staff)
    found = reverse.changes(before, after, areas, timezone.localdate(), sight) if areas != [] else []
    is_outsider = reverse.is_outsider(staff)
    tried = [] if after.is_container else trials.tried(program.samples.all(), after, before, words)
    return {
        "may_count": areas != [],
        "sight": sight,
        "gained": figure(sum(one.gained for one in found), is_outsider),
        "lost": figure(sum(one.lost for one in found), is_outsider),
        "counties": [
            (one.name or one.county, *(figure(number, is_outsider) for number in (one.gained, one.lost, one.stays)))
            for one in found
        ],
        "other": [one for one in tried if one.is_other],
        "sample_number": len(tried),
        "cases": touched.open_cases(program, staff),
    }


def figure(number, is_outsider):
    """A count in words: small ones are not told to those who do not know the people."""
    shown = reverse.shown(number, to_outsider=is_outsider)
    return _("不到 %s") % reverse.FEWEST if shown is None else f"{shown:,}"


def trial_of(version, program):
    """The panel 试算: every sample on this text and on what is in force."""
    words, released = catalogue.vocabulary(), in_force_beside(version)
    try:
        before = catalogue.parsed(released, words) if released else None
    except WrongProgram:
        before = None
    return {
        "trials": trials.tried(version.program.samples.all(), program, before, words),
        "released": released if before else None,
    }
