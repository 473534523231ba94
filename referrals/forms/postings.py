"""What is asked about needs that are put up, and about claims."""

from datetime import timedelta

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.fields import AreaField
from members.kinds import NeedKind
from members.models import Area
from portal.lib.fields import DayField, MoneyField
from portal.lib.forms import StyledForm, VersionField
from programs.kinds import AgeBand
from programs.models import Offer, Program
from referrals.kinds import NeedForm

# (until which age, how that is called); a household whose head is of working age stands for itself.
_BANDS = ((6, AgeBand.CHILD), (12, AgeBand.PUPIL), (18, AgeBand.YOUTH), (60, AgeBand.ADULT), (80, AgeBand.OLDER))


class PostingForm(StyledForm):
    words = forms.CharField(
        label=_("需要什么帮助"), max_length=200, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("各单位都能看到。不写姓名、学校、村名、门牌和电话。"),
    )  # fmt: skip
    area = forms.ModelChoiceField(Area.objects.none(), label=_("所在地区"), to_field_name="code", empty_label=None)
    age_band = forms.ChoiceField(label=_("年龄段"), choices=AgeBand.choices)
    gap_yuan = MoneyField(label=_("大约缺口（元）"), required=False, help_text=_("写个大概；不清楚可以不填。"))
    until = DayField(label=_("挂到哪一天"), help_text=_("最多 90 天，到期自动不再显示。"))
    version = VersionField(required=False)

    def __init__(self, *args, person, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["area"].queryset = Area.objects.filter(code__in=[person.town, person.county]).order_by("-code")

    def values(self):
        return {name: value for name, value in self.cleaned_data.items() if name != "version"}

    @staticmethod
    def initial_of(need):
        """From the need: what to change is what would tell too much."""
        person = need.person
        gap = need.estimated_yuan
        return {
            "area": person.town or person.county, "age_band": band_of(person.age), "until": in_a_month(),
            "gap_yuan": round(gap, -2) or gap if gap else None,
        }  # fmt: skip


def band_of(age):
    if age is None:
        return AgeBand.FAMILY
    return next((band for until, band in _BANDS if age < until), AgeBand.OLD)


def in_a_month():
    return timezone.localdate() + timedelta(days=30)


class ClaimForm(StyledForm):
    offered = forms.CharField(
        label=_("能提供什么"), max_length=300, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("例如：每月送米面一次；资助手术费，不超过 5,000 元。"),
    )  # fmt: skip
    program = forms.ModelChoiceField(
        Program.objects.none(), label=_("用哪个项目"), required=False, to_field_name="code", empty_label=_("不用项目")
    )
    offer = forms.ModelChoiceField(
        Offer.objects.none(), label=_("用哪项供给"), required=False, to_field_name="code", empty_label=_("不用供给")
    )

    def __init__(self, *args, organization, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["program"].queryset = Program.objects.filter(organization=organization).order_by("code")
        self.fields["offer"].queryset = Offer.objects.suggested().filter(organization=organization).order_by("title")
        for name in ("program", "offer"):
            if not self.fields[name].queryset.exists():
                del self.fields[name]


class ReasonForm(StyledForm):
    """Why, over what the person saw."""

    reason = forms.CharField(label=_("原因"), max_length=300, widget=forms.Textarea(attrs={"rows": 2}))
    version = VersionField()


class UntilForm(StyledForm):
    until = DayField(label=_("挂到哪一天"), initial=in_a_month)
    version = VersionField()


class PostingFilter(StyledForm):
    """In the URL; narrows the needs and, where they have the same, the offers beside them."""

    area = AreaField(required=False, label=_("区划"))
    kind = forms.ChoiceField(required=False, label=_("需求类别"), choices=[("", _("各种需求")), *NeedKind.choices])
    form = forms.ChoiceField(required=False, label=_("物质或服务"), choices=[("", _("物质和服务")), *NeedForm.choices])
    age = forms.ChoiceField(required=False, label=_("年龄段"), choices=[("", _("各个年龄段")), *AgeBand.choices])

    def __init__(self, data):
        super().__init__(data)
        self.fields["area"].widget.attrs["placeholder"] = _("区划名称或代码")
        for field in self.fields.values():
            field.widget.attrs["aria-label"] = field.label
        self.is_valid()

    def narrow(self, postings):
        asked = self.cleaned_data
        if area := asked.get("area"):
            is_village = area.level == "village"
            postings = postings.filter(town=area.town) if is_village else postings.filter(**{area.level: area.code})
        for column, name in (("kind", "kind"), ("form", "form"), ("age_band", "age")):
            if asked.get(name):
                postings = postings.filter(**{column: asked[name]})
        return postings

    def narrow_offers(self, offers):
        asked = self.cleaned_data
        if asked.get("area"):
            offers = offers.serving(asked["area"])
        if asked.get("kind"):
            offers = offers.filter(need_kinds__contains=[asked["kind"]])
        return offers
