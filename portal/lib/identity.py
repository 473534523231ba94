"""Numbers that say who a person is.

The libraries reject people who exist: holders of residence permits of Hong Kong, Macao and Taiwan residents, people
born before their county had its code, foreigners with a permanent residence card; and they accept births in the
future. So: a wrong checksum or an impossible birth date is an error, all about the region is a note one may pass.
"""

import datetime
import re
import unicodedata
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db.models import TextChoices
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from stdnum import numdb

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECK_DIGITS = "10X98765432"
OLDEST_YEAR = 1880
MAX_LENGTH = 40


class IdentityKind(TextChoices):
    RESIDENT = "resident", _("居民身份证")
    RESIDENCE_PERMIT = "residence_permit", _("港澳台居民居住证")
    PERMANENT_RESIDENCE = "permanent_residence", _("外国人永久居留身份证")
    HK_MACAO_PASS = "hk_macao_pass", _("港澳居民来往内地通行证")
    TAIWAN_PASS = "taiwan_pass", _("台湾居民来往大陆通行证")
    PASSPORT = "passport", _("护照")
    BIRTH_CERTIFICATE = "birth_certificate", _("出生医学证明")
    NONE = "none", _("无证件")


class Gender(TextChoices):
    MALE = "male", _("男")
    FEMALE = "female", _("女")


# Kinds whose number is one of letters and digits without anything to derive from it.
_PLAIN = {
    IdentityKind.HK_MACAO_PASS: (re.compile(r"[HM][0-9]{8,10}"), _("应为字母 H 或 M 加 8 至 10 位数字。")),
    IdentityKind.TAIWAN_PASS: (re.compile(r"[0-9]{8}"), _("应为 8 位数字。")),
    IdentityKind.PASSPORT: (re.compile(r"[A-Z0-9]{5,17}"), _("应为 5 至 17 位字母或数字。")),
    IdentityKind.BIRTH_CERTIFICATE: (re.compile(r"[A-Z][0-9]{9}"), _("应为 1 位字母加 9 位数字。")),
}
_MOBILE_WITHIN = re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)")
_RESIDENT_WITHIN = re.compile(
    r"(?<!\d)([1-9]\d{5}(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3})([\dXx])(?!\d)"
)
_OLD_CARD_OF_FOREIGNERS = re.compile(r"[A-Z]{3}[0-9]{12}")
_PROVINCES = {
    *range(11, 16), *range(21, 24), *range(31, 38), *range(41, 47), *range(50, 55), *range(61, 66), 71, 81, 82, 83,
}  # fmt: skip


@dataclass(frozen=True)
class Identity:
    """A number that was read. `notes` are doubts a person may pass; errors are raised instead."""

    kind: str
    number: str
    birth_date: datetime.date | None = None
    gender: str = ""
    region: str = ""
    notes: tuple = ()

    def __str__(self):
        return self.number


def normalize(text: str) -> str:
    """Full-width digits, spaces within, a small x: all the same number."""
    return re.sub(r"[\s\-－—·]+", "", unicodedata.normalize("NFKC", text)).upper()


def read(text: str, kind: str = "", today: datetime.date | None = None) -> Identity:
    """The identity a text stands for, as the kind named or the one it looks like; ValidationError when it is none."""
    if len(text) > MAX_LENGTH:
        raise _wrong("length", _("证件号码太长。"))
    number = normalize(text)
    kind = kind or kind_of(number)
    today = today or timezone.localdate()
    if kind == IdentityKind.NONE:
        return _no_document(number)
    if not number:
        raise _wrong("empty", _("请填写证件号码。"))
    if kind in _PLAIN:
        return _read_plain(number, kind)
    if kind == IdentityKind.PERMANENT_RESIDENCE and _OLD_CARD_OF_FOREIGNERS.fullmatch(number):
        return _read_old_card_of_foreigner(number, today)
    return _read_resident(number, kind, today)


def kind_of(number: str) -> str:
    """What a normalized number looks like. 999999 is the demo world's region: an ordinary number there."""
    if re.fullmatch(r"[0-9]{17}[0-9X]", number):
        if number[:2] in {"81", "82", "83"}:
            return IdentityKind.RESIDENCE_PERMIT
        if number[0] == "9" and _is_province(number[1:3]):
            return IdentityKind.PERMANENT_RESIDENCE
        return IdentityKind.RESIDENT
    if re.fullmatch(r"[0-9]{15}", number) or re.fullmatch(r"[0-9]{16,17}|[0-9]{19,}", number):
        return IdentityKind.RESIDENT
    if _OLD_CARD_OF_FOREIGNERS.fullmatch(number):
        return IdentityKind.PERMANENT_RESIDENCE
    for kind in (IdentityKind.HK_MACAO_PASS, IdentityKind.TAIWAN_PASS, IdentityKind.BIRTH_CERTIFICATE):
        if _PLAIN[kind][0].fullmatch(number):
            return kind
    return IdentityKind.PASSPORT if re.fullmatch(r"[A-Z]+[0-9]+", number) else IdentityKind.RESIDENT


def holds_number(text: str) -> bool:
    """Is there the number of a mobile telephone or of a resident somewhere in a text that should have none? Banks have
    long numbers too, so the check digit decides."""
    found = _RESIDENT_WITHIN.search(text)
    return bool(_MOBILE_WITHIN.search(text)) or bool(found and check_digit(found[1]) == found[2].upper())


def check_digit(first_17: str) -> str:
    """GB 11643, ISO 7064 MOD 11-2."""
    return CHECK_DIGITS[sum(int(d) * w for d, w in zip(first_17, WEIGHTS, strict=True)) % 11]


def to_18_digits(old: str) -> str:
    """A fifteen-digit number of before 1999, as the eighteen-digit one of the same person."""
    first = f"{old[:6]}19{old[6:]}"
    return first + check_digit(first)


def age_on(birth_date: datetime.date, day: datetime.date) -> int:
    """Full years (周岁). Who was born on 29 February turns a year older on 1 March."""
    return day.year - birth_date.year - ((day.month, day.day) < (birth_date.month, birth_date.day))


def region_note(region: str, birth_year: int):
    """A doubt about a region code, or None. That a county is younger than the person is no doubt: codes change."""
    found = [info for _part, info in numdb.get("cn/loc").info(region)]
    if region in {"810000", "820000", "830000"}:
        return None
    if not any("province" in info for info in found) or not (county := _county(found)):
        return _("区划代码 %(region)s 不在现有目录中，请核对证件。") % {"region": region}
    last_years = [int(end) for end in re.findall(r"\[[0-9]*-([0-9]*)\]", county) if end]
    has_open_end = len(last_years) < len(county.split(","))
    if not has_open_end and max(last_years) < birth_year:
        return _("区划代码 %(region)s 在出生前已停用，请核对证件。") % {"region": region}
    return None


def _county(found):
    return next((info["county"] for info in found if "county" in info), "")


def _is_province(digits: str) -> bool:
    return digits.isdecimal() and int(digits) in _PROVINCES


def _read_resident(number, kind, today):
    notes = []
    if kind == IdentityKind.RESIDENT and re.fullmatch(r"[0-9]{15}", number):
        notes.append(_("这是 15 位旧号码，已按规则换算为 18 位，请与现用证件核对。"))
        number = to_18_digits(number)
    if len(number) != 18:
        raise _wrong("length", _("应为 18 位，现有 %(count)s 位。"), count=len(number))
    if not re.fullmatch(r"[0-9]{17}[0-9X]", number):
        raise _wrong("format", _("只能是 17 位数字，末位可为 X。"))
    _refuse_other_kind(number, kind)
    if number[-1] != check_digit(number[:17]):
        raise _wrong("checksum", _("校验不通过，可能有一位写错，请与证件核对。"))
    birth_date = _birth_date(number[6:14], today)
    if kind != IdentityKind.PERMANENT_RESIDENCE and (note := region_note(number[:6], birth_date.year)):
        notes.append(note)
    gender = Gender.MALE if int(number[16]) % 2 else Gender.FEMALE
    return Identity(kind, number, birth_date, gender, number[:6], tuple(notes))


def _refuse_other_kind(number, kind):
    looks_like = kind_of(number)
    if looks_like != kind:
        raise _wrong("kind", _("这个号码像是“%(kind)s”，请核对证件类型。"), kind=IdentityKind(looks_like).label)


def _read_old_card_of_foreigner(number, today):
    """The card of 2017: country, region, yymmdd, order, check. Its check digit is not published, so it is not tried."""
    years = [f"{century}{number[7:9]}" for century in ("20", "19")]
    for year in years:
        try:
            birth_date = _birth_date(year + number[9:13], today)
        except ValidationError:
            continue
        return Identity(IdentityKind.PERMANENT_RESIDENCE, number, birth_date, notes=(_old_card_note(),))
    raise _wrong("birth_date", _("号码中的出生日期不存在。"))


def _old_card_note():
    return _("这是 2017 版号码，出生年份的世纪为推算，请与证件核对。")


def _read_plain(number, kind):
    pattern, message = _PLAIN[kind]
    if not pattern.fullmatch(number):
        raise _wrong("format", message)
    return Identity(kind, number)


def _no_document(number):
    if number:
        raise _wrong("not_empty", _("选了“无证件”，请清空证件号码。"))
    return Identity(IdentityKind.NONE, "")


def _birth_date(digits, today):
    try:
        day = datetime.date(int(digits[:4]), int(digits[4:6]), int(digits[6:8]))
    except ValueError:
        raise _wrong("birth_date", _("号码中的出生日期不存在。")) from None
    if day > today:
        raise _wrong("birth_date", _("号码中的出生日期晚于今天。"))
    if day.year < OLDEST_YEAR:
        raise _wrong("birth_date", _("号码中的出生日期过早。"))
    return day


def _wrong(code, message, **values):
    return ValidationError(message, code=code, params=values or None)
