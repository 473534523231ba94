"""What a version would change before it holds: known people who gain or lose the program, open cases, samples."""

from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from members.access import requires
from programs import catalogue, reverse, touched, trials
from programs.access import may
from programs.actions.fits import may_count
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
        is_counted = may_count(request.user, version)
        context |= effects(request.user, version.program, before, after, words, is_counted=is_counted)
    except WrongProgram:
        context["unreadable"] = True
    return render(request, "programs/effects.html", context)


def in_force_beside(version):
    """The version that holds today, if it is another one."""
    others = ProgramVersion.objects.filter(program=version.program).exclude(pk=version.pk)
    return others.holding_on(timezone.localdate()).first()


def effects(staff, program, before, after, words, *, is_counted):
    areas, sight = reverse.reach(staff), reverse.sight_of(staff)
    found = reverse.changes(before, after, areas, timezone.localdate(), sight) if is_counted else []
    tried = [] if after.is_container else trials.tried(samples_for(staff, program), after, before, words)
    return {
        "may_count": areas != [],
        "sight": sight,
        "is_counted": is_counted,
        "is_outsider": reverse.is_outsider(staff),
        **numbers(staff, found),
        "other": [one for one in tried if one.is_other],
        "sample_number": len(tried),
        "cases": touched.open_cases(program, staff),
    }


def numbers(staff, found):
    """All together and county by county. Outsiders see no county of which there is nothing to tell: that it is there
    would tell that somebody is."""
    is_outsider, everywhere = reverse.is_outsider(staff), " ".join(one.asked for one in found)
    rows = []
    for one in found:
        seen = [
            reverse.shown(getattr(one, name), f"{one.asked} {name}", to_outsider=is_outsider)
            for name in ("gained", "lost", "stays")
        ]
        if seen[0] or seen[1]:
            rows.append((one.name or one.county, *map(figure, seen)))
    both = {
        name: reverse.shown(sum(getattr(one, name) for one in found), f"{everywhere} {name}", to_outsider=is_outsider)
        for name in ("gained", "lost")
    }
    return {"counties": rows} | {name: figure(number) for name, number in both.items()}


def figure(number):
    """A count in words: small ones are not told to those who do not know the people."""
    return _("不到 %s") % reverse.FEWEST if number is None else f"{number:,}"


def samples_for(staff, program):
    """Those that a unit made up are its own; the shipped ones are everybody's."""
    is_at_work = may(staff, "program.edit", program) or may(staff, "program.release", program)
    return program.samples.all() if is_at_work else program.samples.filter(added_by=None)


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
