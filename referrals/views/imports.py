"""Tables of people: handed in, looked at row by row, decided upon, taken back."""

from functools import partial

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from members import audit
from members.access import Refusal, requires
from members.form_pages import confirm_page, press
from portal.lib import xlsx
from portal.lib.forms import refuse
from portal.lib.pages import page_of
from referrals import import_templates
from referrals.actions import imports as actions
from referrals.forms.imports import ApplyForm, ColumnsForm, RowFilter, UploadForm
from referrals.imports import letters
from referrals.imports_shown import lines_of
from referrals.models import ImportRow, PeopleImport
from referrals.models.imports import Choice, ImportKind, Verdict

State = PeopleImport.State


@requires("person.import")
def list_imports(request):
    """The unit's own, and what it has pushed to a bureau."""
    show = "pushed" if request.GET.get("show") == "pushed" else ""
    manner = "handed_in_by" if show else "visible_to"
    rows = getattr(PeopleImport.objects, manner)(request.user)
    page = page_of(request, rows.select_related("organization", "source", "uploaded_by", "job"), ["-pk"])
    for row in page:
        row.state = actions.standing_state(row)
    context = {"page": page, "show": show, "has_pushed": PeopleImport.objects.handed_in_by(request.user).exists()}
    return render(request, "referrals/imports/list.html", context)


@requires("person.import")
def upload_import(request):
    initial = {"kind": _kind_asked(request)} if "kind" in request.GET else {}
    form = UploadForm(request.POST or None, request.FILES or None, staff=request.user, initial=initial)
    if request.method == "POST" and form.is_valid():
        values = dict(form.cleaned_data)
        try:
            row = actions.upload_people(request.user, values.pop("file"), values)
            if row.organization_id != request.user.organization_id:
                messages.success(request, _("已推送给%(to)s，处理结果在这里查看。") % {"to": row.organization})
                return redirect("referrals:list_imports")
            return redirect("referrals:show_import", row.code)
        except Refusal as refusal:
            refuse(form, refusal)
    return render(request, "referrals/imports/upload.html", {"form": form, "kind": _kind_asked(request)})


def _kind_asked(request):
    return ImportKind.AID if request.GET.get("kind") == ImportKind.AID else ImportKind.SURVEY


@requires("person.import")
def import_template(request):
    audit.record(request.user, "people_import.template")
    if _kind_asked(request) == ImportKind.AID:
        return xlsx.download(import_templates.template(ImportKind.AID), _("已给予的帮扶-模板.xlsx"))
    return xlsx.download(import_templates.template(), _("困难群众名单-模板.xlsx"))


@requires("person.import")
@never_cache
def show_import(request, code):
    """How it stands; once it is looked through, row by row."""
    row = find(request, code)
    filters = RowFilter(request.GET)
    page = page_of(request, filters.narrow(row.rows.select_related("person")), ["number"])
    actions.see_rows(request.user, row, len(page.rows))
    conflicts = row.rows.filter(verdict=Verdict.CONFLICT, choice=Choice.UNDECIDED)
    context = {
        "row": row, "page": page, "lines": lines_of(request.user, page.rows), "filters": filters, "apply": ApplyForm(),
        "tabs": [(verdict, label, row.counts.get(verdict, 0)) for verdict, label in Verdict.choices],
        "total": sum(row.counts.get(verdict, 0) for verdict in Verdict.values),
        "undecided": conflicts.count() if row.state == State.CHECKED else 0,
        "unfit": row.counts.get(Verdict.WRONG, 0) + row.counts.get(Verdict.HELD, 0),
        "letters": [one for one in letters(row) if one[2]], "left_out": [one for one in letters(row) if not one[2]],
    }  # fmt: skip
    return render(request, "referrals/imports/show.html", context)


@requires("person.import")
def name_columns(request, code):
    """Which column is what, by hand; the file is looked through again with it."""
    row = find(request, code)
    form = ColumnsForm(request.POST or None, row=row)
    if request.method == "POST" and form.is_valid():
        try:
            actions.begin_check(request.user, row, form.names() if row.headings else None)
            return redirect("referrals:show_import", row.code)
        except Refusal as refusal:
            refuse(form, refusal)
    pairs = [(one, form[f"column_{place}"]) for place, one in enumerate(letters(row))]
    return render(request, "referrals/imports/columns.html", {"row": row, "form": form, "pairs": pairs})


@requires("person.import")
@require_POST
def check_import(request, code):
    row = find(request, code)
    return press(request, partial(actions.begin_check, request.user, row), "", _address(row))


@requires("person.import")
@require_POST
def choose_import(request, code):
    """Conflicts as a whole: all that nobody has decided upon yet."""
    row = find(request, code)
    try:
        count = actions.choose_all(request.user, row, request.POST.get("choice", ""))
        messages.success(request, _("已为 %(count)s 行选定。") % {"count": count})
    except Refusal as refusal:
        messages.error(request, refusal.message)
    return redirect("referrals:show_import", code)


@requires("person.import")
@require_POST
def choose_import_row(request, code, one):
    row = find(request, code)
    line = get_object_or_404(ImportRow, people_import=row, code=one)
    try:
        actions.choose_row(request.user, row, line, request.POST.get("choice", ""))
    except Refusal as refusal:
        messages.error(request, refusal.message)
    query = request.GET.urlencode()
    return redirect(f"{request.path.split('/rows/')[0]}/{'?' if query else ''}{query}#row-{line.number}")


@requires("person.import")
@require_POST
def apply_import(request, code):
    row = find(request, code)
    act = partial(actions.begin_apply, request.user, row, request.POST.get("mode", ""))
    return press(request, act, "", _address(row))


@requires("person.import")
def undo_import(request, code):
    row = find(request, code)
    asked = {
        "heading": _("撤销这次导入"),
        "consequence": _(
            "由它新登记的人会整个删除，被它修改的资料恢复原样。导入之后有人办理过的不动，撤销后列出是哪几行。"
        ),
        "button": _("撤销导入"),
        "is_destructive": True,
    }
    return confirm_page(request, asked, partial(actions.begin_undo, request.user, row), "", back=_address(row))


@requires("person.import")
def discard_import(request, code):
    row = find(request, code)
    asked = {
        "heading": _("放弃这份名单"),
        "consequence": _("文件和读出的各行马上删除，没有写入任何资料。"),
        "button": _("放弃名单"),
        "is_destructive": True,
    }
    return confirm_page(request, asked, partial(actions.discard_import, request.user, row), "", back=_address(row))


@requires("person.import")
def download_marked(request, code):
    row = find(request, code)
    try:
        return actions.download_marked(request.user, row)
    except Refusal as refusal:
        messages.error(request, refusal.message)
    return redirect("referrals:show_import", code)


def find(request, code):
    """Of the person's own unit; a step that came to nothing is shown as not taken."""
    rows = PeopleImport.objects.visible_to(request.user)
    row = get_object_or_404(
        rows.select_related("organization", "source", "uploaded_by", "applied_by", "job"), code=code
    )
    row.state = actions.standing_state(row)
    return row


def _address(row):
    return reverse("referrals:show_import", args=[row.code])
