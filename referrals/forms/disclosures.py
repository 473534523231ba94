from django import forms
from django.utils.translation import gettext_lazy as _

from portal.lib.forms import StyledForm
from referrals.items import by_group


class ProvideForm(StyledForm):
    """To whom, and which of the items the consent covers. Only these are offered."""

    items = forms.MultipleChoiceField(label=_("提供哪些内容"), widget=forms.CheckboxSelectMultiple)
    reason = forms.CharField(
        label=_("请对方做什么"), max_length=300, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("不写姓名、病情等个人信息，这句话会留在记录里。"),
    )  # fmt: skip

    def __init__(self, *args, covered, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["items"].choices = [
            (label, [(item.code, item.label) for item in items]) for label, items in by_group(covered)
        ]
        self.fields["items"].initial = list(covered)
