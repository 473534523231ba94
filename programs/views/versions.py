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
    asked = {
        "heading": _("提交待发布：%(version)s"),
        "consequence": _("提交后不能再改，等另一位目录管理员查看并发布；要改就先退回。"),
        "button": _("提交待发布"),
        "extra": "programs/_effects.html",
    }
    return _ask(request, code, number, "program.submit", asked, RevisionForm, actions.submit_version, _("已提交。"))


@requires("program.release")
def release_version(request, code, number):
    asked = {
        "heading": _("发布：%(version)s"),
        "consequence": _("发布后内容不再改动，公开页面和匹配从生效日起用这一版；此前提交的申请仍按原来的版本。"),
        "button": _("发布这一版"),
        "extra": "programs/_effects.html",
    }
    release, today = actions.release_version, {"valid_from": timezone.localdate()}
    return _ask(request, code, number, "program.release", asked, ReleaseForm, release, _("已发布。"), today)


@requires("program.submit")
def return_version(request, code, number):
    """By whoever could release it, or by the one who handed it in."""
    asked = {
        "heading": _("退回修改：%(version)s"),
        "consequence": _("退回后重新成为草稿，起草人看到原因后修改、再提交。"),
        "button": _("退回修改"),
    }
    return _ask(request, code, number, None, asked, ReasonForm, actions.return_version, _("已退回。"))


@requires("program.withdraw")
def withdraw_version(request, code, number):
    asked = {
        "heading": _("撤回：%(version)s"),
        "consequence": _("撤回后今天起不再用于公开页面和匹配，旧版本也不会自动恢复；已经按它办的申请不受影响。"),
        "button": _("撤回这一版"),
        "is_destructive": True,
    }
    return _ask(request, code, number, "program.withdraw", asked, ReasonForm, actions.withdraw_version, _("已撤回。"))


@requires("program.edit")
def discard_draft(request, code, number):
    asked = {
        "heading": _("放弃草稿：%(version)s"),
        "consequence": _("草稿里写的内容会删除，找不回来；已发布的版本不受影响。"),
        "button": _("放弃草稿"),
        "is_destructive": True,
    }
    return _ask(request, code, number, "program.edit", asked, RevisionForm, actions.discard_draft, _("草稿已放弃。"))


def _ask(request, code, number, permission, asked, form_class, action, done, initial=None):
    """A page that says what would happen, with what the action needs to be told."""
    version = find_version(request, code, number)
    if permission and not may(request.user, permission, version.program):
        raise PermissionDenied
    form = form_class(request.POST or None, initial={"revision": version.revision, **(initial or {})})
    if "is_for_everyone" in form.fields and not version.is_without_condition:
        del form.fields["is_for_everyone"]
    shown = {
        **asked,
        "heading": asked["heading"] % {"version": version},
        "program": version.program,
        "version": version,
    }
    back = reverse("programs:show_version", args=[code, number])
    act = partial(_in_words, action, request.user, version)
    return confirm_page(request, shown, act, done, back=back, form=form, to=lambda: _after(version))


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
