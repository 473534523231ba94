"""Writing a referral: to whom and why, what it says, and what of the person goes with it."""

from django import forms
from django.utils.translation import gettext_lazy as _

from members.kinds import BUREAU_KINDS, Capacity
from portal.lib.fields import MoneyField
from portal.lib.forms import StyledForm, VersionField
from referrals.items import choices
from referrals.kinds import AidState, Ground, Scheme, Urgency
from referrals.workflow import ReferralKind

ROOM = dict(Capacity.choices)


class ReceiverForm(StyledForm):
    """The first step: for which needs, to which unit, for which program."""

    needs = forms.ModelMultipleChoiceField(
        label=_("要解决的需求"), queryset=None, to_field_name="code", widget=forms.CheckboxSelectMultiple
    )
    receiver = forms.ChoiceField(label=_("转给哪个单位"), widget=forms.RadioSelect)
    program = forms.ChoiceField(
        label=_("按哪个项目"), required=False, help_text=_("不指定项目的，由接收单位评估怎样帮扶。")
    )

    def __init__(self, *args, person, candidates, programs, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["needs"].queryset = person.needs.open()
        self.fields["needs"].label_from_instance = lambda need: f"{need.get_kind_display()} · {need.wish[:40]}"
        self.units = {one.organization.code: one.organization for one in candidates if one.takes}
        self.programs = {program.code: program for program in programs}
        self.fields["receiver"].choices = [
            (one.organization.code, self._unit_words(one)) for one in candidates if one.takes
        ]
        self.fields["program"].choices = [("", _("不指定项目")), *((c, p.name) for c, p in self.programs.items())]

    @staticmethod
    def _unit_words(candidate):
        unit = candidate.organization
        level = _("同级") if candidate.is_same_level else unit.level_words
        return f"{unit.name}（{level}，{ROOM[unit.capacity]}）"

    def clean_receiver(self):
        return self.units[self.cleaned_data["receiver"]]

    def clean_program(self):
        return self.programs.get(self.cleaned_data["program"])


class ReferralForm(StyledForm):
    """The second step: what it says, and what goes with it. Preset from the record."""

    kind = forms.ChoiceField(label=_("转介方式"), choices=ReferralKind.choices, widget=forms.RadioSelect)
    ground = forms.ChoiceField(label=_("转介事由"), choices=Ground.choices)
    urgency = forms.ChoiceField(label=_("紧急程度"), choices=Urgency.choices, widget=forms.RadioSelect)
    scheme = forms.ChoiceField(label=_("申请过的政府救助"), choices=[("", _("没有")), *Scheme.choices], required=False)
    scheme_result = forms.ChoiceField(label=_("结果"), choices=[("", _("不涉及")), *AidState.choices], required=False)
    government = forms.CharField(
        label=_("政府救助情况"), max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    gap_yuan = MoneyField(label=_("仍有缺口（元）"), required=False)
    circumstances = forms.CharField(
        label=_("困难情形"), max_length=2000, widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("写给接收单位看的：发生了什么、现在怎样、需要什么。不要写与帮扶无关的内容。"),
    )  # fmt: skip
    receiver_choice = forms.CharField(
        label=_("为什么不转给同级单位"), max_length=300, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    is_exclusive = forms.BooleanField(
        label=_("由一家接收即可"), required=False, help_text=_("同时转给几家时，一家接收后其他的自动撤回。")
    )
    items = forms.MultipleChoiceField(
        label=_("提供哪些内容"), widget=forms.CheckboxSelectMultiple,
        help_text=_("已按项目勾好最少的内容；用不上的请去掉。"),
    )  # fmt: skip
    version = VersionField()

    def __init__(self, *args, referral, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["items"].choices = choices(is_sensitive=False) + [
            (_("%(group)s（敏感）") % {"group": label}, pairs) for label, pairs in choices(is_sensitive=True)
        ]
        if referral.receiver.kind not in BUREAU_KINDS:
            self.fields["kind"].choices = [
                (one.value, one.label) for one in (ReferralKind.SHARE, ReferralKind.HANDOVER)
            ]
        if not args or not args[0]:
            self.initial = {**self.initial_of(referral), **self.initial}

    @staticmethod
    def initial_of(referral):
        plain = ("kind", "ground", "urgency", "scheme", "scheme_result", "gap_yuan", "is_exclusive", "items", "version")
        told = ("government", "circumstances", "receiver_choice")
        return {name: getattr(referral, name) for name in plain} | {
            name: referral.private.get(name, "") for name in told
        }

    def values(self):
        return {name: value for name, value in self.cleaned_data.items() if name != "version"}
