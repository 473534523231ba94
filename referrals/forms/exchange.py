"""What a platform gets."""

from django import forms
from django.utils.translation import gettext_lazy as _

from members.fields import OrganizationField
from members.models import Organization
from portal.lib.forms import StyledForm, VersionField
from referrals.items import ITEMS, choices


class PartnerForm(StyledForm):
    platform = forms.ChoiceField(label=_("信息平台"), help_text=_("平台名称在地区参数里维护。"))
    operator = OrganizationField(
        label=_("由谁运行"), required=False,
        help_text=_("民政部门自己的平台留空；由别的单位运行的填单位名称，只提供本人同意给它的内容。"),
    )  # fmt: skip
    items = forms.MultipleChoiceField(label=_("约定提供的内容"), widget=forms.CheckboxSelectMultiple)
    sensitive_items = forms.MultipleChoiceField(
        label=_("其中的敏感个人信息"), widget=forms.CheckboxSelectMultiple, required=False
    )
    basis = forms.CharField(label=_("依据"), max_length=200, help_text=_("文件名称和文号，或者对接协议。"))
    is_active = forms.BooleanField(label=_("在用"), required=False, initial=True)
    version = VersionField(required=False)

    def __init__(self, *args, platforms, actor, **options):
        super().__init__(*args, **options)
        self.fields["platform"].choices = [(name, name) for name in platforms]
        self.fields["operator"].suggest(Organization.objects.in_area(actor.organization.area))
        for name, is_sensitive in (("items", False), ("sensitive_items", True)):
            self.fields[name].choices = _without_papers(choices(is_sensitive=is_sensitive))

    def values(self):
        said = dict(self.cleaned_data)
        said["items"] = [*said.pop("items"), *said.pop("sensitive_items")]
        said.pop("version")
        return said


def _without_papers(groups):
    """A workbook holds words, no papers."""
    kept = [(label, [pair for pair in pairs if not ITEMS[pair[0]].is_paper]) for label, pairs in groups]
    return [(label, pairs) for label, pairs in kept if pairs]
