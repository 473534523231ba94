from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.lib.fields import DayField
from portal.lib.forms import StyledForm, VersionField
from referrals.models import SubjectRequest


def _long(label, most=2000, **options):
    return forms.CharField(label=label, max_length=most, widget=forms.Textarea(attrs={"rows": 3}), **options)


class ReceiveForm(StyledForm):
    kind = forms.ChoiceField(label=_("请求什么"), choices=SubjectRequest.Kind.choices, widget=forms.RadioSelect)
    applicant = forms.ChoiceField(label=_("谁提出"), choices=SubjectRequest.Applicant.choices)
    name = forms.CharField(label=_("提出人姓名"), max_length=60, required=False, help_text=_("不是本人的填写。"))
    phone = forms.CharField(label=_("联系电话"), max_length=40, required=False)
    identity_check = forms.CharField(
        label=_("怎样核对的身份"), max_length=200, help_text=_("如：当面核对身份证；回拨登记的电话。")
    )
    wish = _long(_("具体要求"), required=False, help_text=_("照本人的话写，如哪一项不对、应是什么。"))
    received_on = DayField(label=_("收到日期"))

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["received_on"].initial = timezone.localdate()


class AnswerForm(StyledForm):
    state = forms.ChoiceField(
        label=_("结果"), widget=forms.RadioSelect,
        choices=[one for one in SubjectRequest.State.choices if one[0] != SubjectRequest.State.OPEN],
    )  # fmt: skip
    reply = _long(_("答复"), help_text=_("告诉本人怎样办、已经办了什么。更正和删除的，说明是否已告知接收单位。"))
    reason = _long(_("不同意或部分同意的理由"), 500, required=False, help_text=_("写明法律依据和申诉途径。"))


class RetentionForm(StyledForm):
    until = DayField(label=_("保存到"), required=False)
    basis = forms.CharField(label=_("依据"), max_length=200, required=False)
    hold_reason = forms.CharField(
        label=_("依法留存的原因"),
        max_length=200,
        required=False,
        help_text=_("如审计、诉讼；填写后不能清除。"),
    )
    version = VersionField(required=False)


class PurgeForm(StyledForm):
    reason = _long(_("为什么清除"), 300, help_text=_("如保存期满、本人要求删除。"))
