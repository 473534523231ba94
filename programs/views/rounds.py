"""Campaigns and terms: opened, changed, closed by an earlier last day."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from members.access import Refusal, requires
from members.form_pages import form_page, refuse_stale
from portal.lib.forms import refuse
from programs.access import may, visible_to
from programs.actions import rounds as actions
from programs.forms.rounds import RoundForm
from programs.models import Round
from programs.views.programs import changeable


@requires("round.edit")
def open_round(request, code):
    program = changeable(request, code, "round.edit")
    form = RoundForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.open_round(request.user, program, form.cleaned_data)
            messages.success(request, _("已登记批次。"))
            return redirect("programs:show_program", code)
        except Refusal as refusal:
            refuse(form, refusal)
    return _form(request, program, form, _("登记批次"), _("登记批次"))


@requires("round.edit")
def change_round(request, code):
    programs = visible_to(request.user)
    row = get_object_or_404(
        Round.objects.select_related("program__organization__area").filter(program__in=programs), code=code
    )
    if not may(request.user, "round.edit", row.program):
        raise PermissionDenied
    initial = {name: getattr(row, name) for name in (*actions.EDITABLE, "version")}
    form, current = RoundForm(request.POST or None, initial=initial), []
    if request.method == "POST" and form.is_valid():
        try:
            actions.change_round(request.user, row, form.cleaned_data["version"], form.cleaned_data)
            messages.success(request, _("修改已保存。"))
            return redirect("programs:show_program", row.program.code)
        except Refusal as refusal:
            current = refuse_stale(form, refusal, actions.EDITABLE)
    return _form(request, row.program, form, _("修改批次“%(label)s”") % {"label": row.label}, _("保存修改"), current)


def _form(request, program, form, heading, button, current=()):
    page = reverse("programs:show_program", args=[program.code])
    crumbs = [(_("项目目录"), reverse("programs:list_programs")), (str(program), page)]
    return form_page(request, form, heading, button, crumbs, current=current)
