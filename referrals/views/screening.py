"""Screening lists, and working them off."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from members import audit
from members.access import Refusal, requires
from portal.lib.forms import refuse
from portal.lib.pages import capped_count, page_of
from programs.models import Program
from referrals import screening
from referrals.actions import screening as actions
from referrals.forms.screening import ReviewForm
from referrals.kinds import ScreeningList
from referrals.views.people import find, shows_names, small_form


@requires("screening.view")
def list_screening(request):
    asked = request.GET.get("list", "")
    which = asked if asked in screening.LISTS else ScreeningList.STILL_IN_DIFFICULTY.value
    people = screening.pending(request.user, which)
    number, has_more = capped_count(people)
    page = page_of(request, people.as_rows().select_related("residence", "unaided"), ["-pk"])
    if page.rows and shows_names(request.user):
        audit.record(request.user, "person.list", changes={"rows": [None, len(page.rows)]})
    if which == ScreeningList.UNAIDED:
        _name_programs(page)
    context = {
        "page": page, "which": which, "lists": [(code, ScreeningList(code).label) for code in screening.LISTS],
        "number": number, "has_more": has_more,
        "may_review": "person.edit" in request.user.permissions,
    }  # fmt: skip
    return render(request, "referrals/screening/list.html", context)


def _name_programs(page):
    """The programs of a page by name: a code says nothing to who has not made the catalogue."""
    codes = {code for person in page for code in person.unaided.programs}
    names = {one.code: str(one) for one in Program.objects.filter(code__in=codes)}
    for person in page:
        person.programs_shown = [names.get(code, code) for code in person.unaided.programs]


@requires("person.edit")
def review_entry(request, code, which):
    if which not in screening.LISTS:
        raise Http404
    person = find(request, code, "person.edit")

    def act(said):
        actions.review_entry(request.user, person, which, said["outcome"], said["note"])

    back = reverse("referrals:list_screening") + f"?list={which}"
    return _review(request, person, act, back, ScreeningList(which).label)


@requires("person.edit")
def review_fit(request, code, program):
    """What was done about somebody who fits a program, or might."""
    person = find(request, code, "person.edit")
    one = get_object_or_404(Program, code=program)

    def act(said):
        actions.review_fit(request.user, person, one, said["outcome"], said["note"])

    return _review(request, person, act, reverse("programs:show_fits", args=[program]), one)


def _review(request, person, act, back, name):
    form = ReviewForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            act(form.cleaned_data)
            messages.success(request, _("已记下；此人的情况有变化时会再次列出。"))
            return redirect(back)
        except Refusal as refusal:
            refuse(form, refusal)
    intro = _("名单：%(list)s") % {"list": name}
    return small_form(request, person, form, _("核查结果"), _("记下"), intro=intro)
