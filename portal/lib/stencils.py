"""Rows of long lists: a template rendered once, with marks where the values go; then one row is one `%`.

The template stays a template, with its translations and conditions; fifty rows cost what fifty strings cost. What
changes the shape of a row is a `variant`; each is rendered once for each language.
"""

import re
from functools import cache

from django.template.loader import render_to_string
from django.utils.html import conditional_escape
from django.utils.safestring import mark_safe
from django.utils.translation import get_language

# Of letters alone, so that a mark may stand in an address too.
_MARK = re.compile(r"QMARK([a-z0-9_]+)QKRAM")


def fill(template, rows, **variant):
    """The rows as HTML; each is {name: value}, escaped unless it is safe. All rows have the same names."""
    rows = list(rows)
    if not rows:
        return ""
    pattern, names = _stencil(template, tuple(rows[0]), get_language(), tuple(sorted(variant.items())))
    filled = [pattern % tuple([conditional_escape(row[name]) for name in names]) for row in rows]
    return mark_safe("".join(filled))  # noqa: S308 - every value was escaped


@cache
def _stencil(template, names, _language, variant):
    marks = {name: f"QMARK{name}QKRAM" for name in names}
    text = render_to_string(template, {**marks, **dict(variant)}).replace("%", "%%")
    return _MARK.sub("%s", text), tuple(_MARK.findall(text))
