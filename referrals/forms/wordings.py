from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.lib.fields import DayField
from portal.lib.forms import StyledForm, VersionField
from referrals.items import Purpose


def _text(label, help_text=""):
    widget = forms.Textarea(attrs={"rows": 4})
    return forms.CharField(label=label, max_length=2000, widget=widget, help_text=help_text)


class StartForm(StyledForm):
    purpose = forms.ChoiceField(label=_("用途"), choices=Purpose.choices)


class WordingForm(StyledForm):
    title = forms.CharField(label=_("标题"), max_length=60)
    body = _text(_("要做什么"), _("写给不熟悉办事的人看：短句，不用术语。"))
    necessity = _text(_("为什么需要"), _("法律规定要告知必要性。"))
    effect = _text(_("对您有什么影响"), _("法律规定要告知对个人权益的影响。"))
    rights = _text(_("您可以怎样做"), _("不同意、部分同意、撤回，都要写到；不同意不影响依法申请政府救助。"))
    note = forms.CharField(label=_("修改说明"), max_length=300, required=False)
    version = VersionField(required=False)


class ReleaseForm(StyledForm):
    valid_from = DayField(label=_("从哪天起使用"))
    version = VersionField(required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["valid_from"].initial = timezone.localdate()


class RetireForm(StyledForm):
    reason = forms.CharField(label=_("停用的原因"), max_length=300, widget=forms.Textarea(attrs={"rows": 3}))
