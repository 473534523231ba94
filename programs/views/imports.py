"""Programs as files: taken away as JSON or workbook; handed in, looked at, made into drafts."""

import io

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from members.access import Refusal, requires
from portal.lib import xlsx
from portal.lib.forms import refuse
from programs import catalogue
from programs.access import versions_for, visible_to
from programs.actions import imports as actions
from programs.exports import to_json, write_workbook
from programs.forms.imports import ProgramUploadForm
from programs.imports import marked
from programs.models import IN_FORCE, ProgramImport, ProgramVersion
from programs.views.programs import find

VERDICTS = ("wrong", "changed", "new", "same")


@requires("program.view")
def export_programs(request):
    """What is in force today (or was last), as a workbook or JSON."""
    programs = visible_to(request.user).with_version().order_by("position", "code")
    shown = list(programs.values_list("shown_id", flat=True))
    versions = ProgramVersion.objects.in_bulk(shown)
    entries = [versions[pk].definition for pk in shown if versions[pk].state in IN_FORCE]
    return _file(request, entries, "programs")


@requires("program.view")
def export_program(request, code):
    """One program as it is in force, or the version that is asked for (?version=)."""
    program = find(request, code)
    versions = versions_for(request.user, program).order_by("-number")
    asked = request.GET.get("version", "")
    if asked:
        version = versions.filter(number=int(asked)).first() if asked.isdecimal() and len(asked) < 9 else None
    else:
        version = versions.filter(state__in=IN_FORCE).first() or versions.first()
    if version is None:
        raise Http404
    return _file(request, [version.definition], program.code)


def _file(request, entries, name):
    actions.export_programs(request.user, [entry.get("code") for entry in entries])
    if request.GET.get("format") == "json":
        named = {"Content-Disposition": f'attachment; filename="{name}.json"'}
        return HttpResponse(to_json(entries), "application/json", headers=named)
    target = io.BytesIO()
    write_workbook(target, entries, catalogue.vocabulary())
    return xlsx.download(target.getvalue(), f"{name}.xlsx")


@requires("program.edit")
def import_programs(request):
    form = ProgramUploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            row = actions.upload_programs(request.user, file.name, file.read())
            return redirect("programs:show_import", row.code)
        except Refusal as refusal:
            refuse(form, refusal)
    recent = ProgramImport.objects.filter(uploaded_by=request.user).defer("content", "definitions")[:10]
    return render(request, "programs/import.html", {"form": form, "recent": recent})


@requires("program.edit")
def show_import(request, code):
    """Program by program: new, changed, same, wrong; what is wrong stands first."""
    row = _own(request, code)
    entries = [] if row.applied_at else actions.preview_import(request.user, row)
    counts = {verdict: sum(entry.verdict == verdict for entry in entries) for verdict in VERDICTS}
    loose = [fault for fault in row.faults if fault["program"] not in {entry.code for entry in entries}]
    context = {
        "row": row,
        "entries": sorted(entries, key=lambda entry: VERDICTS.index(entry.verdict)),
        "counts": counts,
        "loose": loose,
        "can_apply": not counts["wrong"] and not loose and (counts["new"] or counts["changed"]),
        "is_workbook": _is_workbook(row),
    }
    return render(request, "programs/show_import.html", context)


@require_POST
@requires("program.edit")
def apply_import(request, code):
    row = _own(request, code)
    try:
        row = actions.apply_import(request.user, row)
        messages.success(request, _("已写成 %(count)s 份草稿，请核对后提交发布。") % {"count": len(row.applied)})
        return redirect("programs:list_drafts")
    except Refusal as refusal:
        messages.error(request, refusal.message)
        return redirect("programs:show_import", code)


@requires("program.edit")
def mark_import(request, code):
    """The person's own workbook, with the wrong cells marked on their sheets."""
    row = _own(request, code)
    if not _is_workbook(row):
        raise Http404
    faults = [actions.Fault(**fault) for fault in row.faults]
    return xlsx.download(marked(bytes(row.content), faults), "programs-marked.xlsx")


def _own(request, code):
    return get_object_or_404(ProgramImport, code=code, uploaded_by=request.user)


def _is_workbook(row):
    return bytes(row.content[:4]) == b"PK\x03\x04"
