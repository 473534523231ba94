"""Amounts: read from what people type, shown in yuan, written in capitals for forms. Decimal, never float."""

import re
import unicodedata
from decimal import Decimal

import cn2an
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _g
from django.utils.translation import gettext_lazy as _

CENT = Decimal("0.01")
# numeric(14, 2)
LARGEST = Decimal("999999999999.99")
_UNITS = {"": 1, "元": 1, "圆": 1, "块": 1, "万": 10_000, "万元": 10_000, "亿": 10**8, "亿元": 10**8}
_TYPED = re.compile(r"([+-]?)([0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(\.[0-9]*)?(元|圆|块|万元?|亿元?)?整?")


def read(text: str) -> Decimal:
    """1,234.5 / １２３４．５ / ¥1234 / 1.2万元 -> Decimal with two places; ValidationError when it is no amount."""
    if len(text) > 40:
        raise ValidationError(_("金额太长。"), code="length")
    plain = unicodedata.normalize("NFKC", text)
    plain = re.sub(r"^(?:人民币|RMB|CNY|¥|¥)", "", re.sub(r"\s+", "", plain), flags=re.IGNORECASE)
    match = _TYPED.fullmatch(plain)
    if not match:
        raise ValidationError(_("不是金额。请写成 1234.50 或 1,234.50。"), code="format")
    sign, whole, fraction, unit = match.groups()
    amount = Decimal(f"{sign}{whole.replace(',', '')}{(fraction or '').rstrip('.')}") * _UNITS[unit or ""]
    return check(amount)


def check(amount: Decimal) -> Decimal:
    """Two places, and within what the database holds."""
    if abs(amount) > LARGEST:
        raise ValidationError(_("金额过大。"), code="too_large")
    if amount != amount.quantize(CENT):
        raise ValidationError(_("金额最多两位小数（到分）。"), code="places")
    return amount.quantize(CENT)


def show(amount) -> str:
    """1,234.50 元"""
    return _g("%(amount)s 元") % {"amount": f"{_decimal(amount):,.2f}"}


def capitals(amount) -> str:
    """壹仟贰佰叁拾肆元伍角: as forms of payment ask for it."""
    return cn2an.an2cn(str(check(_decimal(amount))), "rmb")


def _decimal(amount):
    if isinstance(amount, float):
        raise TypeError("an amount is a Decimal, never a float")
    return Decimal(amount)
