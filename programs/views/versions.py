"""One version of a program: what it says, what it changes, and its way through two people."""

from functools import partial

from django.core.exceptions import PermissionDenied
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from members.access import Refusal
from members.access import requires as requires_role
from members.form_pages import confirm_page
from programs import catalogue
from programs.access import may, requires, versions_for
from programs.actions import programs as actions
from programs.differences import compare
from programs.forms.programs import ReasonForm, ReleaseForm, RevisionForm
from programs.models import IN_FORCE, ProgramVersion
from programs.remarks import findings_of
from programs.views import questions
from programs.views.effects import trial_of
from programs.views.programs import described, find_version, read, rights, told


@requires_role("program.view")
def show_version(request, code, number):
    version = find_version(request, code, number)
    program, staff = version.program, request.user
    is_draft = version.state == ProgramVersion.State.DRAFT
    context = {
        "program": program,
        "version": version,
        "before": _before(request, version),
        "problems": told(actions.faults_of(version.definition)) if is_draft else [],
        "hints": hints_of(version) if version.state not in IN_FORCE else [],
        "is_own": version.is_by(staff),
        "writers": version.writers,
        "may_return": may(staff, "program.release", program) or version.submitted_by_id == staff.pk,
        "edit_url": _edit_url(version) if is_draft else "",
        **rights(staff, program),
        **described(version, staff),
    }
    if version.state not in IN_FORCE:
        said = None if context.get("faults") or program.is_container else context["said"]
        context |= {"trial": trial_of(version, said) if said else None, "may_sample": context["may_edit"]}
    return render(request, "programs/version.html", context)


def hints_of(version):
    """What does not stop the release and yet is to be looked at."""
    findings = findings_of(version.definition, catalogue.vocabulary())
    return told(one for one in findings if not one.is_grave)


@requires_role("program.view")
def compare_versions(request, code, number):
    """This version beside an earlier one (?with=), or beside the one before it."""
    version = find_version(request, code, number)
    others = versions_for(request.user, version.program).exclude(pk=version.pk)
    asked = request.GET.get("with", "")
    other = others.filter(number=int(asked)).first() if asked.isdecimal() and len(asked) < 9 else None
    other = other or _before(request, version)
    context = {"program": version.program, "version": version, "other": other, "others": others.order_by("-number")}
    if other:
        old, new = (read(one, catalogue.vocabulary()) for one in (other, version))
        if old and new:
            context["differences"] = compare(old, new, catalogue.vocabulary())
        else:
            context["unreadable"] = version if new is None else other
    return render(request, "programs/compare.html", context)


@requires("program.submit")
def submit_version(request, code, number):
    return _step(request, _changeable(request, code, number, "program.submit"), "submit_version", RevisionForm)


@requires("program.release")
def release_version(request, code, number):
    version = _changeable(request, code, number, "program.release")
    return _step(request, version, "release_version", ReleaseForm, valid_from=timezone.localdate())


@requires("program.submit")
def return_version(request, code, number):
    """By whoever could release it, or by the one who handed it in: the action knows."""
    return _step(request, find_version(request, code, number), "return_version", ReasonForm)


@requires("program.withdraw")
def withdraw_version(request, code, number):
    return _step(request, _changeable(request, code, number, "program.withdraw"), "withdraw_version", ReasonForm)


@requires("program.edit")
def discard_draft(request, code, number):
    return _step(request, _changeable(request, code, number, "program.edit"), "discard_draft", RevisionForm)


def _changeable(request, code, number, permission):
    version = find_version(request, code, number)
    if not may(request.user, permission, version.program):
        raise PermissionDenied
    return version


def _step(request, version, verb, form_class, **initial):
    """A page that says what would happen, with what the action needs to be told."""
    question = questions.VERSION[verb]
    form = form_class(request.POST or None, initial={"revision": version.revision, **initial})
    if "is_for_everyone" in form.fields and not version.is_without_condition:
        del form.fields["is_for_everyone"]
    shown = {**questions.asked(question, version=version), "program": version.program, "version": version}
    back = reverse("programs:show_version", args=[version.program.code, version.number])
    act = partial(_in_words, getattr(actions, verb), request.user, version)
    return confirm_page(request, shown, act, question["done"], back=back, form=form, to=lambda: _after(version))


def _in_words(action, *given, **values):
    """Faults with their places as people call them."""
    try:
        return action(*given, **values)
    except actions.Faulty as wrong:
        shown = _("；").join(f"{where}{_('：')}{says}" if where else says for where, says in told(wrong.faults[:5]))
        words = {"count": len(wrong.faults), "shown": shown}
        raise Refusal(_("还有 %(count)s 处要改：%(shown)s") % words) from wrong


def _after(version):
    """Where to go when it is done: to the version, or to the list when the draft is gone and its program with it."""
    if ProgramVersion.objects.filter(pk=version.pk).exists():
        return reverse("programs:show_version", args=[version.program.code, version.number])
    return reverse("programs:list_programs")


def _before(request, version):
    """The newest earlier one that was in force, or else simply the one before."""
    earlier = versions_for(request.user, version.program).filter(number__lt=version.number).order_by("-number")
    return earlier.filter(state__in=["released", "withdrawn"]).first() or earlier.first()


def _edit_url(version):
    try:
        return reverse("programs:edit_version", args=[version.program.code, version.number])
    except NoReverseMatch:
        return ""
