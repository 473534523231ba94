from datetime import timedelta

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.fields import AreaField
from members.kinds import BUREAU_KINDS
from portal.lib.fields import DayField
from portal.lib.forms import StyledForm
from portal.lib.suggest import SuggestInput
from referrals.forms.leads import PicturesField, places_of
from referrals.kinds import VisitOccasion, VisitResult
from referrals.visit_figures import rounds_of, usual_period

_CHARITIES = (VisitOccasion.HOME, VisitOccasion.FESTIVAL, VisitOccasion.NEIGHBOURHOOD, VisitOccasion.FOLLOW_UP)
_BUREAUS = (
    VisitOccasion.ROUND, VisitOccasion.HOME, VisitOccasion.FESTIVAL, VisitOccasion.APPLICATION, VisitOccasion.LEAD,
    VisitOccasion.FOLLOW_UP,
)  # fmt: skip


class VisitForm(StyledForm):
    """To somebody who has a record."""

    RESULTS = (VisitResult.AS_RECORDED, VisitResult.CHANGED, VisitResult.NEW_NEED, VisitResult.NOT_MET)

    result = forms.ChoiceField(label=_("结果"), widget=forms.RadioSelect)
    findings = forms.CharField(
        label=_("看到什么"), max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 4})
    )
    visited_on = DayField(label=_("走访日期"))
    visitors = forms.CharField(label=_("走访人"), max_length=120, help_text=_("同行的都写上。"))
    occasion = forms.ChoiceField(label=_("走访形式"))
    round = forms.ModelChoiceField(label=_("属于哪一轮走访"), queryset=None, required=False, to_field_name="code")
    photos = PicturesField(label=_("照片"), required=False, help_text=_("最多 3 张，不要拍到无关的人。"))

    def __init__(self, *args, staff, **options):
        initial = {"visited_on": timezone.localdate(), "visitors": staff.name}
        super().__init__(*args, **{**options, "initial": {**initial, **(options.get("initial") or {})}})
        occasions = _BUREAUS if staff.organization.kind in BUREAU_KINDS else _CHARITIES
        self.fields["occasion"].choices = [(one.value, one.label) for one in occasions]
        self.fields["result"].choices = [(one.value, one.label) for one in self.RESULTS]
        today = timezone.localdate()
        self.fields["round"].queryset = rounds_of(staff).filter(since__lte=today, until__gte=today - timedelta(days=30))
        self.fields["round"].empty_label = _("不属于")

    def values(self):
        return {name: value for name, value in self.cleaned_data.items() if name not in {"photos", "area"}}


class AreaVisitForm(VisitForm):
    """To a village or street as a whole."""

    RESULTS = (VisitResult.NOTHING_FOUND, VisitResult.NEW_NEED)

    area = AreaField(label=_("走访了哪里"), widget=SuggestInput())
    homes = forms.IntegerField(label=_("走访户数"), min_value=1, max_value=5000)
    field_order = ["area", "homes"]

    def __init__(self, *args, staff, **options):
        super().__init__(*args, staff=staff, **options)
        self.fields["area"].widget.suggestions = lambda: places_of(staff)
        self.fields["result"].help_text = _("发现有困难的人，请另外报送线索或登记。")


class PeriodForm(StyledForm):
    since = DayField(label=_("从"), required=False)
    until = DayField(label=_("到"), required=False)
    area = AreaField(label=_("区划"), required=False)

    def __init__(self, data, *, own):
        super().__init__(data)
        self.own = own
        self.fields["area"].widget.attrs["placeholder"] = str(own)
        for field in self.fields.values():
            field.widget.attrs["aria-label"] = field.label

    def asked(self):
        """(area, since, until), what is missing or wrong as usual."""
        self.is_valid()
        since, until = usual_period()
        said = self.cleaned_data
        since, until = said.get("since") or since, said.get("until") or until
        return said.get("area") or self.own, min(since, until), max(since, until)


class RoundForm(StyledForm):
    title = forms.CharField(label=_("名称"), max_length=80, help_text=_("例如：入冬前走访。"))
    area = AreaField(label=_("范围"))
    since = DayField(label=_("从"))
    until = DayField(label=_("到"))
    note = forms.CharField(label=_("要求"), max_length=300, required=False, widget=forms.Textarea(attrs={"rows": 3}))
