from datetime import timedelta

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.access import within_reach
from members.fields import OrganizationField, kind_choices
from members.models import Agreement, Organization
from portal.lib import uploads
from portal.lib.fields import DayField
from portal.lib.forms import StyledForm, VersionField
from referrals.items import TO_ORGANIZATIONS, Group, Purpose

FILE_KINDS = ("pdf", "docx", "jpg", "png")


def _several(label, choices, **options):
    return forms.MultipleChoiceField(label=label, choices=choices, widget=forms.CheckboxSelectMultiple, **options)


def _long(label, **options):
    return forms.CharField(label=label, max_length=2000, widget=forms.Textarea(attrs={"rows": 4}), **options)


PURPOSES = [one for one in Purpose.choices if one[0] in TO_ORGANIZATIONS]


class DataAgreementForm(StyledForm):
    agreement = forms.ModelChoiceField(label=_("属于哪份合作协议"), queryset=Agreement.objects.none())
    receiver = OrganizationField(label=_("接收单位"), help_text=_("协议的一方。"))
    purposes = _several(_("可以用来做什么"), PURPOSES)
    groups = _several(_("可以接收哪些种类"), Group.choices)
    measures = _long(_("接收单位的保护措施"), help_text=_("谁能看、怎样防泄露、能不能再给别人。"))
    keeping = forms.CharField(label=_("保存多久、到期怎样处理"), max_length=300)

    def __init__(self, *args, actor, **kwargs):
        super().__init__(*args, **kwargs)
        mine = within_reach(actor, "agreement.edit")
        self.fields["agreement"].queryset = Agreement.objects.of(mine).current().order_by("title")
        self.fields["receiver"].suggest(Organization.objects.in_area(actor.organization.area))


class EndForm(StyledForm):
    reason = forms.CharField(label=_("终止的原因"), max_length=300, widget=forms.Textarea(attrs={"rows": 3}))


class AssessmentForm(StyledForm):
    title = forms.CharField(label=_("评估名称"), max_length=120)
    purposes = _several(_("用途"), PURPOSES)
    groups = _several(_("个人信息的种类"), Group.choices)
    receiver_kinds = forms.MultipleChoiceField(label=_("接收单位的类型"), widget=forms.CheckboxSelectMultiple)
    necessity = _long(_("处理目的、方式是否合法、正当、必要"))
    risks = _long(_("对个人权益的影响及安全风险"))
    measures = _long(_("保护措施是否合法、有效并与风险程度相适应"))
    is_acceptable = forms.BooleanField(label=_("结论：风险可以接受，可以进行"), required=False)
    valid_until = DayField(label=_("有效期至"))
    file = forms.FileField(
        label=_("评估报告"), required=False, max_length=200,
        widget=forms.FileInput(attrs={"accept": ".pdf,.docx,.jpg,.png"}),
    )  # fmt: skip
    version = VersionField(required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["receiver_kinds"].choices = kind_choices()
        self.fields["valid_until"].initial = timezone.localdate() + timedelta(days=365)

    def clean_file(self):
        return uploads.check(self.cleaned_data["file"], FILE_KINDS) if self.cleaned_data["file"] else None
