"""A lead in under a minute: where, what is seen, how urgent; all else may be left out."""

import secrets

from django import forms
from django.utils.translation import gettext_lazy as _

from members.fields import AreaField
from members.kinds import BUREAU_KINDS, group_of
from members.models import Area
from portal.lib import uploads
from portal.lib.fields import TelephoneField
from portal.lib.forms import StyledForm
from portal.lib.suggest import SuggestInput
from referrals.actions.leads import MOST_PHOTOS
from referrals.kinds import CHANNELS_OF, DiscoveryChannel, LeadClosing, Urgency
from referrals.models import Lead

MOST_PLACES = 300


class PicturesInput(forms.FileInput):
    allow_multiple_selected = True


class PicturesField(forms.FileField):
    """A few pictures, each looked at and drawn anew."""

    def __init__(self, **options):
        attrs = {"multiple": True, "accept": "image/jpeg,image/png"}
        super().__init__(widget=PicturesInput(attrs=attrs), **options)

    def clean(self, data, initial=None):
        data = [one for one in (data or []) if one] if isinstance(data, list | tuple) else [data] if data else []
        if len(data) > MOST_PHOTOS:
            raise forms.ValidationError(_("最多 %(most)d 张照片。"), params={"most": MOST_PHOTOS})
        return [uploads.check(super(PicturesField, self).clean(one), uploads.PICTURES) for one in data]


def places_of(staff):
    """Divisions in and below the person's own, for a list of suggestions."""
    own = staff.organization.area
    below = Area.objects.current().below(own).order_by("code").values_list("code", "name")[:MOST_PLACES]
    return [f"{code} {name}" for code, name in [(own.code, own.name), *below]]


class LeadForm(StyledForm):
    key = forms.RegexField(r"[0-9a-f]{32}", widget=forms.HiddenInput)
    seen = forms.CharField(
        label=_("看到什么情况"), max_length=1000,
        widget=forms.Textarea(attrs={"rows": 4, "placeholder": _("例如：独居老人摔伤，卧床无人照顾。")}),
    )  # fmt: skip
    area = AreaField(label=_("在哪个镇街、村居"), widget=SuggestInput())
    place = forms.CharField(
        label=_("怎么找到"), max_length=200,
        widget=forms.TextInput(attrs={"placeholder": _("路名门牌、村组、显眼的标志")}),
    )  # fmt: skip
    urgency = forms.ChoiceField(
        label=_("紧急程度"), choices=Urgency.choices, initial=Urgency.NORMAL, widget=forms.RadioSelect,
        help_text=_("有生命危险的，先打 120、110 或 119，再报线索。"),
    )  # fmt: skip
    photos = PicturesField(label=_("照片"), required=False, help_text=_("最多 3 张，不要拍到无关的人。"))
    name = forms.CharField(label=_("姓名或称呼"), max_length=60, required=False)
    phone = TelephoneField(label=_("联系电话"), required=False)
    channel = forms.ChoiceField(label=_("怎么发现的"), choices=())
    is_agreed = forms.BooleanField(label=_("已告诉家庭，同意转告民政部门"), required=False)

    def __init__(self, *args, staff, **options):
        self.staff = staff
        group = group_of(staff.organization.kind)
        channels = CHANNELS_OF.get(group, CHANNELS_OF["partner"])
        initial = {
            "key": secrets.token_hex(16), "channel": self._usual(channels),
            "area": None if group in {"charity", "partner", "member"} else staff.organization.area,
        }  # fmt: skip
        super().__init__(*args, **{**options, "initial": {**initial, **(options.get("initial") or {})}})
        self.fields["channel"].choices = [(code, DiscoveryChannel(code).label) for code in channels]
        self.fields["area"].widget.suggestions = lambda: places_of(staff)
        if staff.organization.kind not in BUREAU_KINDS:
            self.fields["is_agreed"].help_text = _("没有问过的，不要写姓名和电话，只写地点和看到的情况。")

    def _usual(self, channels):
        """What this person's last lead said: one question less."""
        last = Lead.objects.filter(filed_by=self.staff).order_by("-pk").values_list("channel", flat=True).first()
        return last if last in channels else channels[0]

    def values(self):
        return {name: self.cleaned_data[name] for name in self.fields if name not in {"key", "photos"}}


class LeadFilter(StyledForm):
    area = AreaField(required=False, label=_("区划"))
    urgency = forms.ChoiceField(required=False, label=_("紧急程度"), choices=[("", _("不限缓急")), *Urgency.choices])
    channel = forms.ChoiceField(
        required=False, label=_("发现渠道"), choices=[("", _("各种渠道")), *DiscoveryChannel.choices]
    )
    closing = forms.ChoiceField(
        required=False, label=_("了结原因"), choices=[("", _("各种了结原因")), *LeadClosing.choices]
    )

    def __init__(self, data):
        super().__init__(data)
        self.fields["area"].widget.attrs["placeholder"] = _("区划名称或代码")
        for field in self.fields.values():
            field.widget.attrs["aria-label"] = field.label

    def narrow(self, leads):
        self.is_valid()
        asked = self.cleaned_data
        if asked.get("area"):
            leads = leads.in_area(asked["area"])
        return leads.filter(**{name: asked[name] for name in ("urgency", "channel", "closing") if asked.get(name)})


_ANSWER = {"max_length": 300, "required": False, "widget": forms.Textarea(attrs={"rows": 2})}


class LinkForm(StyledForm):
    who = forms.CharField(
        label=_("是谁"), max_length=60, help_text=_("填证件号码、姓名或编号，须在您能看到的范围内。"),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )  # fmt: skip
    answer = forms.CharField(label=_("给报送人的话"), help_text=_("不写当事人的隐私。"), **_ANSWER)


class DuplicateForm(StyledForm):
    first = forms.CharField(label=_("与哪条线索重复"), max_length=12, help_text=_("填那条线索的编号。"))
    answer = forms.CharField(label=_("给报送人的话"), help_text=_("不写当事人的隐私。"), **_ANSWER)


class CloseForm(StyledForm):
    # 改由正式告知: said by the sending of it alone.
    CLOSINGS = [(one.value, one.label) for one in LeadClosing if one != LeadClosing.REFERRED]

    closing = forms.ChoiceField(label=_("原因"), choices=[("", _("请选择")), *CLOSINGS])
    answer = forms.CharField(label=_("给报送人的话"), help_text=_("不写当事人的隐私。"), **_ANSWER)


class PassForm(StyledForm):
    area = AreaField(label=_("转到哪里"), help_text=_("本县（市、区）的镇街、村居；不知道哪个镇街的，填县（市、区）。"))
    reason = forms.CharField(label=_("原因"), max_length=200)


class PeriodForm(StyledForm):
    """A month or a year, for figures."""

    since = forms.DateField(required=False, label=_("从"), widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"))
    until = forms.DateField(required=False, label=_("到"), widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"))

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        for field in self.fields.values():
            field.widget.attrs["aria-label"] = field.label
