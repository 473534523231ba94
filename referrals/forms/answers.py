"""The government's answer to a charity, and what a bureau asks for when it refers somebody back."""

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.lib.fields import DayField, MoneyField
from portal.lib.forms import StyledForm
from programs.models import Program
from referrals.actions.answers import open_check_of
from referrals.kinds import AidRhythm, Scheme
from referrals.workflow import REASONS, Decision


def decision_fields(referral):
    """What the table calls the report of such a referral. Which fields a result needs, the action says."""
    decisions = [one for one in Decision if one != Decision.HANDED_TO_TOWN or referral.receiver.kind != "town_street"]
    return {
        "decision": forms.ChoiceField(
            label=_("办理结果"), choices=[(one.value, one.label) for one in decisions], widget=forms.RadioSelect
        ),
        **_despite_check(referral),
        "scheme": forms.ChoiceField(
            label=_("哪一项政府救助"), required=False, choices=[("", _("没有或不涉及")), *Scheme.choices],
            initial=referral.scheme,
        ),
        "decided_on": DayField(label=_("决定日期"), initial=timezone.localdate),
        "why_not": forms.ChoiceField(
            label=_("不符合的是哪一条"), required=False, help_text=_("答复“不符合条件”的必填，会告诉家庭。"),
            choices=[("", _("不涉及")), *REASONS["ineligible"].codes.items()],
        ),
        "amount_yuan": MoneyField(label=_("救助金额（元）"), required=False),
        "rhythm": forms.ChoiceField(
            label=_("发放"), required=False, choices=[("", _("不涉及")), *AidRhythm.choices]
        ),
        "since": DayField(
            label=_("享受期起"), required=False, help_text=_("答复“已在救助中”的必填。")
        ),
        "summary": forms.CharField(
            label=_("说明"), max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 3}),
            help_text=_("联系不上、本人放弃或者交镇街的，写明经过。不写与家庭无关的内容。"),
        ),
    }  # fmt: skip


def _despite_check(referral):
    """Asked only while one is open."""
    check = open_check_of(referral)
    if check is None:
        return {}
    words = _("核对还没有结论，期限 %(day)s。答复“不符合条件”的，请先等结论。") % {"day": check.due_on.isoformat()}
    return {"despite_check": forms.BooleanField(label=_("不等核对结论"), required=False, help_text=words)}


class ReferBackForm(StyledForm):
    """Back to the charity that told: for one of the programs that were proposed, or for none."""

    program = forms.ChoiceField(label=_("建议的项目"), required=False)

    def __init__(self, *args, proposed, **options):
        super().__init__(*args, **options)
        theirs = [one.program for one in proposed if one.is_theirs]
        self.fields["program"].choices = [
            ("", _("由对方评估怎样帮扶")), *((program.code, program.name) for program in theirs)
        ]  # fmt: skip

    def clean_program(self):
        code = self.cleaned_data["program"]
        return Program.objects.filter(code=code).first() if code else None
