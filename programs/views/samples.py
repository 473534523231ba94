"""Sample people of a program: made up by those who write it, facts only."""

from functools import partial

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from members.access import Refusal, Stale
from members.form_pages import confirm_page
from programs import catalogue
from programs.access import may, requires, visible_to
from programs.actions import samples as actions
from programs.editing import areas, preview
from programs.editing import samples as drawing
from programs.editing.fields import Faults
from programs.facts import Fault
from programs.models import ProgramSample, ProgramVersion
from programs.views.programs import changeable


@requires("program.edit")
def add_sample(request, code):
    program = changeable(request, code, "program.edit")
    sample = ProgramSample(program=program, facts={"as_of": timezone.localdate().isoformat()})
    return _form(request, sample, _("添加样例"))


@requires("program.edit")
def change_sample(request, code):
    return _form(request, _find(request, code), _("修改样例"))


@requires("program.edit")
def remove_sample(request, code):
    sample = _find(request, code)
    asked = {
        "heading": _("删除样例"),
        "consequence": _("删除后不再用它试算，找不回来。"),
        "button": _("删除样例"),
        "is_destructive": True,
    }
    act = partial(actions.remove_sample, request.user, sample)
    return confirm_page(request, asked, act, _("样例已删除。"), back=_back(sample.program))


def _find(request, code):
    rows = ProgramSample.objects.select_related("program__organization__area")
    sample = get_object_or_404(rows.filter(program__in=visible_to(request.user)), code=code)
    if not may(request.user, "program.edit", sample.program):
        raise PermissionDenied
    return sample


def _form(request, sample, heading):
    words, program = catalogue.vocabulary(), sample.program
    said, _left_out = preview.readable(_newest(program).definition, words)
    if said is None or said.is_container:
        messages.info(request, _("项目还没有写到可以试算的程度。"))
        return redirect(_back(program))
    facts, note, faults, refusal, status = dict(sample.facts), sample.note, Faults(), "", 200
    version = sample.version
    if request.method == "POST":
        facts = drawing.read(request.POST, facts, said, words)
        note = request.POST.get("note", "").strip()[:60]
        try:
            _save(request, sample, facts, note)
            messages.success(request, _("样例已保存。"))
            return redirect(_back(program))
        except actions.WrongSample as wrong:
            faults = Faults([Fault(f"facts.{fault.place}", fault.message) for fault in wrong.faults])
            refusal, status = wrong.message, 422
        except Stale as stale:
            refusal, status, version = stale.message, 409, stale.current.version
        except Refusal as refused:
            refusal, status = refused.message, 422
    context = {
        "program": program,
        "heading": heading,
        "note": note,
        "refusal": refusal,
        "version_number": version,
        "back": _back(program),
        "areas": areas.around(program.organization.area),
        **drawing.fields(facts, faults, said, words),
    }
    return render(request, "programs/sample.html", context, status=status)


def _save(request, sample, facts, note):
    if sample.pk is None:
        return actions.add_sample(request.user, sample.program, facts, note)
    text = request.POST.get("version", "")
    number = int(text) if text.isdecimal() and len(text) < 9 else 0
    return actions.change_sample(request.user, sample, number, facts, note)


def _newest(program):
    return program.versions.order_by("-number").first()


def _back(program):
    """To the draft where it is tried, or to the program."""
    version = _newest(program)
    if version and version.state == ProgramVersion.State.DRAFT:
        return reverse("programs:edit_version", args=[program.code, version.number]) + "#trial"
    return reverse("programs:show_version", args=[program.code, version.number]) + "#trial"
