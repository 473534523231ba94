import re
from datetime import date, timedelta

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from members import kinds
from members.kinds import PolicyStatus
from members.models import PolicyDocument, RegionalProfile
from members.profile_words import labels
from portal.lib.forms import LinesField, StyledModelForm

LISTS = {
    "scope_categories": kinds.Category,
    "simplified_categories": kinds.Category,
    "notify_whom": kinds.NotifyWhom,
    "awards": kinds.Award,
}
DAY_LIMIT = 250
_DATE_LINE = re.compile(r"(?P<name>.+?)(?:\s+(?P<begin>\d\d-\d\d)(?:\s*[—~至-]+\s*(?P<end>\d\d-\d\d))?)?")


class ProfileForm(StyledModelForm):
    """All settings of an area on one page. Clocks and meetings are kept as JSON and asked for field by field."""

    platforms = LinesField(label=gettext_lazy("对接的信息平台"), required=False, entry_max_length=40)
    brands = LinesField(label=gettext_lazy("品牌"), required=False, entry_max_length=40)
    dates = LinesField(
        label=gettext_lazy("宣传日期"),
        required=False,
        help_text=gettext_lazy("每行一个，例如“中华慈善日 09-05”或“宣传周 09-01—09-07”；日期未定的只写名称。"),
    )
    sources = LinesField(
        label=gettext_lazy("各项设置依据的条款"),
        required=False,
        help_text=gettext_lazy("每行一项，例如“简化程序：二（二）”。"),
    )
    seen = forms.CharField(widget=forms.HiddenInput, required=False, max_length=12)

    class Meta:
        model = RegionalProfile
        fields = (
            "valid_from", "is_on", "policy", "sources", "scope_categories", "is_scope_open", "consent_words",
            "same_level_only", "simplified_for", "simplified_categories", "notify_duty", "notify_whom",
            "check_required_before_aid", "duplicate_check", "complaint_channel", "feedback_way",
            "feedback_every_months", "service_set", "project_kind_set", "purchase_preference", "platforms", "brands",
            "awards", "dates", "publish_minimum", "keep_years", "note",
        )  # fmt: skip
        widgets = {"valid_from": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")}
        help_texts = {
            "valid_from": gettext_lazy("这一天以前的事项仍按原来的参数办理。最早是今天。"),
            "is_on": gettext_lazy("不启用时，沿用上级地区的参数。"),
            "keep_years": gettext_lazy("最后一次办理以后满这么多年的，列出来由两个人核实清除；个别的可以另设期限。"),
            "publish_minimum": gettext_lazy("人数少于此数的格子在公开统计中不显示，以免认出个人。"),
        }

    def __init__(self, *args, current, seen, **kwargs):
        """`current` is the profile that holds now, own or inherited: what the form starts from."""
        initial = self.initial_of(current) | {"seen": seen}
        super().__init__(*args, initial=initial | kwargs.pop("initial", {}), **kwargs)
        for name, choices in LISTS.items():
            model_field = RegionalProfile._meta.get_field(name)
            self.fields[name] = forms.MultipleChoiceField(
                label=model_field.verbose_name, choices=choices.choices, required=False,
                widget=forms.CheckboxSelectMultiple(attrs={"class": "form-check-input"}),
            )  # fmt: skip
        in_force = PolicyDocument.objects.exclude(status=PolicyStatus.REPEALED)
        self.fields["policy"].queryset = in_force.order_by("number", "title", "short_name")
        self._add_clocks(current)
        self._add_meetings(current)

    @staticmethod
    def initial_of(current):
        named = labels()
        asked_elsewhere = {"clocks", "meeting_rhythms", "sources", "dates", "policy"}
        initial = {name: getattr(current, name) for name in ProfileForm.Meta.fields if hasattr(current, name)}
        initial = {name: value for name, value in initial.items() if name not in asked_elsewhere}
        lists = {name: list(value) for name, value in initial.items() if isinstance(value, tuple)}
        return (
            initial
            | lists
            | {
                "valid_from": timezone.localdate() + timedelta(days=1),
                "policy": current.policy,
                "dates": [_date_line(*entry) for entry in current.dates],
                "sources": [f"{named[key]}：{clause}" for key, clause in current.sources.items() if key in named],
            }
        )

    def _add_clocks(self, current):
        for code, (words, _normal, _urgent) in kinds.CLOCKS.items():
            for at, pace in enumerate((_("普通"), _("加急"))):
                self.fields[f"clock_{code}_{at}"] = forms.IntegerField(
                    label=f"{words}·{pace}", min_value=0, max_value=DAY_LIMIT, initial=current.clocks[code][at],
                    widget=forms.NumberInput(attrs={"class": "form-control"}),
                )  # fmt: skip

    def _add_meetings(self, current):
        for code, words in kinds.MeetingKind.choices:
            self.fields[f"meeting_{code}"] = forms.ChoiceField(
                label=words, required=False, choices=[("", _("不设")), *kinds.Rhythm.choices],
                initial=current.meeting_rhythms.get(code, ""), widget=forms.Select(attrs={"class": "form-select"}),
            )  # fmt: skip

    @property
    def groups(self):
        """The fields under headings, in the order of the page that shows them."""
        layout = [
            (_("何时起、依据什么"), ["valid_from", "is_on", "policy", "sources", "note"]),
            (_("谁可以转介"), ["scope_categories", "is_scope_open", "same_level_only", "consent_words"]),
            (_("简化程序"), ["simplified_for", "simplified_categories"]),
            (
                _("告知、核对与检查"),
                ["notify_duty", "notify_whom", "check_required_before_aid", "duplicate_check", "complaint_channel"],
            ),
            (_("个人信息"), ["keep_years"]),
            (_("办理时限（工作日，0 为当天）"), [name for name in self.fields if name.startswith("clock_")]),
            (
                _("反馈与会商"),
                ["feedback_way", "feedback_every_months", *(n for n in self.fields if n.startswith("meeting_"))],
            ),
            (_("项目与服务"), ["project_kind_set", "service_set", "purchase_preference", "platforms"]),
            (_("宣传与奖励"), ["dates", "brands", "awards", "publish_minimum"]),
        ]
        return [(heading, [self[name] for name in names]) for heading, names in layout]

    def clean_dates(self):
        return [_date_entry(line) for line in self.cleaned_data["dates"]]

    def clean_sources(self):
        by_label = {label: setting for setting, label in labels().items()}
        found = {}
        for line in self.cleaned_data["sources"]:
            label, colon, clause = line.replace(":", "：", 1).partition("：")
            if not colon or label.strip() not in by_label:
                words = {"line": line[:20], "names": _("、").join(by_label)}
                raise forms.ValidationError(_("“%(line)s”不认得。可用的名称：%(names)s。") % words)
            found[by_label[label.strip()]] = clause.strip()
        return found

    def clean(self):
        asked = super().clean()
        asked["clocks"] = {
            code: [asked.get(f"clock_{code}_0", normal), asked.get(f"clock_{code}_1", urgent)]
            for code, (_words, normal, urgent) in kinds.CLOCKS.items()
        }
        for code, (_words, _normal, _urgent) in kinds.CLOCKS.items():
            normal, urgent = asked["clocks"][code]
            if f"clock_{code}_1" in asked and f"clock_{code}_0" in asked and urgent > normal:
                self.add_error(f"clock_{code}_1", _("加急的时限不能比普通的长。"))
        asked["meeting_rhythms"] = {
            code: asked[f"meeting_{code}"] for code in kinds.MeetingKind.values if asked.get(f"meeting_{code}")
        }
        self._clean_together(asked)
        return asked

    def _clean_together(self, asked):
        if asked.get("simplified_for") in ("category", "both") and not asked.get("simplified_categories"):
            self.add_error("simplified_categories", _("简化程序按类别适用，请至少选一个类别。"))
        if asked.get("is_scope_open") is False and not asked.get("scope_categories"):
            self.add_error("scope_categories", _("没有选任何类别，也不接受名单以外的人，就没有人可以转介了。"))


def _date_line(name, begin, end):
    if not begin:
        return name
    return f"{name} {begin}" if begin == end else f"{name} {begin}—{end}"


def _date_entry(line):
    """ "中华慈善日 09-05" as [name, first day, last day]."""
    match = _DATE_LINE.fullmatch(line)
    begin, end = match["begin"] or "", match["end"] or match["begin"] or ""
    for day in (begin, end):
        if day and not _is_day(day):
            raise forms.ValidationError(_("“%(line)s”里没有 %(day)s 这一天。") % {"line": line[:20], "day": day})
    return [match["name"].strip(), begin, end]


def _is_day(text):
    try:
        date.fromisoformat(f"2024-{text}")  # a leap year: 29 February is a day
    except ValueError:
        return False
    return True
