"""Duplicates: who it is the same as, both side by side, merging, taking it back."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from members.access import Refusal, requires
from portal.lib.forms import refuse
from referrals import finding, minors
from referrals.actions import mergers as actions
from referrals.forms.facts import ReasonForm
from referrals.forms.people import MeansPersonForm
from referrals.models import Person, PersonMerger
from referrals.permissions import may
from referrals.views.people import find, reason_form, see_form, small_form


@requires("person.merge")
def find_duplicate(request, code):
    person = find(request, code, "person.merge")
    form = MeansPersonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            seen = Person.objects.visible_to(request.user, "person.merge").exclude(pk=person.pk)
            other = finding.one_of(seen, form.cleaned_data["who"])
            return redirect("referrals:merge_people", person.code, other.code)
        except Refusal as refusal:
            refuse(form, Refusal(refusal.message, field="who"))
    intro = _("下一步会并排显示两份登记，确认后才合并；合并可以撤销。")
    return small_form(request, person, form, _("与谁是同一个人"), _("并排查看"), intro)


@requires("person.merge")
def merge_people(request, code, other):
    """What stays, what is taken over, what follows; then the reason, and it is done."""
    kept, dropped = find(request, code, "person.merge"), find(request, other, "person.merge")
    if kept.pk == dropped.pk:
        raise Http404
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.merge_people(request.user, kept, dropped, form.cleaned_data["reason"])
            messages.success(request, _("两份登记已合并；合并有误时可以在这一页撤销。"))
            return redirect("referrals:show_person", kept.code)
        except Refusal as refusal:
            refuse(form, refusal)
    for person in (kept, dropped):
        see_form(request.user, person, _("并排查看"))
    context = {"kept": kept, "dropped": dropped, "plan": actions.plan(kept, dropped), "form": form}
    return render(request, "referrals/people/merge.html", context)


@requires("person.merge")
@require_POST
def tell_apart(request, code, other):
    person, other = find(request, code, "person.merge"), find(request, other, "person.merge")
    if person.pk == other.pk:
        raise Http404
    actions.tell_apart(request.user, person, other)
    messages.success(request, _("已记下：不是同一个人，不再提示。"))
    return redirect("referrals:show_person", person.code)


@requires("person.merge")
def undo_merger(request, code):
    seen = PersonMerger.objects.filter(kept__in=Person.objects.visible_to(request.user))
    merger = get_object_or_404(
        seen.select_related("kept__keeper__area", "kept__residence", "dropped__keeper", "dropped__residence"), code=code
    )
    if not may(request.user, "person.merge", merger.kept):
        raise PermissionDenied
    minors.require(request.user, merger.kept)
    return reason_form(
        request, merger.kept, _("撤销合并"), _("撤销合并"),
        lambda reason: actions.undo_merger(request.user, merger, reason),
        _("合并已撤销，两份登记恢复原样。"),
        _("合并时移过来的内容会移回去；合并以后新增的内容留在这份登记里。"),
    )  # fmt: skip
