"""What visitors narrow the public catalogue by."""

from django import forms
from django.utils.translation import gettext_lazy as _

from members.models import Area, Organization
from portal.lib.forms import StyledForm
from programs import targets
from programs.facts import pick
from programs.words import KINDS


def groups_among(held):
    """Choices under the headings of their lists; what a place has written itself stands at the end."""
    for heading, pairs in targets.headed():
        found = [(code, pick(pair)) for code, pair in pairs.items() if code in held]
        if found:
            yield heading, found
    yield from ((code, code) for code in sorted(held - set(targets.GROUPS)))


class PublicFilter(StyledForm):
    """A value that makes no sense narrows nothing."""

    q = forms.CharField(label=_("病种、学段、困难，或拼音首字母"), required=False, max_length=60)
    kind = forms.ChoiceField(label=_("帮扶类别"), required=False)
    group = forms.ChoiceField(label=_("帮谁"), required=False)
    area = forms.ModelChoiceField(Area.objects.none(), label=_("地区"), required=False, to_field_name="code")
    unit = forms.ModelChoiceField(
        Organization.objects.none(), label=_("主管单位"), required=False, to_field_name="code"
    )

    def __init__(self, *args, programs, versions, **kwargs):
        """Only what some program in force has is offered."""
        super().__init__(*args, **kwargs)
        rows = list(versions.values_list("kind", "groups"))
        held = {kind for kind, _groups in rows}
        self.fields["kind"].choices = [("", _("所有类别")), *((code, KINDS[code]) for code in KINDS if code in held)]
        self.fields["group"].choices = [
            ("", _("帮谁都行")),
            *groups_among({one for _kind, some in rows for one in some}),
        ]
        managing = Organization.objects.filter(programs__in=programs)
        self.fields["unit"].queryset = managing.distinct().order_by("area__code", "name")
        self.fields["area"].queryset = Area.objects.filter(organizations__in=managing).distinct().order_by("code")
        self.fields["area"].empty_label = _("所有地区")
        self.fields["unit"].empty_label = _("所有单位")
        self.fields["q"].widget.attrs.update(placeholder=_("病种、学段、困难…"), type="search")
        for field in self.fields.values():
            field.widget.attrs["aria-label"] = field.label

    @property
    def asked(self):
        self.is_valid()
        return self.cleaned_data
