from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from members import audit
from members.models import AuditEntry
from portal.lib.forms import StyledForm

_code = RegexValidator(r"^[0-9A-Za-z_-]{1,60}$", _("编号只含字母和数字。"))
DAY = {"widget": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), "required": False}


class AuditFilter(StyledForm):
    """What the audit is narrowed by; codes and days only, because it stands in the address."""

    since = forms.DateField(label=_("从"), **DAY)
    until = forms.DateField(label=_("到"), **DAY)
    action = forms.ChoiceField(label=_("操作"), required=False)
    outcome = forms.ChoiceField(
        label=_("结果"), required=False, choices=[("", _("所有结果")), *AuditEntry.Outcome.choices]
    )
    actor = forms.CharField(widget=forms.HiddenInput, required=False, max_length=60, validators=[_code])
    unit = forms.CharField(widget=forms.HiddenInput, required=False, max_length=60, validators=[_code])
    object = forms.CharField(widget=forms.HiddenInput, required=False, max_length=60, validators=[_code])

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        deeds = [(code, str(words)) for code, words in audit.known_deeds().items()]
        self.fields["action"].choices = [("", _("所有操作")), *deeds]
        for name in ("since", "until", "action", "outcome"):
            self.fields[name].widget.attrs["aria-label"] = self.fields[name].label

    def as_codes(self):
        """What was asked for, as plain text; a value that makes no sense narrows nothing."""
        self.is_valid()
        return {name: str(value) for name, value in self.cleaned_data.items() if value}
