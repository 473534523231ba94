"""Lists of a program: made, closed, drawn from, struck from, given up."""

from functools import partial

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from members import audit
from members.access import Refusal, may, requires
from members.form_pages import confirm_page, form_page, press
from portal.lib.forms import refuse
from portal.lib.pages import page_of
from referrals import batches_shown, listed
from referrals.actions import batch_draws, batches
from referrals.forms.batches import TABS, BatchFilter, BatchForm, CheckForm, StrikeForm, VersionForm
from referrals.models import Batch, BatchDraw, BatchRow

MOST_SHOWN = 300
FINDINGS = {
    "commitment": gettext_lazy("密数的摘要"), "digest": gettext_lazy("名册的摘要"), "seed": gettext_lazy("种子"),
    "drawn": gettext_lazy("抽中的行"),
}  # fmt: skip


@requires("batch.view")
def list_batches(request):
    filters = BatchFilter(request.GET)
    rows = filters.narrow(Batch.objects.visible_to(request.user).as_rows())
    rows = rows.annotate(people=Count("rows", filter=Q(rows__struck_at=None)))
    page = page_of(request, rows, ["-pk"])
    for batch in page:
        batch.is_own_turn = batches_shown.is_waiting(request.user, batch)
    late = Batch.objects.visible_to(request.user).late().count()
    context = {"page": page, "filters": filters, "tabs": TABS, "late": late}
    return render(request, "referrals/batches/list.html", context)


@requires("batch.edit")
def make_batch(request):
    form = BatchForm(request.POST or None, initial={"program": request.GET.get("program", "")[:20]})
    if request.method == "POST" and form.is_valid():
        try:
            batch = batches.make_batch(request.user, form.cleaned_data["program"], form.values())
            return redirect("referrals:add_lines", batch.code)
        except Refusal as refusal:
            refuse(form, refusal)
    intro = _("先选项目，再把已经拟定帮扶方案、等待审批的人列进来。")
    return form_page(request, form, _("建立名册"), _("建立"), crumbs(), intro=intro)


@requires("batch.view")
@never_cache
def show_batch(request, code):
    batch = find_batch(request, code)
    context = batches_shown.page_of_batch(request.user, batch)
    shown = {"rows": [None, len(context["rows"])]} if context["names"] else None
    audit.record(request.user, "batch.view", batch, organization=batch.organization, changes=shown)
    return render(request, "referrals/batches/show.html", context)


@requires("batch.edit")
@never_cache
def add_lines(request, code):
    """Everybody who may come onto it, to be ticked."""
    batch = find_own(request, code)
    lines = batches.candidates_of(batch).select_related(
        "person__keeper__area", "person__residence", "referral", "proposed_by"
    )
    lines = list(lines.order_by("pk")[: MOST_SHOWN + 1])
    if request.method == "POST":
        chosen = set(request.POST.getlist("line"))
        act = partial(
            batches.add_lines, request.user, batch, _version(request), [one for one in lines if one.code in chosen]
        )
        return press(request, act, _("已列入名册。"), to_batch(batch), back=request.path)
    names = listed.names_of(request.user, [BatchRow(pk=one.pk, person=one.person) for one in lines])
    for line in lines:
        line.shown_name, line.shown_sum = names[line.pk], listed.sum_of_line(line)
    context = {"batch": batch, "lines": lines[:MOST_SHOWN], "has_more": len(lines) > MOST_SHOWN}
    return render(request, "referrals/batches/add.html", context)


@requires("batch.edit")
@require_POST
def remove_row(request, code, row):
    batch = find_own(request, code)
    act = partial(batches.remove_row, request.user, _row(batch, row), _version(request))
    return press(request, act, _("已移除。"), to_batch(batch))


@requires("batch.edit")
def strike_row(request, code, row):
    batch = find_own(request, code)
    one = _row(batch, row)
    form = StrikeForm(request.POST or None, initial={"version": batch.version})
    asked = {
        "heading": _("剔除序号 %(n)s") % {"n": one.number},
        "consequence": _("此人留在名册上并划去，不能恢复，也没有人递补；帮扶方案仍在，可以列入以后的名册。"),
        "button": _("剔除"), "is_destructive": True,
    }  # fmt: skip
    act = partial(batches.strike_row, request.user, one)
    return confirm_page(request, asked, act, _("已剔除。"), back=to_batch(batch), form=form)


@requires("batch.edit")
def freeze_batch(request, code):
    batch = find_own(request, code)
    number = batch.rows.count()
    asked = {
        "heading": _("封存名册"),
        "consequence": _("封存后这 %(n)s 人的序号和金额不再改变，也不能再加人；个别人只能写明原因剔除。")
        % {"n": number}
        + _("封存即确认：每个人都已按项目要求遴选、审核、走访。"),
        "button": _("封存"),
    }
    act = partial(batches.freeze_batch, request.user, batch)
    return asking(request, batch, asked, act, _("名册已封存。"))


@requires("batch.edit")
def cancel_batch(request, code):
    batch = find_own(request, code)
    form = StrikeForm(request.POST or None, initial={"version": batch.version})
    asked = {
        "heading": _("取消名册"), "button": _("取消名册"), "is_destructive": True,
        "consequence": _("名册上的人可以列入别的名册；已经抽中而没有走访的，列入下一份时仍然要走访。"),
    }  # fmt: skip
    act = partial(batches.cancel_batch, request.user, batch)
    return confirm_page(request, asked, act, _("名册已取消。"), back=to_batch(batch), form=form)


# -- The draw ---------------------------------------------------------------------------------------------------------
@requires("batch.edit")
def draw_sample(request, code):
    batch = find_own(request, code)
    asked = {
        "heading": _("随机抽取抽查对象"), "button": _("抽取"),
        "consequence": _("由封存的名册和事先承诺的密数算出，只能抽一次，不能重抽。")
        + _("抽中的人都要走访并记下结果，才能往下办。"),
    }  # fmt: skip
    act = partial(batch_draws.draw_sample, request.user, batch)
    return asking(request, batch, asked, act, _("已抽取。"))


@requires("batch.view")
def show_draw(request, code, purpose):
    """How it was drawn, with everything that is needed to do it again; reckoned anew at every look."""
    batch = find_batch(request, code)
    draw = get_object_or_404(BatchDraw.objects.select_related("batch", "drawn_by"), batch=batch, purpose=purpose)
    numbers = dict(batch.rows.values_list("code", "number"))
    findings = batch_draws.verify(draw)
    context = {
        "batch": batch, "draw": draw, "findings": [(FINDINGS[one.code], one) for one in findings],
        "wrong": [one for one in findings if not one.is_right], "commitment": batch.commitments[purpose],
        "drawn": [(numbers.get(code), code) for code in draw.drawn],
        "owed": [(numbers.get(code), code) for code in draw.owed],
        "left_out": [number for code, number in numbers.items() if code not in draw.pool],
    }  # fmt: skip
    return render(request, "referrals/batches/draw.html", context)


@requires("batch.view")
def download_text(request, code):
    """The closed list without anybody's name, byte for byte as its digest was taken."""
    batch = find_batch(request, code)
    if not batch.digest:
        raise Http404
    name = content_disposition_header(True, f"list-{batch.code}.txt")
    return HttpResponse(batch.text, "text/plain; charset=utf-8", headers={"Content-Disposition": name})


@requires("batch.edit")
def check_row(request, code, row):
    batch = find_own(request, code)
    one = _row(batch, row)
    form = CheckForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            batch_draws.check_row(request.user, one, form.cleaned_data)
            messages.success(request, _("走访结果已记下。"))
            return redirect(to_batch(batch))
        except Refusal as refusal:
            refuse(form, refusal)
    heading = _("序号 %(n)s 的抽查走访") % {"n": one.number}
    return form_page(request, form, heading, _("记下"), crumbs(batch), note=_("记下以后不能再改。"))


# -- Common -----------------------------------------------------------------------------------------------------------
def find_batch(request, code):
    related = (
        "program__organization", "program_version", "organization__area", "holder__area", "round", "made_by",
        "frozen_by", "decided_by",
    )  # fmt: skip
    return get_object_or_404(Batch.objects.visible_to(request.user).select_related(*related), code=code)


def find_own(request, code, permission="batch.edit"):
    """Of one's own unit, where it lies now."""
    batch = find_batch(request, code)
    if not may(request.user, permission, batch.holder):
        raise PermissionDenied
    return batch


def crumbs(batch=None):
    found = [(_("名册与公示"), reverse("referrals:list_batches"))]
    return [*found, (batch.label, to_batch(batch))] if batch else found


def to_batch(batch):
    return reverse("referrals:show_batch", args=[batch.code])


def _row(batch, code):
    return get_object_or_404(batch.rows.select_related("batch", "person", "line"), code=code)


def asking(request, batch, asked, act, done):
    """A page that asks once more, and carries the version that the person saw."""
    form = VersionForm(request.POST or None, initial={"version": batch.version})
    return confirm_page(request, asked, act, done, back=to_batch(batch), form=form)


def _version(request):
    """What the person saw; what cannot be read is no version of anything."""
    said = request.POST.get("version", "")
    return int(said) if said.isascii() and said.isdigit() and len(said) < 10 else 0
