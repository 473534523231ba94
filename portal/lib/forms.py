"""How every form is drawn and what every text field refuses."""

import unicodedata

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator
from django.db.models.fields import BLANK_CHOICE_DASH
from django.forms.renderers import TemplatesSetting
from django.utils.translation import gettext_lazy as _

# Marks that turn the reading direction or hide: they make one name look like another.
_HIDDEN = set("\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff")


class Renderer(TemplatesSetting):
    """Label above, help under the label, error at the field and in a summary on top."""

    form_template_name = "_partials/form.html"
    field_template_name = "_partials/field.html"


def refuse_hidden_marks(text):
    """Control characters and direction marks are refused with a word, not silently dropped."""
    for character in text:
        if character in _HIDDEN or (unicodedata.category(character) == "Cc" and character not in "\r\n\t"):
            raise ValidationError(_("含有看不见的控制字符，请重新输入。"), code="hidden_marks")


class StyledForm(forms.Form):
    """Bootstrap's classes on the widgets; hidden marks refused in every text."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            style(field)


class StyledModelForm(forms.ModelForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            style(field)


def refuse(form, refusal):
    """Put an action's refusal where the person looks: at its field, or above the form when the field is not shown."""
    form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)


class VersionField(forms.IntegerField):
    """The version of the row that the person saw: the action refuses when it is no longer the newest."""

    widget = forms.HiddenInput


class LinesField(forms.CharField):
    """A list, one entry a line."""

    widget = forms.Textarea(attrs={"rows": 3})

    def __init__(self, *, entry_max_length=60, entries_max=20, **options):
        super().__init__(max_length=(entry_max_length + 2) * entries_max, **options)
        self.entry_max_length, self.entries_max = entry_max_length, entries_max

    def prepare_value(self, value):
        return "\n".join(value) if isinstance(value, list) else value

    def to_python(self, value):
        """The hidden-mark check runs on the text, which is a list by then: so it runs here, line by line."""
        lines = [line.strip() for line in (super().to_python(value) or "").splitlines()]
        return list(dict.fromkeys(line for line in lines if line))

    def validate(self, value):
        super().validate(value)
        if len(value) > self.entries_max:
            raise ValidationError(_("最多 %(number)s 行。") % {"number": self.entries_max})
        for line in value:
            if len(line) > self.entry_max_length:
                limit = {"line": line[:20], "number": self.entry_max_length}
                raise ValidationError(_("“%(line)s…”超过 %(number)s 个字。") % limit)
            refuse_hidden_marks(line)

    def run_validators(self, value):
        super().run_validators("\n".join(value))

    def has_changed(self, initial, data):
        return super().has_changed(self.prepare_value(initial), data)


def style(field):
    widget = field.widget
    _name_the_blank(field)
    _ask_for_what_is_missing(field)
    _say_what_is_too_long(field)
    is_text = isinstance(field, forms.CharField) and not isinstance(field, forms.JSONField)
    if is_text and refuse_hidden_marks not in field.validators:
        field.validators.append(refuse_hidden_marks)
    if isinstance(widget, forms.CheckboxInput | forms.CheckboxSelectMultiple | forms.RadioSelect):
        name = "form-check-input"
    elif isinstance(widget, forms.Select | forms.SelectMultiple):
        name = "form-select"
    else:
        name = "form-control"
    if not widget.is_hidden:
        widget.attrs["class"] = f"{widget.attrs.get('class', '')} {name}".strip()


def _ask_for_what_is_missing(field):
    """Django's own sentence speaks of fields; ours says what to do."""
    if field.error_messages.get("required") != forms.Field.default_error_messages["required"]:
        return
    words = _("请填写这一项。")
    if isinstance(field, forms.ChoiceField | forms.ModelChoiceField):
        words = _("请选择。")
    elif isinstance(field, forms.FileField):
        words = _("请选择文件。")
    field.error_messages["required"] = words


def _say_what_is_too_long(field):
    """Django's own sentence speaks of variables and characters."""
    for validator in field.validators:
        if isinstance(validator, MaxLengthValidator) and "message" not in vars(validator):
            validator.message = _("最多 %(limit_value)d 个字，现在有 %(show_value)d 个。")


def _name_the_blank(field):
    """Django's row of dashes says nothing; the empty choice says what it means."""
    words = _("请选择") if field.required else _("不选")
    if isinstance(field, forms.ModelChoiceField):
        if field.empty_label == BLANK_CHOICE_DASH[0][1]:
            field.empty_label = words
    elif isinstance(field, forms.ChoiceField) and isinstance(field.widget, forms.Select):
        choices = list(field.choices)
        if choices and choices[0] == BLANK_CHOICE_DASH[0]:
            field.choices = [("", words), *choices[1:]]
