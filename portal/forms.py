from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from portal.lib.forms import StyledForm
from portal.search import MIN_LENGTH


class SearchForm(StyledForm):
    text = forms.CharField(
        label=_("查找什么"),
        min_length=MIN_LENGTH,
        max_length=60,
        error_messages={"min_length": _("请至少输入 %(limit_value)d 个字。"), "required": _("请输入要查找的内容。")},
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off", "data-search": ""}),
    )


class LanguageForm(forms.Form):
    language = forms.ChoiceField(choices=settings.LANGUAGES)
