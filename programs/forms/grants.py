from django import forms
from django.utils.translation import gettext_lazy as _

from members.fields import GranteeField
from portal.lib.fields import DayField
from portal.lib.forms import StyledForm

CHOICES = [("edit_program", _("编写和提交")), ("release_program", _("发布（不能是自己写的）"))]


class ProgramGrantForm(StyledForm):
    username = GranteeField()
    codenames = forms.MultipleChoiceField(label=_("可以做什么"), choices=CHOICES, widget=forms.CheckboxSelectMultiple)
    expires_on = DayField(label=_("到期日（含）"), help_text=_("最长一年；到期自动失效。"))
    reason = forms.CharField(label=_("原因"), max_length=500, widget=forms.Textarea(attrs={"rows": 3}))
