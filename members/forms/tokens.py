from datetime import timedelta

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.kinds import SCOPES
from members.models import Staff
from portal.lib.forms import StyledForm


class TokenForm(StyledForm):
    name = forms.CharField(
        label=_("用途"), max_length=60, help_text=_("哪个系统用、做什么，例如“县救助平台每日同步单位资料”。")
    )
    staff = forms.ModelChoiceField(
        Staff.objects.none(), label=_("以谁的身份"), to_field_name="code",
        help_text=_("令牌所做的事都记在此人名下；不是您本人的，须由本人登录接受，密文只给本人看一次。"),
    )  # fmt: skip
    scopes = forms.MultipleChoiceField(
        label=_("可以做什么"), choices=SCOPES.items(), widget=forms.CheckboxSelectMultiple,
        help_text=_("只选用得着的；此人自己没有的权限，令牌也没有。"),
    )  # fmt: skip
    last_day = forms.DateField(
        label=_("有效期至"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("最长一年；到期后另建一个。"),
    )  # fmt: skip

    def __init__(self, *args, actor, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["staff"].queryset = actor.organization.staff.filter(is_active=True)
        self.fields["staff"].initial = actor.code
        self.fields["last_day"].initial = timezone.localdate() + timedelta(days=90)
