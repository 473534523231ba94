from django import forms
from django.utils.translation import gettext_lazy as _

from members.fields import AreaField, kind_choices
from members.kinds import ProspectState
from portal.lib.fields import DayField
from portal.lib.forms import StyledForm, VersionField


class ProspectForm(StyledForm):
    name = forms.CharField(
        label=_("名称"), max_length=120, help_text=_("单位名称；个人请用“爱心人士”加代号，不写姓名和电话。")
    )
    kind = forms.ChoiceField(label=_("类型"))
    area = AreaField(label=_("所在区划"))
    offers = forms.CharField(label=_("可能提供的帮助"), max_length=500, required=False)
    state = forms.ChoiceField(label=_("进展"), choices=ProspectState.choices)
    next_on = DayField(label=_("下次联系日期"), required=False)
    note = forms.CharField(
        label=_("联系情况"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 4})
    )
    version = VersionField(required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = kind_choices()
