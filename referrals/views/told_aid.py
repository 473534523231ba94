"""A unit's other help: whom it was given to, one entry of it, or a proposal without a referral."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from members.access import Refusal, requires
from members.form_pages import form_page
from portal.lib.forms import refuse
from referrals import disclosure, finding, minors
from referrals.actions import told_aid as actions
from referrals.forms.told_aid import MEASURES, OtherAidForm, WhoForm
from referrals.models import Person
from referrals.permissions import may
from referrals.views.aid import propose_for


@requires("aid.propose")
@never_cache
def begin_other_aid(request):
    """Whom it was given to: found by number or name among those one keeps, or registered first."""
    form = WhoForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            person = finding.one_of(Person.objects.visible_to(request.user), form.cleaned_data["who"])
            return redirect("referrals:record_other_aid", person.code)
        except Refusal as refusal:
            refuse(form, refusal)
    crumbs = [(_("帮扶台账"), reverse("referrals:list_aid") + "?tab=told")]
    note = _("还没有登记过的人，先在“困难群众”里登记，再从此人的页面登记帮扶；人多的用成批导入。")
    return form_page(request, form, _("登记其他帮扶"), _("下一步"), crumbs, note=note)


@requires("aid.propose")
@never_cache
def record_other_aid(request, code):
    """What was given already, by the unit's own ways."""
    person = find_aided(request, code)
    form = OtherAidForm(request.POST or None, staff=request.user)
    if request.POST.get("is_another"):
        form.ask_whether_another()
    if request.method == "POST" and form.is_valid():
        try:
            is_another = form.cleaned_data.get("is_another", False)
            line = actions.record_other_aid(request.user, person, form.values(), is_another=is_another)
            messages.success(request, _("已登记，计入本月的定期反馈。"))
            return redirect("referrals:show_aid", line.code)
        except Refusal as refusal:
            if refusal.field == "is_another":
                form.ask_whether_another()
            refuse(form, refusal)
    context = {
        "form": form, "person": person, "name": minors.shown_name(request.user, person), "measures": MEASURES,
        "back": reverse("referrals:list_aid") + "?tab=told",
    }  # fmt: skip
    return render(request, "referrals/aid/told.html", context)


@requires("aid.propose")
@never_cache
def propose_other_aid(request, code):
    """What is still to be given, or comes out of a fund of the portal: agreed to by a second person as always."""
    person = find_aided(request, code)
    return propose_for(request, person, back=reverse("referrals:record_other_aid", args=[code]))


def find_aided(request, code):
    """Somebody the unit keeps, or of whom it was told; a consent still covers the name, and a child has an approval."""
    person = finding.helped_by(request.user, code)
    if person is None:
        raise Http404
    if not may(request.user, "person.view", person) and "name" not in disclosure.permitted(request.user, person):
        raise PermissionDenied
    minors.require(request.user, person)
    return person
