"""What a unit gave, month by month, as it hands it in; and how units take up what is sent to them."""

from functools import partial

from django.http import Http404
from django.shortcuts import render
from django.urls import reverse
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _

from members.access import requires
from members.form_pages import confirm_page
from portal.lib import money
from referrals import aid_returns, uptake
from referrals.actions import aid_returns as actions
from referrals.forms.aid_returns import PeriodFilter, ReturnForm
from referrals.models import AidReturn


@requires("aid.return")
def list_aid_returns(request):
    """The last months of one's own unit: handed in, or still owed with what the ledger holds."""
    unit = request.user.organization
    handed = {row.month: row for row in AidReturn.objects.filter(organization=unit).select_related("handed_in_by")}
    owed = set(aid_returns.missing_of(unit))
    months = sorted({*handed, *aid_returns.months_until()}, reverse=True)
    rows = [(month, handed.get(month), month in owed) for month in months]
    return render(request, "referrals/aid/returns.html", {"rows": rows})


@requires("aid.return")
def hand_in_aid_return(request, month):
    day = parse_date(f"{month}-01")
    if day is None or day not in aid_returns.months_until():
        raise Http404
    figures = aid_returns.figures_of(request.user.organization, day)
    words = {
        "month": month, "lines": figures["lines"], "people": figures["people"], "alone": figures["lines_alone"],
        "amount": money.show(figures["amount"]), "value": money.show(figures["value"]), "hours": figures["hours"],
    }  # fmt: skip
    asked = {
        "heading": _("报送 %(month)s 的帮扶") % words,
        "consequence": _(
            "台账里这个月共 %(lines)s 笔、%(people)s 人（其中未经转介 %(alone)s 笔），资金 %(amount)s，"
            "物资折价 %(value)s，服务 %(hours)s 小时。报送后不能修改，民政部门只看到合计，看不到姓名。"
        ) % words,
        "button": _("报送"),
    }  # fmt: skip
    act = partial(actions.hand_in_return, request.user, day)
    form = ReturnForm(request.POST or None)
    return confirm_page(request, asked, act, _("已报送。"), back=reverse("referrals:list_aid_returns"), form=form)


@requires("referral.view")
def show_uptake(request):
    """承接情况: one row for each unit that is sent referrals, in two statements whatever their number."""
    filters = PeriodFilter(request.GET or None)
    since, until = filters.asked()
    month = aid_returns.months_until()[0]
    rows = uptake.figures_of(request.user, since, until, month)
    context = {"rows": rows, "since": since, "until": until, "month": month}
    return render(request, "referrals/aid/uptake.html", context)
