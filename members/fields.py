"""Form fields that name a division, a unit or a colleague, for the forms of every room."""

import re

from django import forms
from django.utils.translation import gettext_lazy as _

from members.kinds import (
    BUREAU_KINDS,
    CHARITY_KINDS,
    MEMBER_UNIT_KINDS,
    PARTICIPANT_KINDS,
    PARTNER_KINDS,
    OrganizationKind,
)
from members.models import Area, Organization, Staff
from portal.lib.suggest import SuggestInput


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


GROUPS = [
    (_("民政部门和基层"), BUREAU_KINDS),
    (_("成员单位"), MEMBER_UNIT_KINDS),
    (_("慈善组织和社会组织"), CHARITY_KINDS),
    (_("合作单位"), PARTNER_KINDS),
    (_("其他参与者"), PARTICIPANT_KINDS),
]


def kind_choices():
    """The kinds under their groups, in the order of the list."""
    return [
        (label, [(kind.value, kind.label) for kind in OrganizationKind if kind.value in kinds])
        for label, kinds in GROUPS
    ]


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


class OrganizationField(forms.CharField):
    """A unit, written by its name; the browser suggests those near by."""

    def __init__(self, **options):
        super().__init__(**{"max_length": 120, "widget": SuggestInput(), **options})
        self.queryset = Organization.objects.all()

    def suggest(self, organizations):
        self.widget.suggestions = lambda: organizations.values_list("name", flat=True).order_by("name")[:300]

    def clean(self, value):
        text = super().clean(value)
        if not text:
            return None
        found = list(self.queryset.filter(name=text).select_related("area")[:2])
        found = found or list(self.queryset.filter(short_name=text).select_related("area")[:2])
        found = found or list(self.queryset.filter(code=text).select_related("area"))
        if not found:
            raise forms.ValidationError(_("没有找到“%(text)s”，请填写单位全称。"), params={"text": text})
        if len(found) > 1:
            raise forms.ValidationError(_("有几个单位叫这个名称，请填写单位编号（在单位页面上）。"))
        return found[0]

    def prepare_value(self, value):
        return value.name if isinstance(value, Organization) else value


class GranteeField(forms.CharField):
    """A colleague of another unit, by the name they sign in with."""

    def __init__(self, **options):
        said = {
            "label": _("对方的登录名"),
            "max_length": 40,
            "help_text": _("请向对方问清登录名；授权后会显示姓名和单位，请核对。"),
        }
        super().__init__(**{**said, **options})

    def clean(self, value):
        """Unknown and switched-off accounts get the same answer: the form is no way to find out who exists."""
        person = Staff.objects.filter(username__iexact=super().clean(value), is_active=True).first()
        if not person:
            raise forms.ValidationError(_("没有找到这个登录名的在用账号，请核对。"), code="unknown")
        return person

    def prepare_value(self, value):
        return value.username if isinstance(value, Staff) else value
