"""The working calendar: a year at a glance, one day changed, the official list of a year taken over."""

import datetime
import itertools

from django.contrib import messages
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from members import calendar, notices
from members.access import Refusal, requires
from members.actions import calendar as actions
from members.forms.calendar import DayChoiceForm, WorkDayForm, YearListForm, year_asked


@requires("calendar.view")
def show_calendar(request):
    today = timezone.localdate()
    year = year_asked(request.GET.get("year", ""), today)
    days = calendar.year_of(year)
    shown = {
        "year": year,
        "years": [y for y in (year - 1, year, year + 1) if calendar.FIRST_YEAR <= y <= calendar.LAST_YEAR],
        "months": [_month(days, year, month) for month in range(1, 13)],
        "moved": _spans(day for day in days.values() if day.name or day.is_moved),
        "working_days": sum(day.is_workday for day in days.values()),
        "is_provisional": any(day.is_provisional for day in days.values()),
        "sources": sorted({day.source for day in days.values() if day.source}),
        "today": today,
        "choice": DayChoiceForm(),
    }
    return render(request, "members/calendar/show.html", shown)


@requires("calendar.edit")
def edit_day(request):
    choice = DayChoiceForm(request.GET)
    if not choice.is_valid():
        messages.error(request, _("请选择要修改的日期。"))
        return redirect("members:show_calendar")
    day = calendar.day_of(choice.cleaned_data["day"])
    form = WorkDayForm(request.POST or None, initial=_as_seen(day))
    current = None
    if request.method == "POST" and form.is_valid():
        try:
            actions.edit_day(request.user, day.date, form.cleaned_data.pop("version"), **form.cleaned_data)
            messages.success(request, _("%(day)s 已修改，受影响的时限会重新计算。") % {"day": day.date})
            return redirect(_url_of(day.date.year))
        except Refusal as refusal:
            form.add_error(refusal.field, refusal.message)
            current = getattr(refusal, "current", None)
            if current:
                form.data = {**form.data.dict(), "version": current.version}
    return render(
        request,
        "members/calendar/edit_day.html",
        {"form": form, "day": day, "current": current, "back": _url_of(day.date.year)},
    )


@requires("calendar.edit")
def set_year(request):
    """First what would change, then the change: both are posts, so that nothing is changed by looking."""
    initial = {"year": year_asked(request.GET.get("year", ""), timezone.localdate())}
    form = YearListForm(request.POST or None, initial=initial)
    shown = {"form": form, "back": reverse("members:show_calendar")}
    if request.method == "POST" and form.is_valid():
        asked = form.cleaned_data
        try:
            notice = notices.read(asked["text"], asked["year"])
            if request.POST.get("step") == "apply":
                changed = actions.set_year(request.user, notice, asked["source"])
                messages.success(request, _taken_over(notice.year, changed))
                return redirect(_url_of(notice.year))
            shown |= _preview(notice)
        except Refusal as refusal:
            form.add_error(refusal.field, refusal.message)
    return render(request, "members/calendar/set_year.html", shown)


def _as_seen(day):
    return {"is_workday": "1" if day.is_workday else "0", "name": day.name, "version": day.version}


def _preview(notice):
    days = {
        date: calendar.Day(date, is_workday, name, is_provisional=False)
        for date, (is_workday, name) in notice.days().items()
    }
    return {
        "notice": notice,
        "spans": _spans(day for day in days.values() if day.name),
        "changed": actions.changed_days(notice),
        "edited": actions.edited_days(notice.year),
    }


def _taken_over(year, changed):
    words = {"year": year, "number": len(changed)}
    return _("已采用 %(year)s 年的放假安排，%(number)s 天与原来不同，受影响的时限会重新计算。") % words


def _url_of(year):
    return f"{reverse('members:show_calendar')}?year={year}"


def _month(days, year, month):
    """Weeks from Monday to Sunday, with None before the first and after the last."""
    first = datetime.date(year, month, 1)
    cells = [None] * first.weekday() + [day for date, day in days.items() if date.month == month]
    cells += [None] * (-len(cells) % 7)
    return {"first": first, "weeks": [cells[start : start + 7] for start in range(0, len(cells), 7)]}


def _spans(days):
    """Neighboring days that are alike, as one line: (first, last, number, day)."""
    spans = []
    for day in days:
        alike = spans and (spans[-1][-1].name, spans[-1][-1].is_workday) == (day.name, day.is_workday)
        if alike and day.date - spans[-1][-1].date == calendar.ONE_DAY:
            spans[-1].append(day)
        else:
            spans.append([day])
    return [
        {"first": span[0].date, "last": span[-1].date, "number": len(span), "day": span[0]}
        for span in itertools.chain(spans)
    ]
