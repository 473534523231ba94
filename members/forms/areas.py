"""Finding, renaming, replacing and importing divisions."""

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.fields import AreaField
from members.kinds import AreaTag
from portal.lib.fields import DayField, TableFileField
from portal.lib.forms import StyledForm


class RenameAreaForm(StyledForm):
    name = forms.CharField(label=_("新名称"), max_length=60)
    happened_on = DayField(label=_("生效日期"))
    note = forms.CharField(
        label=_("依据"), max_length=200, required=False, help_text=_("批复文号，例如：国函〔2023〕1 号。")
    )


class TagAreaForm(StyledForm):
    tags = forms.MultipleChoiceField(
        label=_("列为"), choices=AreaTag.choices, required=False, widget=forms.CheckboxSelectMultiple,
        help_text=_("省里公布的名单为准；一个也不选，就是不在名单里。"),
    )  # fmt: skip
    note = forms.CharField(label=_("依据"), max_length=200, required=False, help_text=_("名单所在的文件。"))


class ReplaceAreaForm(StyledForm):
    successor = AreaField(label=_("接替区划的代码"), help_text=_("12 位；县级以上可以只填 6 位。"))
    happened_on = DayField(label=_("生效日期"), help_text=_("原区划停用到前一天。"))
    note = forms.CharField(label=_("依据"), max_length=200, required=False)


class AreaUploadForm(StyledForm):
    file = TableFileField(
        help_text=_("xlsx 或 CSV，不超过 5 MB、20,000 行。表头：区划代码、名称、上级区划代码。"),
        error_messages={"too_big": _("文件超过 5 MB，请按县（市、区）分成几个文件导入。")},
    )
    source = forms.CharField(
        label=_("数据来源"), max_length=200, help_text=_("写明发布单位和日期，例如：市民政局 2026 年 3 月乡镇区划表。")
    )
    valid_from = DayField(label=_("启用日期"), required=False, help_text=_("新设的区划从哪天起用；不清楚可以不填。"))

    def clean_valid_from(self):
        day = self.cleaned_data["valid_from"]
        if day and day > timezone.localdate():
            raise forms.ValidationError(_("启用日期还没有到，请到启用当天再导入。"), code="future")
        return day
