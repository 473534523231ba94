"""What is asked when somebody is paired with a person or a place, and after each visit."""

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.fields import AreaField
from members.kinds import AreaTag
from portal.lib.fields import DayField, MoneyField
from portal.lib.forms import StyledForm, VersionField
from referrals.board_kinds import PairingKind, PairingVisitKind


class PairingForm(StyledForm):
    """With the person of a case."""

    kind = forms.ChoiceField(label=_("帮扶形式"), choices=PairingKind.choices, widget=forms.RadioSelect)
    giver = forms.CharField(
        label=_("帮扶人或者团队"),
        max_length=60,
        help_text=_("志愿者或者团队的名称；加密保存，只有本单位看得到。"),
    )
    phone = forms.CharField(label=_("联系方式"), max_length=40, required=False)
    aim = forms.CharField(label=_("帮什么"), max_length=300, widget=forms.Textarea(attrs={"rows": 2}))
    since = DayField(label=_("从哪一天起"), initial=timezone.localdate)
    every_days = forms.IntegerField(
        label=_("多少天联系一次"),
        min_value=1,
        max_value=366,
        initial=30,
        help_text=_("过了日子没有记录的，排在前面。"),
    )


class AreaPairingForm(PairingForm):
    """With a place: nobody's name."""

    area = AreaField(label=_("帮扶地区"), help_text=_("县区或者镇街的名称或代码。"))
    field_order = ["kind", "area", "giver"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = [one for one in PairingKind.choices if one[0] != PairingKind.VOLUNTEER_PAIRING]
        self.fields["giver"].label = _("由谁负责")
        self.fields["every_days"].initial = 90


class PairingVisitForm(StyledForm):
    on = DayField(label=_("日期"), initial=timezone.localdate)
    kind = forms.ChoiceField(label=_("方式"), choices=PairingVisitKind.choices, widget=forms.RadioSelect)
    minutes = forms.IntegerField(label=_("用时（分钟）"), min_value=1, max_value=1440, initial=60)
    done = forms.CharField(label=_("做了什么"), max_length=500, widget=forms.Textarea(attrs={"rows": 3}))
    value_yuan = MoneyField(label=_("带去的物资折价（元）"), required=False)
    worry = forms.CharField(
        label=_("需要跟进的情况"), max_length=300, required=False, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("例如：身体变差、家里漏雨。写了会在名单上标出来。"),
    )  # fmt: skip


class EndPairingForm(StyledForm):
    ended_on = DayField(label=_("结束日期"), initial=timezone.localdate)
    reason = forms.CharField(label=_("原因"), max_length=300, widget=forms.Textarea(attrs={"rows": 2}))
    version = VersionField()


class PairingFilter(StyledForm):
    show = forms.ChoiceField(
        required=False, label=_("哪些"),
        choices=[("", _("进行中")), ("late", _("该联系了")), ("worry", _("需要跟进")), ("ended", _("已结束"))],
    )  # fmt: skip
    kind = forms.ChoiceField(required=False, label=_("帮扶形式"), choices=[("", _("各种形式")), *PairingKind.choices])
    tag = forms.ChoiceField(
        required=False, label=_("重点帮扶地区"), choices=[("", _("不限重点帮扶地区")), *AreaTag.choices]
    )

    def __init__(self, data):
        super().__init__(data)
        for field in self.fields.values():
            field.widget.attrs["aria-label"] = field.label
        self.is_valid()

    def narrow(self, pairings):
        asked = self.cleaned_data
        show = asked.get("show", "")
        pairings = pairings.filter(state="ended") if show == "ended" else pairings.active()
        if show == "late":
            pairings = pairings.waiting()
        if show == "worry":
            pairings = pairings.filter(visits__is_worrying=True).distinct()
        if asked.get("kind"):
            pairings = pairings.filter(kind=asked["kind"])
        if asked.get("tag"):
            pairings = pairings.filter(area__tags__contains=[asked["tag"]])
        return pairings
