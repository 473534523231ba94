from django import forms
from django.utils.translation import gettext_lazy as _

from portal.lib.forms import StyledForm
from referrals.kinds import ScreeningOutcome


class ReviewForm(StyledForm):
    outcome = forms.ChoiceField(label=_("结果"), choices=ScreeningOutcome.choices, widget=forms.RadioSelect)
    note = forms.CharField(label=_("说明"), max_length=300, required=False, widget=forms.Textarea(attrs={"rows": 2}))
