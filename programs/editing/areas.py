"""Areas in the editor: people know names, definitions hold codes. 230302 stands as "230302 鸡冠区"; a name alone is
looked up."""

import re
from dataclasses import dataclass

from members.models import Area
from members.models.areas import DIGITS
from programs.editing import values

CODE = re.compile(r"([0-9]{2,12})(?:\s.*)?")
SHOWN = ("province", "city", "county")


def named(codes):
    """{code: "code name"} for codes of two to six digits; one query."""
    wanted = {code: code.ljust(12, "0") for code in codes if code.isascii() and code.isdigit() and len(code) <= 12}
    names = dict(Area.objects.filter(code__in=set(wanted.values())).values_list("code", "name")) if wanted else {}
    return {code: f"{code} {names[wanted[code]]}" if wanted.get(code) in names else code for code in codes}


def code_of(text, *, is_prefix=False):
    """The code that somebody meant; the text itself where no or more than one area is called so."""
    text = text.strip()
    if found := CODE.fullmatch(text):
        return found[1]
    if not text or "\x00" in text:
        return text
    rows = list(Area.objects.current().filter(name=text, level__in=SHOWN).values_list("code", "level")[:2])
    if len(rows) != 1:
        return text
    code, level = rows[0]
    return code[: DIGITS[level]] if is_prefix else code[:6]


def around(area):
    """Suggestions: the cities and counties of the province an area lies in."""
    rows = Area.objects.current().filter(province=area.province, level__in=("city", "county")).order_by("code")
    return [f"{code[: DIGITS[level]]} {name}" for code, level, name in rows.values_list("code", "level", "name")[:400]]


@dataclass(frozen=True)
class AreaCode(values.Text):
    is_prefix: bool = False
    widget = "area_code"

    def show(self, value):
        text = values.as_text(value)
        return named([text])[text]

    def read(self, given):
        return code_of(given, is_prefix=self.is_prefix) or values.BLANK


@dataclass(frozen=True)
class AreaCodes(values.Codes):
    """Several areas, a code or a name in each line."""

    is_open: bool = True

    def show(self, value):
        texts = super().show(value)
        return tuple(named(texts)[text] for text in texts)

    def read(self, given):
        return [code_of(text) for text in given] or values.BLANK
