"""The next date of a case: what for, when, who; and what came of one."""

from django import forms
from django.utils.translation import gettext_lazy as _

from portal.lib.fields import DayField
from portal.lib.forms import StyledForm
from referrals.actions.follow_ups import LONGEST
from referrals.forms.referrals import colleague_field
from referrals.models import FollowUpPurpose


def _words(label, help_text="", *, required=True):
    return forms.CharField(
        label=label, max_length=LONGEST, required=required, help_text=help_text,
        widget=forms.Textarea(attrs={"rows": 2}),
    )  # fmt: skip


def add_colleague(form, label, staff, **options):
    """Somebody of one's own unit, oneself to begin with; drawn as the other choices are."""
    field = colleague_field(label, staff.organization, initial=staff.code, **options)
    field.widget.attrs["class"] = "form-select"
    form.fields["who"] = field


class FollowUpForm(StyledForm):
    purpose = forms.ChoiceField(label=_("做什么"), choices=FollowUpPurpose.choices, initial=FollowUpPurpose.FOLLOW)
    due_on = DayField(label=_("哪一天"))
    note = _words(_("要看什么"), required=False)

    def __init__(self, *args, staff, **options):
        super().__init__(*args, **options)
        add_colleague(self, _("谁来做"), staff)
        self.order_fields(["purpose", "due_on", "who", "note"])


class FinishForm(StyledForm):
    """What came of it; and the next date, where there is one."""

    result = _words(_("结果"), _("做了什么、家里现在怎样、下一步要什么。"))
    purpose = forms.ChoiceField(
        label=_("下一步做什么"), choices=[("", _("没有下一步")), *FollowUpPurpose.choices], required=False
    )
    due_on = DayField(label=_("下一步哪一天"), required=False)

    def __init__(self, *args, staff, **options):
        super().__init__(*args, **options)
        add_colleague(self, _("下一步谁来做"), staff, required=False)

    def clean(self):
        said = super().clean()
        if said.get("purpose"):
            for name in ("due_on", "who"):
                if not said.get(name) and name not in self.errors:
                    self.add_error(name, _("有下一步的，请写哪一天、谁来做。"))
        return said

    def following(self):
        said = self.cleaned_data
        return {name: said[name] for name in ("purpose", "due_on", "who")} if said["purpose"] else None
