from django import forms
from django.utils.translation import gettext_lazy as _

from members.fields import OrganizationField
from members.models import Organization
from portal.lib import uploads
from portal.lib.fields import DayField, MoneyField
from portal.lib.forms import StyledForm, VersionField

FILE_KINDS = ("pdf", "docx", "jpg", "png")


class AgreementForm(StyledForm):
    title = forms.CharField(label=_("协议名称"), max_length=120)
    party_a = OrganizationField(label=_("甲方"))
    party_b = OrganizationField(label=_("乙方"), help_text=_("对方还没有登记的，请先在单位名录中登记。"))
    party_c = OrganizationField(label=_("丙方"), required=False)
    signed_on = DayField(label=_("签订日期"), required=False)
    starts_on = DayField(label=_("有效期起"), required=False)
    ends_on = DayField(label=_("有效期止"), required=False)
    ceiling = MoneyField(label=_("金额上限（元）"), required=False)
    quota = forms.IntegerField(label=_("名额"), required=False, min_value=0, max_value=10_000_000)
    quota_unit = forms.CharField(label=_("名额单位"), max_length=20, required=False, help_text=_("例如：人、例、班。"))
    terms = forms.CharField(
        label=_("主要内容"), max_length=4000, required=False, widget=forms.Textarea(attrs={"rows": 6})
    )
    file = forms.FileField(
        label=_("签字盖章的协议"), required=False, max_length=200,
        widget=forms.FileInput(attrs={"accept": ".pdf,.docx,.jpg,.png"}),
        help_text=_("PDF、Word 或图片，最大 20 MB；加密保存，只有能看到协议的人能下载。重新上传会替换原来的文件。"),
    )  # fmt: skip
    version = VersionField(required=False)

    def __init__(self, *args, actor, **kwargs):
        super().__init__(*args, **kwargs)
        near = Organization.objects.in_area(actor.organization.area)
        for name in ("party_a", "party_b", "party_c"):
            self.fields[name].suggest(near)

    def clean_file(self):
        return uploads.check(self.cleaned_data["file"], FILE_KINDS) if self.cleaned_data["file"] else None

    def clean_ceiling(self):
        amount = self.cleaned_data["ceiling"]
        if amount is not None and amount >= 10**12:
            raise forms.ValidationError(_("金额过大，请核对。"))
        return amount
