"""Telephone numbers in one spelling: 0467-2345678, 400-810-1234, 12345, +852 2345 6789; a mobile number bare."""

import re
import unicodedata
from dataclasses import dataclass

import phonenumbers
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from phonenumbers import PhoneNumberFormat, PhoneNumberType

MAX_LENGTH = 40
_EXTENSION = re.compile(r"(?:转|分机|ext\.?|x|#|,)\s*([0-9]{1,6})$", re.IGNORECASE)
# Hotlines: 12345, 12349, 95588, 110, 1258xxxx.
_SHORT = re.compile(r"1[12][0-9]|1[12][0-9]{3}|12[0-9]{4,6}|9[56][0-9]{3,6}")


@dataclass(frozen=True)
class Telephone:
    number: str
    extension: str = ""
    is_mobile: bool = False

    def __str__(self):
        return f"{self.number}转{self.extension}" if self.extension else self.number


def read(text: str) -> Telephone:
    if len(text) > MAX_LENGTH:
        raise ValidationError(_("电话号码太长。"), code="length")
    plain = re.sub(r"[‐-―－]", "-", unicodedata.normalize("NFKC", text).strip())
    plain, extension = _without_extension(plain)
    if _SHORT.fullmatch(plain):
        return Telephone(plain, extension)
    number = _parse(plain)
    kind = phonenumbers.number_type(number)
    is_mobile = kind in {PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE}
    return Telephone(_spell(number, kind), extension, is_mobile)


def is_mobile(text: str) -> bool:
    """A private person's number: never the public contact of a post."""
    try:
        return read(text).is_mobile
    except ValidationError:
        return False


def refuse_mobile(text: str):
    """For public contacts: a post has a landline or a hotline, a mobile number belongs to a person."""
    if is_mobile(text):
        raise ValidationError(_("对外电话不能是个人手机号，请填写固定电话或服务热线。"), code="mobile")


def _without_extension(plain):
    if match := _EXTENSION.search(plain):
        return plain[: match.start()].strip(), match[1]
    return plain, ""


def _parse(plain):
    if not re.fullmatch(r"[+0-9()\s./-]+", plain):
        raise ValidationError(_("电话号码里有不该有的字符。"), code="format")
    if re.fullmatch(r"[2-8][0-9]{6,7}", re.sub(r"\D", "", plain)) and not plain.startswith("+"):
        raise ValidationError(_("请加上区号，例如 0467-2345678。"), code="area_code")
    try:
        number = phonenumbers.parse(plain, "CN")
    except phonenumbers.NumberParseException:
        raise ValidationError(_("不是有效的电话号码。"), code="format") from None
    if not phonenumbers.is_valid_number(number):
        raise ValidationError(_("不是有效的电话号码，请核对位数和区号。"), code="format")
    return number


def _spell(number, kind):
    if number.country_code != 86:
        return phonenumbers.format_number(number, PhoneNumberFormat.INTERNATIONAL)
    parts = phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL).split()
    if kind in {PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE}:
        return "".join(parts)
    if parts[0].startswith("0"):
        return f"{parts[0]}-{''.join(parts[1:])}"
    return "-".join(parts)
