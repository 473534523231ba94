import datetime

from django import forms
from django.utils.translation import gettext_lazy as _

from members.calendar import FIRST_YEAR, LAST_YEAR
from portal.lib.forms import StyledForm, VersionField


class WorkDayForm(StyledForm):
    is_workday = forms.TypedChoiceField(
        label=_("这一天"),
        choices=[("1", _("上班（工作日）")), ("0", _("休息"))],
        coerce=lambda value: value == "1",
        widget=forms.RadioSelect,
    )
    name = forms.CharField(label=_("说明"), max_length=20, required=False, help_text=_("例如：春节、暴雪停工。"))
    source = forms.CharField(
        label=_("依据"), max_length=200, help_text=_("文件名称和文号，或作出决定的单位。会记入审计。")
    )
    version = VersionField(min_value=0)


class YearListForm(StyledForm):
    year = forms.IntegerField(label=_("年份"), min_value=FIRST_YEAR, max_value=LAST_YEAR)
    source = forms.CharField(
        label=_("依据"), max_length=200, help_text=_("通知的名称和文号，例如：国办发明电〔2025〕7 号。")
    )
    text = forms.CharField(
        label=_("各个节日的放假安排"),
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 10}),
        help_text=_("从通知里把每个节日一段的文字粘贴到这里；也可以每行写一天，例如“2027-01-01 休 元旦”。"),
    )


class DayChoiceForm(forms.Form):
    """Which day to edit; a value that is no day chooses none."""

    day = forms.DateField(
        label=_("日期"), widget=forms.DateInput(attrs={"type": "date", "class": "form-control"}, format="%Y-%m-%d")
    )

    def clean_day(self):
        day = self.cleaned_data["day"]
        if not FIRST_YEAR <= day.year <= LAST_YEAR:
            raise forms.ValidationError(_("日期超出范围。"))
        return day


def year_asked(text, today: datetime.date) -> int:
    """The year of a link; this year when it is none."""
    if text.isascii() and text.isdecimal() and len(text) == 4 and FIRST_YEAR <= int(text) <= LAST_YEAR:
        return int(text)
    return today.year
