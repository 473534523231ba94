"""Dates of cases: what is due, setting the next one, and saying what came of it."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from members.access import Refusal, requires
from members.form_pages import form_page
from portal.lib.forms import refuse
from portal.lib.pages import page_of
from referrals import disclosure
from referrals.actions import follow_ups as actions
from referrals.forms.follow_ups import FinishForm, FollowUpForm
from referrals.models import FollowUp, Referral
from referrals.views.referrals import find_referral

SHOWS = ("mine", "due", "unit")


@requires("referral.view")
def list_follow_ups(request):
    """One's own, what of it is due, and those of the unit; the earliest first. Nobody is named."""
    show = request.GET.get("show") if request.GET.get("show") in SHOWS else "mine"
    rows = FollowUp.objects.open().filter(organization=request.user.organization_id)
    if show != "unit":
        rows = rows.filter(who=request.user)
    rows = rows.due() if show == "due" else rows
    page = page_of(request, rows.select_related("referral", "who").defer("private"), ["due_on", "pk"])
    counts = {"mine": FollowUp.objects.of(request.user).count(), "due": FollowUp.objects.of(request.user).due().count()}
    return render(request, "referrals/follow_ups/list.html", {"page": page, "show": show, "counts": counts})


@requires("referral.view")
@never_cache
def plan_follow_up(request, code):
    referral = find_referral(request, code)
    actions.refuse_writer(request.user, referral)
    form = FollowUpForm(request.POST or None, staff=request.user)
    back = reverse("referrals:show_referral", args=[code]) + "#follow-ups"
    if request.method == "POST" and form.is_valid():
        try:
            actions.plan_follow_up(request.user, referral, form.cleaned_data)
            messages.success(request, _("已定下，到那一天会出现在“今天”里。"))
            return redirect(back)
        except Refusal as refusal:
            refuse(form, refusal)
    return form_page(request, form, _("定下一次跟进"), _("定下"), [(referral.number, back)])


@requires("referral.view")
@never_cache
def finish_follow_up(request, code):
    rows = FollowUp.objects.select_related("referral__person", "who")
    row = get_object_or_404(
        rows, code=code, organization=request.user.organization_id,
        referral__in=Referral.objects.visible_to(request.user),
    )  # fmt: skip
    actions.refuse_writer(request.user, row.referral)
    form = FinishForm(request.POST or None, staff=request.user)
    back = reverse("referrals:show_referral", args=[row.referral.code]) + "#follow-ups"
    if row.done_on:
        raise Http404
    if request.method == "POST" and form.is_valid():
        try:
            actions.finish_follow_up(request.user, row, form.cleaned_data["result"], form.following())
            messages.success(request, _("已记下。"))
            return redirect(back)
        except Refusal as refusal:
            refuse(form, refusal)
    told = disclosure.permitted(request.user, row.referral.person)
    intro = f"{row.get_purpose_display()} · {row.due_on:%Y-%m-%d} · {row.who}"
    note = row.note if told else ""
    return form_page(request, form, _("跟进的结果"), _("做完了"), [(row.referral.number, back)], intro=intro, note=note)
