"""救急难: on which ground, why there is no time, and the least that has to be known."""

from django import forms
from django.utils.translation import gettext_lazy as _

from portal.lib.forms import StyledForm, VersionField
from referrals import urgent_lanes
from referrals.items import in_order
from referrals.models import UrgentLane


class UrgentForm(StyledForm):
    ground = forms.ChoiceField(label=_("依据"), choices=UrgentLane.Ground.choices, widget=forms.RadioSelect)
    words = forms.CharField(
        label=_("为什么等不得"), max_length=1000, widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("发生了什么、怎样危急、为什么来不及征得同意。审核人和监督人员会看。"),
    )  # fmt: skip
    items = forms.MultipleChoiceField(
        label=_("施救必需的内容"), choices=[(item.code, item.label) for item in in_order(urgent_lanes.ITEMS)],
        widget=forms.CheckboxSelectMultiple, help_text=_("只勾对方施救用得上的；其他的等补齐同意后再提供。"),
    )  # fmt: skip
    version = VersionField()


class LaneFilter(StyledForm):
    SHOWS = (("", _("全部")), ("wanting", _("还要补的")), ("lapsed", _("逾期停止的")))

    show = forms.ChoiceField(
        required=False, label=_("看哪些"), choices=SHOWS, widget=forms.Select(attrs={"aria-label": _("看哪些")})
    )
