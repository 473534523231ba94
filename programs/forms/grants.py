from django import forms
from django.utils.translation import gettext_lazy as _

from members.models import Staff
from portal.lib.fields import DayField
from portal.lib.forms import StyledForm

CHOICES = [("edit_program", _("编写和提交")), ("release_program", _("发布（不能是自己写的）"))]


class ProgramGrantForm(StyledForm):
    username = forms.CharField(
        label=_("对方的登录名"), max_length=40, help_text=_("请向对方问清登录名；授权后会显示姓名和单位，请核对。")
    )
    codenames = forms.MultipleChoiceField(label=_("可以做什么"), choices=CHOICES, widget=forms.CheckboxSelectMultiple)
    expires_on = DayField(label=_("到期日（含）"), help_text=_("最长一年；到期自动失效。"))
    reason = forms.CharField(label=_("原因"), max_length=500, widget=forms.Textarea(attrs={"rows": 3}))

    def clean_username(self):
        """Unknown and switched-off accounts get the same answer: the form is no way to find out who exists."""
        person = Staff.objects.filter(username__iexact=self.cleaned_data["username"], is_active=True).first()
        if not person:
            raise forms.ValidationError(_("没有找到这个登录名的在用账号，请核对。"), code="unknown")
        return person
