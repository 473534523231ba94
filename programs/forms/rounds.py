from django import forms
from django.utils.translation import gettext_lazy as _

from portal.lib.fields import DayField, MoneyField
from portal.lib.forms import StyledForm, VersionField


class RoundForm(StyledForm):
    label = forms.CharField(label=_("批次名称"), max_length=60, help_text=_("例如 2026 年春节、2026 年秋季学期。"))
    campaign = forms.CharField(
        label=_("活动批次"), max_length=60, required=False, help_text=_("台账里写的批次；不填就用批次名称。")
    )
    term = forms.CharField(label=_("学期"), max_length=60, required=False, help_text=_("例如 2026-2027-1。"))
    opens_on = DayField(label=_("开始受理"))
    closes_on = DayField(label=_("截止受理"), required=False, help_text=_("不填表示没有定截止日期。"))
    quota = forms.IntegerField(
        label=_("名额"), min_value=0, max_value=1_000_000, required=False, help_text=_("不填表示不限。")
    )
    lowest = MoneyField(
        label=_("最低资助（元）"), required=False, help_text=_("当地或捐赠人另定幅度时填写，两个一起填。")
    )
    highest = MoneyField(label=_("最高资助（元）"), required=False)
    note = forms.CharField(label=_("说明"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 2}))
    version = VersionField(required=False)
