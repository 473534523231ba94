"""How every form is drawn and what every text field refuses."""

import unicodedata

from django import forms
from django.core.exceptions import ValidationError
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


class VersionField(forms.IntegerField):
    """The version of the row that the person saw: the action refuses when it is no longer the newest."""

    widget = forms.HiddenInput


def style(field):
    widget = field.widget
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
