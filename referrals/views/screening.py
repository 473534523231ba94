"""Screening lists, and working them off."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from members import audit
from members.access import Refusal, requires
from portal.lib.forms import refuse
from portal.lib.pages import capped_count, page_of
from referrals import screening
from referrals.actions import screening as actions
from referrals.forms.screening import ReviewForm
from referrals.kinds import ScreeningList
from referrals.views.people import find, shows_names, small_form


@requires("screening.view")
def list_screening(request):
    asked = request.GET.get("list", "")
    which = asked if asked in ScreeningList.values else ScreeningList.STILL_IN_DIFFICULTY.value
    people = screening.pending(request.user, which)
    number, has_more = capped_count(people)
    page = page_of(request, people.as_rows().select_related("residence", "unaided"), ["-pk"])
    if page.rows and shows_names(request.user):
        audit.record(request.user, "person.list", changes={"rows": [None, len(page.rows)]})
    context = {
        "page": page, "which": which, "lists": ScreeningList.choices, "number": number, "has_more": has_more,
        "may_review": "person.edit" in request.user.permissions,
    }  # fmt: skip
    return render(request, "referrals/screening/list.html", context)


@requires("person.edit")
def review_entry(request, code, which):
    if which not in ScreeningList.values:
        raise Http404
    person = find(request, code, "person.edit")
    form = ReviewForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            actions.review_entry(request.user, person, which, said["outcome"], said["note"])
            messages.success(request, _("已记下；此人的情况有变化时会再次列出。"))
            return redirect(reverse("referrals:list_screening") + f"?list={which}")
        except Refusal as refusal:
            refuse(form, refusal)
    intro = _("名单：%(list)s") % {"list": ScreeningList(which).label}
    return small_form(request, person, form, _("核查结果"), _("记下"), intro=intro)
