"""救急难: asked for from a draft, and the register that supervision reads."""

from functools import partial

from django.contrib import messages
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from members import audit
from members.access import Refusal, requires
from members.form_pages import form_page, press
from portal.lib.forms import refuse
from portal.lib.pages import page_of
from referrals import urgent_lanes
from referrals.actions import urgent as actions
from referrals.actions.moves import Moved
from referrals.forms.urgent import LaneFilter, UrgentForm
from referrals.views.referrals import crumbs_of, find_own_referral


@requires("referral.write")
@never_cache
def go_urgent(request, code):
    referral = find_own_referral(request, code)
    back = reverse("referrals:show_referral", args=[code])
    initial = {"items": list(urgent_lanes.LEAST), "version": referral.version}
    form = UrgentForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            actions.go_urgent(request.user, referral, said["version"], said["ground"], said["words"], said["items"])
            messages.success(request, _("已提请救急难，审核人已收到提醒。"))
            return redirect(back)
        except Moved as moved:
            messages.error(request, moved.message)
            return redirect(back)
        except Refusal as refusal:
            refuse(form, refusal)
    note = _(
        "只用于危及生命健康、重大财产安全。由第二人审核后发出；72 小时内补齐本人的同意，否则停止提供。"
        "每一件都列入台账，由上级监督。"
    )
    return form_page(request, form, _("救急难"), _("提请审核"), crumbs_of(request, referral), note=note)


@requires("referral.write")
@require_POST
def leave_urgent(request, code):
    referral = find_own_referral(request, code)
    act = partial(actions.leave_urgent, request.user, referral, referral.version)
    return press(request, act, _("已改走一般程序。"), reverse("referrals:preview_referral", args=[code]))


@requires("referral.view")
def list_urgent(request):
    """Newest first, with what became of each: for the units themselves and for those above them."""
    filters = LaneFilter(request.GET)
    show = filters.cleaned_data["show"] if filters.is_valid() else ""
    rows = urgent_lanes.visible_to(request.user)
    figures = urgent_lanes.figures(rows)
    if show == "wanting":
        rows = rows.filter(urgent_lanes.wanting())
    elif show == "lapsed":
        rows = rows.filter(state="lapsed")
    related = ("referral__sender", "referral__receiver", "asked_by", "approved_by")
    page = page_of(request, rows.select_related(*related).defer("private", "referral__private"), ["-pk"])
    audit.record(request.user, "referral.list_urgent", changes={"rows": [None, len(page.rows)]})
    return render(
        request, "referrals/urgent/list.html", {"page": page, "filters": filters, "figures": figures, "show": show}
    )
