from django import forms
from django.utils.translation import gettext_lazy as _

from members.fields import GranteeField
from members.kinds import Grantable
from portal.lib.fields import DayField
from portal.lib.forms import StyledForm


class GrantForm(StyledForm):
    username = GranteeField()
    permissions = forms.MultipleChoiceField(
        label=_("可以代办"), choices=Grantable.choices, widget=forms.CheckboxSelectMultiple
    )
    expires_on = DayField(label=_("到期日（含）"), help_text=_("最长一年；到期自动失效。"))
    reason = forms.CharField(label=_("原因"), max_length=500, widget=forms.Textarea(attrs={"rows": 3}))
