"""What the steps of a payment schedule ask: which months, when they were signed for, why some are left out."""

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.lib import money
from portal.lib.fields import DayField
from referrals import instalments
from referrals.kinds import SKIP_CHOICES

FEW = 6
HERE = {"initial": timezone.localdate}


class MonthsField(forms.TypedMultipleChoiceField):
    """Some of the instalments of a line, by their numbers."""

    def __init__(self, rows, *, initial=(), **options):
        # Of a whole course only the months: how each is split stands on the page of the line.
        tell = words_of if len(rows) <= FEW else shortly
        choices = [(one.number, tell(one)) for one in rows]
        super().__init__(
            choices=choices, coerce=int, initial=[one.number for one in initial],
            widget=forms.CheckboxSelectMultiple(attrs={"class": "months"}), **options,
        )  # fmt: skip


def shortly(one):
    return f"{one.month:%Y-%m} · {money.show(one.amount)}".replace(".00 ", " ")


def words_of(one):
    split = "、".join(f"{what} {money.show(amount)}" for what, amount in one.split)
    return shortly(one) + (_("（%(split)s）") % {"split": split} if split else "")


def pay_field(line):
    rows = instalments.to_pay(line)
    first = max(rows[0].due_on, timezone.localdate()) if rows else None
    due = [one for one in rows if one.due_on <= first]
    words = gettext_lazy("资助方一起拨付的几期已经勾选；还没有到期的也可以提前支付。")
    return MonthsField(rows, initial=due, label=gettext_lazy("支付哪几期"), help_text=words)


def sign_fields(line, papers):
    """`papers`: the fields for what was signed."""
    rows = instalments.to_sign(line)
    return {
        "numbers": MonthsField(rows, initial=rows[:1], label=gettext_lazy("签收哪几期")),
        "day": DayField(label=gettext_lazy("签收日期"), **HERE),
        "signer": forms.CharField(
            label=gettext_lazy("代签人"), max_length=40, required=False, help_text=gettext_lazy("本人签收的留空。")
        ),
        "receipt": forms.CharField(
            label=gettext_lazy("签收单编号"), max_length=60, required=False,
            help_text=gettext_lazy("纸质签收单留在学校的，写它的编号；否则在下面上传签收单或照片。"),
        ),
        **papers,
    }  # fmt: skip


def plan_fields(line):
    first = instalments.of_line(line)[0].month.year
    return {
        "first_year": forms.IntegerField(
            label=gettext_lazy("哪一年秋季开学"), initial=first, min_value=2000, max_value=2100,
            help_text=gettext_lazy("从那年的第一个学期起，按项目规定的月份重新排。"),
        )
    }  # fmt: skip


def skip_fields(line):
    rows = instalments.to_pay(line)
    return {
        "numbers": MonthsField(rows, label=gettext_lazy("停发哪几期")),
        "cause": forms.ChoiceField(label=gettext_lazy("原因"), choices=SKIP_CHOICES),
    }
