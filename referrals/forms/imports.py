"""Handing in a table, saying what its columns are, narrowing its rows, deciding how it is written."""

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.fields import OrganizationField
from members.models import Organization
from members.profiles import profile_of
from portal.lib.fields import DayField
from portal.lib.forms import StyledForm
from referrals.actions.imports import bureaus_for
from referrals.imports import column_choices
from referrals.models import PeopleImport
from referrals.models.imports import Choice, ImportKind, Verdict


class UploadForm(StyledForm):
    file = forms.FileField(
        label=_("文件"), max_length=120, widget=forms.FileInput(attrs={"accept": ".xlsx,.csv"}),
        help_text=_("xlsx 或 CSV，不超过 20 MB、100,000 行。可以用模板，也可以用自己的表，列名不同时可以手工对应。"),
    )  # fmt: skip
    kind = forms.ChoiceField(label=_("名单种类"), choices=ImportKind.choices)
    to = forms.ModelChoiceField(
        Organization.objects.none(), label=_("导入到"), required=False, to_field_name="code",
        help_text=_("推送给民政部门的，由他们比对和登记，本单位只看结果。"),
    )  # fmt: skip
    source = OrganizationField(
        label=_("名单来自哪个单位"), required=False,
        help_text=_("成员单位报来的填单位名称；不在单位名录里的留空，写在批次名称里。"),
    )  # fmt: skip
    platform = forms.ChoiceField(
        label=_("信息平台"), required=False, help_text=_("从信息平台导出的名单，选平台；平台在地区参数里维护。")
    )
    label = forms.CharField(
        label=_("批次名称"), max_length=80, required=False, help_text=_("例如：三季度走访摸排。不要写人的姓名。")
    )
    as_of = DayField(label=_("数据日期"), help_text=_("名单反映的是哪一天的情况。"))

    def __init__(self, *args, staff, **options):
        super().__init__(*args, **options)
        self.staff = staff
        self.fields["as_of"].initial = timezone.localdate()
        if "aid.propose" not in staff.permissions:
            self.fields["kind"].choices = [one for one in ImportKind.choices if one[0] != ImportKind.AID]
        platforms = profile_of(staff.organization.area).platforms
        self.fields["platform"].choices = [("", _("不是平台名单")), *((name, name) for name in platforms)]
        self._arrange(bureaus_for(staff))

    def _arrange(self, bureaus):
        """A unit outside civil affairs may push its list; only the bureau names whose list it is."""
        if bureaus.exists():
            self.fields["to"].queryset, self.fields["to"].empty_label = bureaus, _("本单位")
            for name in ("source", "platform"):
                del self.fields[name]
        else:
            del self.fields["to"]
            self.fields["source"].suggest(Organization.objects.in_area(self.staff.organization.area))

    def clean_as_of(self):
        day = self.cleaned_data["as_of"]
        if day > timezone.localdate():
            raise forms.ValidationError(_("数据日期晚于今天。"))
        return day

    def clean(self):
        values = super().clean()
        if values.get("kind") == ImportKind.PLATFORM and "platform" in self.fields and not values.get("platform"):
            self.add_error("platform", _("请选择是哪个信息平台。"))
        return values


class ColumnsForm(StyledForm):
    """For each heading of the file the column it is."""

    def __init__(self, *args, row, **options):
        super().__init__(*args, **options)
        self.row = row
        choices = [("", _("不导入")), *column_choices(row.kind)]
        for place, heading in enumerate(row.headings):
            key = row.columns[place] if place < len(row.columns) else ""
            self.fields[f"column_{place}"] = forms.ChoiceField(
                label=heading or _("（无列名）"), choices=choices, initial=key, required=False,
                widget=forms.Select(attrs={"class": "form-select"}),
            )  # fmt: skip

    def names(self):
        return [self.cleaned_data[f"column_{place}"] for place in range(len(self.row.headings))]


class RowFilter(forms.Form):
    verdict = forms.ChoiceField(choices=[("", _("全部")), *Verdict.choices], required=False)
    undecided = forms.BooleanField(required=False)

    def narrow(self, rows):
        if not self.is_valid():
            return rows
        if verdict := self.cleaned_data["verdict"]:
            rows = rows.filter(verdict=verdict)
        if self.cleaned_data["undecided"]:
            rows = rows.filter(verdict=Verdict.CONFLICT, choice=Choice.UNDECIDED)
        return rows


class ApplyForm(StyledForm):
    mode = forms.ChoiceField(
        label=_("怎样导入"), choices=PeopleImport.Mode.choices, widget=forms.RadioSelect, initial="all"
    )
