"""Finding, renaming, replacing and importing divisions."""

import re

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.imports import MAX_BYTES
from members.models import Area
from portal.lib.fields import DayField
from portal.lib.forms import StyledForm, refuse_hidden_marks


def find_area(text):
    """By code (six digits will do down to the county), by "code name" as it is shown, or by a name nobody shares."""
    digits = re.match(r"[0-9]+", text)
    if digits:
        area = Area.objects.filter(code=digits[0].ljust(12, "0")).first() if len(digits[0]) >= 2 else None
        if area:
            return area
    named = list(Area.objects.current().filter(name=text).select_related("parent")[:5])
    if len(named) > 1:
        places = _("、").join(f"{area.code} {area.parent}" for area in named)
        raise forms.ValidationError(_("有几个区划叫这个名称，请填代码：%(places)s。"), params={"places": places})
    if not named:
        raise forms.ValidationError(
            _("没有找到“%(text)s”，请填 12 位代码，或在“行政区划”中查找。"), params={"text": text}
        )
    return named[0]


class AreaField(forms.CharField):
    """A division, written as code or name. A list of forty thousand would be no choice."""

    def __init__(self, **options):
        super().__init__(**{"max_length": 80, **options})
        self.widget.attrs.update(autocomplete="off")

    def clean(self, value):
        text = super().clean(value)
        return find_area(text) if text else None

    def prepare_value(self, value):
        return f"{value.code} {value.name}" if isinstance(value, Area) else value


class AreasField(forms.CharField):
    """Several divisions, one a line."""

    def __init__(self, *, most=60, **options):
        super().__init__(**{"max_length": 80 * most, "widget": forms.Textarea(attrs={"rows": 3}), **options})
        self.most = most

    def clean(self, value):
        lines = [line.strip() for line in (super().clean(value) or "").splitlines() if line.strip()]
        if len(lines) > self.most:
            raise forms.ValidationError(_("最多 %(most)s 个区划。"), params={"most": self.most})
        return sorted({find_area(line) for line in lines}, key=lambda area: area.code)

    def prepare_value(self, value):
        if isinstance(value, str) or value is None:
            return value
        return "\n".join(f"{area.code} {area.name}" for area in value)


class RenameAreaForm(StyledForm):
    name = forms.CharField(label=_("新名称"), max_length=60)
    happened_on = DayField(label=_("生效日期"))
    note = forms.CharField(
        label=_("依据"), max_length=200, required=False, help_text=_("批复文号，例如：国函〔2023〕1 号。")
    )


class ReplaceAreaForm(StyledForm):
    successor = AreaField(label=_("接替区划的代码"), help_text=_("12 位；县级以上可以只填 6 位。"))
    happened_on = DayField(label=_("生效日期"), help_text=_("原区划停用到前一天。"))
    note = forms.CharField(label=_("依据"), max_length=200, required=False)


class AreaUploadForm(StyledForm):
    file = forms.FileField(
        label=_("文件"), max_length=120, widget=forms.FileInput(attrs={"accept": ".xlsx,.csv"}),
        help_text=_("xlsx 或 CSV，不超过 5 MB、20,000 行。表头：区划代码、名称、上级区划代码。"),
    )  # fmt: skip
    source = forms.CharField(
        label=_("数据来源"), max_length=200, help_text=_("写明发布单位和日期，例如：市民政局 2026 年 3 月乡镇区划表。")
    )
    valid_from = DayField(label=_("启用日期"), required=False, help_text=_("新设的区划从哪天起用；不清楚可以不填。"))

    def clean_file(self):
        file = self.cleaned_data["file"]
        if file.size > MAX_BYTES:
            raise forms.ValidationError(_("文件超过 5 MB，请按县（市、区）分成几个文件导入。"), code="too_big")
        refuse_hidden_marks(file.name)
        return file

    def clean_valid_from(self):
        day = self.cleaned_data["valid_from"]
        if day and day > timezone.localdate():
            raise forms.ValidationError(_("启用日期还没有到，请到启用当天再导入。"), code="future")
        return day
