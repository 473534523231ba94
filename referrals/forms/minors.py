from datetime import timedelta

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.lib.fields import DayField
from portal.lib.forms import StyledForm

USUAL = timedelta(days=90)


class AskForm(StyledForm):
    reason = forms.CharField(
        label=_("为什么需要查看"), max_length=300, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("写要办的事，不写孩子的姓名和病情。"),
    )  # fmt: skip
    until = DayField(label=_("到哪天为止"), help_text=_("最长一年，办完就到期更好。"))

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["until"].initial = timezone.localdate() + USUAL


class ApproveForm(StyledForm):
    until = DayField(label=_("批准到哪天为止"))
    answer = forms.CharField(label=_("答复"), max_length=300, required=False)


class DeclineForm(StyledForm):
    answer = forms.CharField(label=_("不批准的原因"), max_length=300, widget=forms.Textarea(attrs={"rows": 3}))
