"""How personal data looks to those who need not see it whole. The length stays, so that two people can compare."""

import re

from portal.lib.pinyin import split_name

_AREA_CODE = re.compile(r"(0\d{2,3}-)(.*)", re.S)
# A residential estate (小区), a community (社区) and their like end in the word for a district and are none.
_TO_COUNTY = re.compile(
    r"(?:.{2,8}?(?:省|自治区|特别行政区))?"
    r"(?:.{2,8}?(?:自治州|地区|盟|(?<!城)市))?"
    r"(?:.{1,8}?(?:自治县|自治旗|(?<![小社园校厂矿])区|县|旗|(?<!城)市))?"
)


def mask_number(number: str) -> str:
    """999999********1234; shorter numbers of other documents keep their first three and last two."""
    if len(number) == 18:
        return _keep(number, 6, 4)
    if len(number) == 15:
        return _keep(number, 6, 3)
    return _keep(number, 3, 2) if len(number) >= 8 else "*" * len(number)


def mask_name(name: str) -> str:
    """陈**, 欧阳**; of a name with a dot or in letters, the first letter of it."""
    name = name.strip()
    if not name:
        return ""
    surname, given = split_name(name)
    if surname and given:
        return surname + "*" * len(given)
    first, rest = name[0], name[1:]
    return first + re.sub(r"[^\s·•・.]", "*", rest)


def mask_phone(phone: str) -> str:
    if match := _AREA_CODE.fullmatch(phone):
        return match[1] + _keep(match[2], 0, 2)
    return _keep(phone, 3, 4) if len(phone) >= 10 else _keep(phone, 0, 2)


def mask_account(account: str) -> str:
    """A bank account: its last four, as a bank prints it."""
    account = re.sub(r"\s+", "", account)
    return _keep(account, 0, 4) if len(account) > 4 else "*" * len(account)


def mask_address(address: str) -> str:
    """Down to the county; the town and the house are covered by three stars, whatever their length."""
    address = address.strip()
    shown = _TO_COUNTY.match(address)[0]
    return f"{shown}***" if address else ""


def _keep(text, head, tail):
    if len(text) <= head + tail:
        return "*" * len(text)
    return text[:head] + "*" * (len(text) - head - tail) + text[len(text) - tail :]


MASKS = {
    "number": mask_number,
    "name": mask_name,
    "phone": mask_phone,
    "account": mask_account,
    "address": mask_address,
}
