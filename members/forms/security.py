from django import forms

from members.models import SecurityPolicy
from portal.lib.forms import StyledModelForm, VersionField

# field -> (smallest, largest) that makes sense
BOUNDS = {
    "min_length": (8, 64),
    "classes": (1, 4),
    "max_age_days": (0, 730),
    "history": (0, 24),
    "failures": (3, 20),
    "lock_minutes": (5, 1440),
    "idle_minutes": (5, 240),
    "session_hours": (1, 24),
    "session_limit": (0, 20),
    "unused_days": (0, 730),
}


class SecurityPolicyForm(StyledModelForm):
    version = VersionField()

    class Meta:
        model = SecurityPolicy
        fields = ("mode", *BOUNDS)
        widgets = {"mode": forms.RadioSelect}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.initial["version"] = self.instance.version
        for name, (least, most) in BOUNDS.items():
            field = self.fields[name]
            field.min_value, field.max_value = least, most
            field.widget.attrs.update({"min": least, "max": most})
            field.validators += [forms.fields.validators.MinValueValidator(least)]
            field.validators += [forms.fields.validators.MaxValueValidator(most)]
