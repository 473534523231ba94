"""Asking for a unit or a kind of unit in a form. Stands beside the forms, because other apps ask for them too."""

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
from members.models import Organization
from portal.lib.suggest import SuggestInput

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
