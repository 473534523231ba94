"""Writing a referral: to whom and why, what it says, and what of the person goes with it."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from members.kinds import BUREAU_KINDS
from members.profiles import profile_of
from portal.lib.fields import MoneyField
from portal.lib.forms import StyledForm, VersionField
from referrals import receivers
from referrals.items import ITEMS
from referrals.kinds import AidState, Ground, Scheme, Urgency
from referrals.workflow import ReferralKind


class ReceiverForm(StyledForm):
    """The first step: for which needs, to which unit, by which program. `receiver` is "unit" or "unit/program"."""

    needs = forms.ModelMultipleChoiceField(
        label=_("要解决的需求"), queryset=None, to_field_name="code", widget=forms.CheckboxSelectMultiple
    )
    receiver = forms.ChoiceField(label=_("转给哪个单位"), widget=forms.RadioSelect)

    def __init__(self, *args, person, offered, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["needs"].queryset = person.needs.open()
        self.fields["needs"].label_from_instance = lambda need: f"{need.get_kind_display()} · {need.wish[:40]}"
        self.routes = {route.value: route for one in offered if one.takes for route in one.routes}
        self.fields["receiver"].choices = [(value, str(route.unit)) for value, route in self.routes.items()]

    def clean_receiver(self):
        """The route; one where something is open already is told, not offered."""
        route = self.routes[self.cleaned_data["receiver"]]
        if route.existing is not None:
            words = {"number": route.existing.number or route.existing.code, "unit": route.existing.receiver}
            raise ValidationError(_("已有转给%(unit)s的 %(number)s 没有办完，请在那一份上继续。") % words)
        return route

    def clean(self):
        said = super().clean()
        route, needs = said.get("receiver"), said.get("needs")
        refused = [n for n in needs or () if route and route.unit.need_kinds and n.kind not in route.unit.need_kinds]
        if refused:
            words = {"unit": route.unit, "needs": "、".join(str(need.get_kind_display()) for need in refused)}
            self.add_error("receiver", _("%(unit)s不接收这类需求：%(needs)s。") % words)
        return said


class ReferralForm(StyledForm):
    """The second step: what it says, and what goes with it. Preset from the record."""

    kind = forms.ChoiceField(
        label=_("转介方式"), choices=ReferralKind.choices, widget=forms.RadioSelect,
        help_text=_("转介：个案仍由转出单位牵头。移交：对方接收以后由对方牵头，办结后回到转出单位；本人的资料仍由原单位保管。"),
    )  # fmt: skip
    ground = forms.ChoiceField(label=_("转介事由"), choices=Ground.choices)
    urgency = forms.ChoiceField(label=_("紧急程度"), choices=Urgency.choices, widget=forms.RadioSelect)
    circumstances = forms.CharField(
        label=_("困难情形"), max_length=2000, widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("写给接收单位看的：发生了什么、现在怎样、需要什么。不要写与帮扶无关的内容。"),
    )  # fmt: skip
    scheme = forms.ChoiceField(label=_("申请过的政府救助"), choices=[("", _("没有")), *Scheme.choices], required=False)
    scheme_result = forms.ChoiceField(label=_("结果"), choices=[("", _("不涉及")), *AidState.choices], required=False)
    government = forms.CharField(
        label=_("政府救助情况"), max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("得到了什么、差在哪里；没有申请过的，写明为什么都不适用。"),
    )  # fmt: skip
    gap_yuan = MoneyField(label=_("仍有缺口（元）"), required=False)
    gap = forms.CharField(label=_("还缺什么"), max_length=300, required=False, help_text=_("不是钱的缺口写在这里。"))
    is_exclusive = forms.BooleanField(
        label=_("由一家接收即可"), required=False, help_text=_("同时转给几家时，一家接收后其他的自动撤回。")
    )
    receiver_choice = forms.CharField(
        label=_("为什么不转给同级单位"), max_length=300, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    items = forms.MultipleChoiceField(
        label=_("提供哪些内容"), widget=forms.CheckboxSelectMultiple,
        choices=[(item.code, item.label) for item in ITEMS.values()],
    )  # fmt: skip
    version = VersionField()

    # heading, fields; what goes along is drawn by itself, item by item with its reason
    SECTIONS = (
        (_("为什么转"), ("kind", "ground", "urgency", "circumstances")),
        (_("政府救助"), ("scheme", "scheme_result", "government", "gap_yuan", "gap")),
        (_("怎样转"), ("is_exclusive", "receiver_choice")),
    )

    def __init__(self, *args, referral, **kwargs):
        super().__init__(*args, **kwargs)
        receiver = referral.receiver
        if receiver.kind not in BUREAU_KINDS:
            self.fields["kind"].choices = [
                (one.value, one.label) for one in (ReferralKind.SHARE, ReferralKind.HANDOVER)
            ]
        if receiver.kind in BUREAU_KINDS or receivers.is_same_level(referral.sender, receiver):
            del self.fields["receiver_choice"]
        elif profile_of(referral.sender.area).same_level_only:
            self.fields["receiver_choice"].required = True
            self.fields["receiver_choice"].help_text = _("本地规定先转介给同级单位；转给别级的，要写明理由。")
        self.referral = referral
        self.initial = {**self.initial_of(referral), **self.initial}

    @staticmethod
    def initial_of(referral):
        plain = ("kind", "ground", "urgency", "scheme", "scheme_result", "gap_yuan", "is_exclusive", "items", "version")
        told = ("government", "circumstances", "receiver_choice", "gap")
        return {name: getattr(referral, name) for name in plain} | {
            name: referral.private.get(name, "") for name in told
        }

    def sections(self):
        for heading, names in self.SECTIONS:
            yield heading, [self[name] for name in names if name in self.fields]

    def values(self):
        """What was filled in as it can be kept; of a draft that is put aside, without what is wrong with it."""
        return {name: value for name, value in self.cleaned_data.items() if name != "version"}

    @property
    def seen_version(self):
        return self.cleaned_data.get("version") or 0
