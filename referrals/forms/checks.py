from datetime import timedelta

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.lib import uploads
from portal.lib.fields import DayField
from portal.lib.forms import StyledForm
from referrals.kinds import CheckConclusion, CheckDeclining
from referrals.minors import shown_name
from referrals.permissions import may

USUAL = timedelta(days=180)


class AskCheckForm(StyledForm):
    purpose = forms.CharField(
        label=_("为什么核对"), max_length=200, help_text=_("写要办的帮扶，例如：申请大病医疗救助金。")
    )
    signed = forms.MultipleChoiceField(
        label=_("已签名授权的成年人"), widget=forms.CheckboxSelectMultiple,
        help_text=_("家庭里的成年人都要在授权书上签名。"),
    )  # fmt: skip
    signed_on = DayField(label=_("授权日期"))
    file = forms.FileField(
        label=_("授权书扫描件"), required=False, help_text=_("已登记“家庭经济状况核对”同意的，可以不传。")
    )

    def __init__(self, *args, staff, adults, tells_relations=True, **options):
        """`tells_relations`: may this person of staff know how the family is made up?"""
        super().__init__(*args, **options)
        called = self._called if tells_relations else self._counted
        self.fields["signed"].choices = [
            (one.code, called(staff, one, number)) for number, one in enumerate(adults, start=1)
        ]
        self.fields["signed_on"].initial = timezone.localdate()

    @staticmethod
    def _counted(_staff, _person, number):
        return _("第 %(number)s 名成年人") % {"number": number}

    @staticmethod
    def _called(staff, person, _number):
        """By name for who keeps them; a receiver learns no names here that no list has passed on."""
        relation = person.get_relation_display()
        return f"{shown_name(staff, person)} {relation}" if may(staff, "person.view", person) else str(relation)

    def clean_file(self):
        file = self.cleaned_data["file"]
        return uploads.check(file, ("pdf", *uploads.PICTURES)) if file else None

    def values(self):
        return {name: self.cleaned_data[name] for name in ("purpose", "signed", "signed_on")}


class ReportForm(StyledForm):
    conclusion = forms.ChoiceField(label=_("结论"), choices=CheckConclusion.choices, widget=forms.RadioSelect)
    words = forms.CharField(
        label=_("给申请单位的说明"), max_length=300, required=False, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("不写存款、账户、房产等具体信息。"),
    )  # fmt: skip
    findings = forms.CharField(
        label=_("核对内容"), max_length=2000, widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("只有出具报告的民政局能看到。"),
    )  # fmt: skip
    checked_on = DayField(label=_("核对日期"))
    valid_until = DayField(label=_("有效期至"))

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.fields["checked_on"].initial = timezone.localdate()
        self.fields["valid_until"].initial = timezone.localdate() + USUAL


class DeclineCheckForm(StyledForm):
    declining = forms.ChoiceField(label=_("原因"), choices=[("", _("请选择")), *CheckDeclining.choices])
    words = forms.CharField(label=_("说明"), max_length=300, widget=forms.Textarea(attrs={"rows": 2}))


class ContactForm(StyledForm):
    happened_on = DayField(label=_("日期"))
    words = forms.CharField(label=_("与谁沟通、商定了什么"), max_length=500, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.fields["happened_on"].initial = timezone.localdate()
