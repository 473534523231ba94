"""A text box with suggestions of the browser's own (datalist): works without a script, and with any input."""

from django import forms


class SuggestInput(forms.TextInput):
    """`suggestions` is a list of texts, or a function that gives one when the form is drawn."""

    template_name = "_partials/suggest.html"

    def __init__(self, attrs=None, suggestions=()):
        super().__init__({"autocomplete": "off", **(attrs or {})})
        self.suggestions = suggestions

    def get_context(self, name, value, attrs):
        context = super().get_context(name, value, attrs)
        context["suggestions"] = self.suggestions() if callable(self.suggestions) else self.suggestions
        context["widget"]["attrs"]["list"] = f"{attrs.get('id', name)}_list"
        return context
