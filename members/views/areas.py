"""Divisions: browse, look at one, rename, replace, import."""

from collections import Counter
from functools import partial

from django.contrib import messages
from django.db.models import Count, Q
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from members import imports
from members.access import Refusal, requires
from members.actions.areas import (
    HEADINGS,
    apply_areas,
    preview_areas,
    rename_area,
    replace_area,
    tag_area,
    upload_areas,
)
from members.form_pages import confirm_page
from members.forms.areas import AreaUploadForm, RenameAreaForm, ReplaceAreaForm, TagAreaForm
from members.kinds import AreaTag
from members.models import Area, AreaImport, Organization
from portal.lib import xlsx
from portal.lib.forms import refuse
from portal.lib.pages import capped_count, page_of

VERDICTS = ["wrong", "changed", "new", "same"]


@requires("area.view")
def list_areas(request):
    """The provinces, or what a search finds; every row leads one step down."""
    words = request.GET.get("q", "").replace("\x00", "").strip()[:60]
    chosen = request.GET.get("tag", "")
    tag = chosen if chosen in AreaTag.values else ""
    if words or tag:
        areas = Area.objects.search(words).select_related("parent")
        areas = areas.filter(tags__contains=[tag]) if tag else areas
    else:
        areas = Area.objects.filter(parent=None).current()
    number, is_more = capped_count(areas)
    page = page_of(request, _with_children(areas), ["code"])
    source = Area.objects.filter(parent=None).values_list("source", flat=True).first()
    context = {"page": page, "words": words, "number": number, "is_more": is_more, "source": source}
    context |= {"tag": tag, "tags": AreaTag.choices, "is_search": bool(words or tag)}
    return render(request, "members/areas/list.html", context)


@requires("area.view")
def show_area(request, code):
    area = get_object_or_404(Area.objects.select_related("parent", "replaced_by"), code=code)
    organizations = Organization.objects.filter(area=area).select_related("area").order_by("name", "pk")
    context = {
        "area": area,
        "ancestors": Area.objects.filter(code__in=area.ancestor_codes).order_by("code"),
        "page": page_of(request, _with_children(area.children.current()), ["code"]),
        "former": area.children.exclude(valid_to=None).select_related("replaced_by"),
        "replaces": area.replaces.all(),
        "organizations": organizations[:20],
        "bureau": Organization.objects.nearest_bureau(area),
        "charities": Organization.objects.same_level(area).charities().order_by("name")[:20],
        "changes": area.changes.select_related("successor", "recorded_by"),
        "can_edit": "area.edit" in request.user.permissions and area.is_current,
    }
    return render(request, "members/areas/show.html", context)


@requires("area.edit")
def rename(request, code):
    area = get_object_or_404(Area.objects.current(), code=code)
    form = RenameAreaForm(request.POST or None, initial={"name": area.name})
    if request.method == "POST" and form.is_valid():
        try:
            rename_area(request.user, area, **form.cleaned_data)
            messages.success(request, _("已更名为 %(name)s。") % {"name": area})
            return redirect("members:show_area", area.code)
        except Refusal as refusal:
            refuse(form, refusal)
    return render(request, "members/areas/rename.html", {"area": area, "form": form})


@requires("area.edit")
def tag(request, code):
    area = get_object_or_404(Area.objects.current(), code=code)
    form = TagAreaForm(request.POST or None, initial={"tags": area.tags})
    asked = {
        "heading": _("%(name)s是不是重点帮扶地区") % {"name": area},
        "consequence": _("列为重点帮扶地区后，各单位查找活动和服务供给时可以只看帮这些地区的。"),
        "button": _("保存"),
    }
    back = reverse("members:show_area", args=[code])
    return confirm_page(request, asked, partial(tag_area, request.user, area), _("已保存。"), back=back, form=form)


@requires("area.edit")
def replace(request, code):
    area = get_object_or_404(Area.objects.current(), code=code)
    form = ReplaceAreaForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            area = replace_area(request.user, area, **form.cleaned_data)
            messages.success(request, _("%(old)s 已停用，由 %(new)s 接替。") % {"old": area, "new": area.replaced_by})
            return redirect("members:show_area", area.code)
        except Refusal as refusal:
            refuse(form, refusal)
    counts = {
        "organizations": Organization.objects.filter(area=area).count(),
        "children": Area.objects.current().below(area).count(),
    }
    return render(request, "members/areas/replace.html", {"area": area, "form": form, **counts})


@requires("area.import")
def import_areas(request):
    """Hand in a workbook; the next page shows what it would do."""
    form = AreaUploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            area_import = upload_areas(
                request.user, data["file"].name, data["file"].read(), data["source"], data["valid_from"]
            )
            return redirect("members:show_area_import", area_import.code)
        except Refusal as refusal:
            refuse(form, refusal)
    recent = AreaImport.objects.exclude(applied_at=None).defer("content", "rows").select_related("applied_by")[:10]
    return render(request, "members/areas/import.html", {"form": form, "recent": recent})


@requires("area.import")
def show_area_import(request, code):
    """Row by row: new, same, changed, wrong. The wrong ones stand first; of each kind the first two hundred."""
    area_import = get_object_or_404(AreaImport.objects.defer("content"), code=code)
    lines = [] if area_import.applied_at else preview_areas(area_import)
    found = Counter(line.verdict for line in lines)
    groups = [(verdict, [line for line in lines if line.verdict == verdict][:200]) for verdict in VERDICTS]
    context = {
        "area_import": area_import,
        "counts": {verdict: found[verdict] for verdict in VERDICTS},
        "groups": [(verdict, rows) for verdict, rows in groups if rows and verdict != "same"],
        "can_apply": not area_import.applied_at and not found["wrong"] and (found["new"] or found["changed"]),
    }
    return render(request, "members/areas/show_import.html", context)


@require_POST
@requires("area.import")
def apply_area_import(request, code):
    area_import = get_object_or_404(AreaImport, code=code)
    try:
        area_import = apply_areas(request.user, area_import)
        counts = area_import.counts
        messages.success(
            request,
            _("已导入：新增 %(new)s 个，更名 %(changed)s 个。") % {"new": counts["new"], "changed": counts["changed"]},
        )
    except Refusal as refusal:
        messages.error(request, refusal.message)
    return redirect("members:show_area_import", area_import.code)


@requires("area.import")
def mark_area_import(request, code):
    """The person's own file, with the wrong rows marked and the reasons beside them."""
    area_import = get_object_or_404(AreaImport, code=code)
    errors = {line.number: line.reason for line in preview_areas(area_import) if line.verdict == "wrong"}
    return xlsx.download(imports.marked(bytes(area_import.content), errors), _("乡镇和村-标注错误.xlsx"))


@requires("area.import")
def area_template(request):
    examples = [["999999001000", "示例一街道", "999999000000"], ["999999001001", "示例社区", "999999001000"]]
    return xlsx.download(imports.template(HEADINGS, examples, [18, 30, 18]), _("乡镇和村-模板.xlsx"))


def _with_children(areas):
    current = Q(children__valid_to=None)
    return areas.annotate(number_of_children=Count("children", filter=current))
