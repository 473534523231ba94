"""Form fields and template filters: one spelling comes out, and the words beside the field say why not."""

import datetime
from decimal import Decimal

import pytest
from django import forms
from django.template import Context, Template
from django.utils import timezone
from stdnum.cn import uscc

from portal.lib.fields import CreditCodeField, IdentityNumberField, MoneyField, TelephoneField
from portal.lib.forms import StyledForm
from portal.templatetags import show

CREDIT_CODE = "51230300MJ00000018"
CREDIT_CODE = CREDIT_CODE[:17] + uscc.calc_check_digit(CREDIT_CODE[:17])
MOBILE = "13" + "0" * 9


class Sample(StyledForm):
    number = IdentityNumberField()
    amount = MoneyField(label="金额")
    credit_code = CreditCodeField()
    phone = TelephoneField(is_public=True)


def sample(**changes):
    right = {
        "number": "110105 19491231 002x",
        "amount": "１，２００",
        "credit_code": CREDIT_CODE.lower(),
        "phone": "(0467)2345678",
    }
    return Sample({**right, **changes})


def test_fields_give_one_spelling():
    form = sample()
    assert form.is_valid(), form.errors
    assert form.cleaned_data["number"].number == "11010519491231002X"
    assert form.cleaned_data["amount"] == Decimal("1200.00")
    assert form.cleaned_data["credit_code"] == CREDIT_CODE
    assert form.cleaned_data["phone"] == "0467-2345678"


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("number", "11010519491231002"),
        ("number", "<script>"),
        ("number", "1" * 5000),
        ("amount", "-1"),
        ("amount", "=1+1"),
        ("amount", "1\u202e2"),
        ("credit_code", CREDIT_CODE[:17]),
        ("credit_code", CREDIT_CODE[::-1]),
        ("phone", MOBILE),
        ("phone", "0467\x002345678"),
        ("phone", "😀"),
    ],
)
def test_fields_refuse_with_words(field, text):
    form = sample(**{field: text})
    assert not form.is_valid()
    assert list(form.errors) == [field]


def test_optional_fields_may_stay_empty():
    class Optional(forms.Form):
        number = IdentityNumberField(required=False)
        amount = MoneyField(required=False)
        credit_code = CreditCodeField(required=False)
        phone = TelephoneField(required=False)

    form = Optional({})
    assert form.is_valid()
    assert form.cleaned_data == {"number": None, "amount": None, "credit_code": "", "phone": ""}


def shown(template, **context):
    return Template(template).render(Context(context))


def test_values_on_a_page():
    assert shown("{{ a|money }}|{{ a|capitals }}|{{ none|money }}", a=Decimal("1234.5"), none=None) == (
        "1,234.50 元|壹仟贰佰叁拾肆元伍角|"
    )
    assert (
        shown('{{ a|masked }}|{{ n|masked:"name" }}', a="999999199001011234", n="陈小明") == "999999********1234|陈**"
    )


@pytest.mark.parametrize(
    ("days", "text"),
    [
        (4, '<span class="clock">还有 4 天</span>'),
        (0, '<span class="clock soon">今天</span>'),
        (-1, '<span class="clock late">逾期 1 天</span>'),
    ],
)
def test_a_clock_counts_days(days, text):
    assert show.clock(timezone.localdate() + datetime.timedelta(days=days)) == text


def test_a_clock_with_an_hour_names_it_today():
    now = timezone.now()
    assert show.clock(None) == ""
    assert "逾期" in show.clock(now - datetime.timedelta(minutes=1))
    end_of_today = timezone.localtime(now).replace(hour=23, minute=59, second=59)
    assert show.clock(end_of_today) == '<span class="clock soon">今天 23:59 前</span>'
