"""Drop-downs with many entries: Django draws each entry by a template of its own, most of what such a page costs."""

from django.forms.widgets import Select
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import mark_safe


class Menu(Select):
    """A Select without groups, put together as one string; the same HTML."""

    def render(self, name, value, attrs=None, renderer=None):
        chosen = set(self.format_value(value))
        drawn = "\n".join(
            f'<option value="{conditional_escape(code)}"{" selected" * (str(code) in chosen)}>'
            f"{conditional_escape(label)}</option>"
            for code, label in self.choices
        )
        given = {"name": name, **self.build_attrs(self.attrs, attrs)}
        attributes = format_html_join("", ' {}="{}"', given.items())
        return format_html("<select{}>\n{}\n</select>", attributes, mark_safe(drawn))  # noqa: S308 - escaped above
