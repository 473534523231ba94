"""Form fields for what Chinese forms ask for. What they return is already in its one spelling."""

from django import forms
from django.utils.translation import gettext_lazy as _

from portal.lib import credit_codes, identity, money, telephones
from portal.lib.forms import refuse_hidden_marks


class IdentityNumberField(forms.CharField):
    """Returns an `Identity`. A form that also asks for the kind calls `identity.read(text, kind)` in its clean()."""

    def __init__(self, *, kind="", **options):
        super().__init__(**{"label": _("证件号码"), "max_length": identity.MAX_LENGTH, **options})
        self.kind = kind
        self.widget.attrs.update(autocomplete="off", spellcheck="false")

    def clean(self, value):
        text = super().clean(value)
        return identity.read(text, self.kind) if text else None

    def prepare_value(self, value):
        return str(value) if isinstance(value, identity.Identity) else value

    def has_changed(self, initial, data):
        return identity.normalize(str(initial or "")) != identity.normalize(data or "")


class MoneyField(forms.CharField):
    """Returns a Decimal with two places. Text, not a number box: people write commas and 万元."""

    def __init__(self, *, is_negative_allowed=False, **options):
        super().__init__(**{"max_length": 40, **options})
        self.is_negative_allowed = is_negative_allowed
        self.widget.attrs.update(inputmode="decimal", autocomplete="off")

    def clean(self, value):
        text = super().clean(value)
        if not text:
            return None
        amount = money.read(text)
        if amount < 0 and not self.is_negative_allowed:
            raise forms.ValidationError(_("金额不能是负数。"), code="negative")
        return amount


class CreditCodeField(forms.CharField):
    def __init__(self, **options):
        super().__init__(**{"label": _("统一社会信用代码"), "max_length": 40, **options})
        self.widget.attrs.update(autocomplete="off", spellcheck="false")

    def clean(self, value):
        text = super().clean(value)
        return credit_codes.read(text) if text else ""


class TelephoneField(forms.CharField):
    """Returns text such as 0467-2345678转801. `is_public` refuses a mobile number."""

    def __init__(self, *, is_public=False, **options):
        super().__init__(**{"label": _("电话"), "max_length": telephones.MAX_LENGTH, **options})
        self.is_public = is_public
        self.widget.input_type = "tel"

    def clean(self, value):
        text = super().clean(value)
        if not text:
            return ""
        if self.is_public:
            telephones.refuse_mobile(text)
        return str(telephones.read(text))


class DayField(forms.DateField):
    """A day, chosen in the browser's own calendar."""

    def __init__(self, **options):
        super().__init__(widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **options)


class TableFileField(forms.FileField):
    """A table that is read at once, and so of a size that can be held."""

    MOST_BYTES = 5 * 1024 * 1024
    default_error_messages = {"too_big": _("文件超过 5 MB，请分成几个文件导入。")}

    def __init__(self, *, accept=".xlsx,.csv", **options):
        said = {"label": _("文件"), "max_length": 120, "widget": forms.FileInput(attrs={"accept": accept})}
        super().__init__(**{**said, **options})

    def clean(self, data, initial=None):
        file = super().clean(data, initial)
        if file and file.size > self.MOST_BYTES:
            raise forms.ValidationError(self.error_messages["too_big"], code="too_big")
        if file:
            refuse_hidden_marks(file.name)
        return file
