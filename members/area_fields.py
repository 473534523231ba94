"""Asking for a division in a form. Stands beside the forms, because other apps ask for one too."""

import re

from django import forms
from django.utils.translation import gettext_lazy as _

from members.models import Area


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
