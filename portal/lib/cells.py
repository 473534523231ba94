"""What stands in a cell of a table that people fill in by hand: a day, a number, a yes, one or several of a list.

Every way of writing it that can mean only one thing is read; what could mean two is refused with a sentence.
"""

import datetime
import re
import unicodedata
from decimal import Decimal, InvalidOperation

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from portal.lib import money, tables

LONGEST = 2000
# Letters and digits as wide as characters, and the space; brackets and commas of Chinese text stay.
_NARROW = {wide: wide - 0xFEE0 for wide in range(0xFF01, 0xFF5F) if chr(wide - 0xFEE0).isalnum()} | {0x3000: " "}
# Days that Excel keeps as a number: between 1900 and 2173, so that neither a year nor an amount is taken for one.
FIRST_SERIAL, LAST_SERIAL = 367, 99_999
_EPOCH = datetime.date(1899, 12, 30)
_DAY = re.compile(r"(\d{4})\D{1,2}(\d{1,2})\D{1,2}(\d{1,2})日?(?:[ T].*)?")
_DIGITS = re.compile(r"\d{8}")
# The same as text, as a CSV has it.
_SERIAL = re.compile(r"[1-9]\d{4}")
_SHORT = re.compile(r"\d{1,2}[-/.年]\d{1,2}[-/.月]\d{2,4}日?|\d{4}[-/.年]\d{1,2}月?|\d{4}年?|\d{6}")
_FLOATED = re.compile(r"[0-9](?:\.[0-9]+)?E\+?[0-9]{1,3}", re.IGNORECASE)
_YES = frozenset({"是", "有", "√", "✓", "y", "yes", "true", "1", "对", "已", "会"})
_NO = frozenset({"否", "无", "没有", "×", "✗", "n", "no", "false", "0", "不", "不是", "未"})
_BETWEEN = re.compile(r"[、,，;；/|\n]+")


def text(value, limit=LONGEST) -> str:
    """One spelling of what was typed: no full-width letters and digits, no apostrophe in front, no spaces around."""
    if isinstance(value, datetime.datetime | datetime.date):
        value = value.isoformat(" ") if isinstance(value, datetime.datetime) else value.isoformat()
    plain = tables.as_text(value)
    if len(plain) > limit:
        raise _wrong("length", _("内容过长，最多 %(limit)s 个字。"), limit=limit)
    plain = plain.translate(_NARROW)
    plain = "".join(c for c in plain if unicodedata.category(c) not in {"Cc", "Cf", "Cs", "Co"} or c in "\n\t")
    return plain.strip().removeprefix("'").strip()


def name(value, limit=60) -> str:
    """A person's name: 张 三 and 张　三 are 张三; between Latin words one space stays."""
    plain = text(value, limit)
    if re.search(r"[A-Za-z]", plain):
        return re.sub(r"\s+", " ", plain)
    return re.sub(r"\s+", "", plain)


def number(value) -> str:
    """The number of a document or an account. Excel turns a long one into 1.23E+17 and its last digits are gone."""
    plain = unicodedata.normalize("NFKC", text(value, 60))
    if _FLOATED.fullmatch(plain):
        message = _("长号码被存成了数字，末几位已丢失。请把该列设为“文本”后重新填写。")
        raise _wrong("lost_digits", message)
    return plain


def day(value) -> datetime.date | None:
    """2020-01-02, 2020/1/2, 2020.1.2, 2020年1月2日, 20200102, a date of the office program, its number."""
    if isinstance(value, datetime.datetime):
        return value.date()
    if isinstance(value, datetime.date):
        return value
    plain = unicodedata.normalize("NFKC", text(value, 40))
    if not plain:
        return None
    if isinstance(value, int | float) and not isinstance(value, bool) and FIRST_SERIAL <= value <= LAST_SERIAL:
        return _EPOCH + datetime.timedelta(days=int(value))
    if _SERIAL.fullmatch(plain):
        return _EPOCH + datetime.timedelta(days=int(plain))
    found = _DAY.fullmatch(plain) or (_DIGITS.fullmatch(plain) and re.match(r"(\d{4})(\d\d)(\d\d)", plain))
    if found:
        try:
            return datetime.date(*(int(part) for part in found.groups()))
        except ValueError:
            raise _wrong("day", _("没有这一天：%(text)s。"), text=plain) from None
    if _SHORT.fullmatch(plain):
        raise _wrong("day", _("日期要写全年、月、日，例如 2020-01-02。"))
    raise _wrong("day", _("不是日期。请写成 2020-01-02。"))


def amount(value) -> Decimal | None:
    """An amount in yuan."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        try:
            return money.check(Decimal(str(value)))
        except InvalidOperation:
            raise _wrong("amount", _("不是金额。请写成 1234.50 或 1,234.50。")) from None
    plain = text(value, 40)
    return money.read(plain) if plain else None


def whole(value) -> int | None:
    """A whole number."""
    plain = re.sub(r"[\s,]", "", text(value, 40))
    if not plain:
        return None
    if not re.fullmatch(r"[+-]?\d{1,9}(?:\.0+)?", plain):
        raise _wrong("whole", _("应为整数。"))
    return int(float(plain))


def yes_or_no(value) -> bool | None:
    if isinstance(value, bool):
        return value
    plain = text(value, 20).casefold()
    if not plain:
        return None
    if plain in _YES or plain in _NO:
        return plain in _YES
    raise _wrong("yes_or_no", _("请填“是”或“否”。"))


def one_of(value, known) -> str:
    """One of a list, by its words or its code: {words: code}."""
    plain = text(value, 120)
    if not plain:
        return ""
    if (code := known.get(squeezed(plain))) is None:
        raise _wrong("choice", _("没有这一项：%(text)s。"), text=plain[:30])
    return code


def some_of(value, known) -> list[str]:
    """Several of a list, with 、 or a comma between them."""
    plain = text(value, 300)
    if squeezed(plain) in known:
        return [known[squeezed(plain)]]
    parts = [part for part in _BETWEEN.split(plain) if part.strip()]
    return list(dict.fromkeys(one_of(part, known) for part in parts))


def squeezed(plain: str) -> str:
    """How words are compared: without spaces, brackets and case."""
    return re.sub(r"[\s()（）【】\[\]*:：·.。、“”\"'_-]+", "", unicodedata.normalize("NFKC", plain)).casefold()


def _wrong(code, message, **values):
    return ValidationError(message, code=code, params=values or None)
