from django import forms
from django.utils.translation import gettext_lazy as _

from members.fields import AreaField
from members.kinds import Category, NeedKind
from portal.lib.fields import MoneyField
from portal.lib.forms import StyledForm, VersionField
from referrals.kinds import Ground, HardshipCause, NeedForm, NeedState, NeedWeight, Urgency
from referrals.models import PersonCategory


class NeedEntryForm(StyledForm):
    kind = forms.ChoiceField(label=_("需求类别"), choices=[("", _("请选择")), *NeedKind.choices])
    wish = forms.CharField(
        label=_("具体需要什么"), max_length=500, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("用家庭自己的话写，例如：冬天前换一扇不漏风的门。"),
    )  # fmt: skip
    form = forms.ChoiceField(
        label=_("物质或服务"), choices=NeedForm.choices, initial=NeedForm.MATERIAL, widget=forms.RadioSelect
    )
    estimated_yuan = MoneyField(label=_("预计费用（元）"), required=False, help_text=_("不清楚可以不填。"))
    weight = forms.ChoiceField(
        label=_("层次"), choices=NeedWeight.choices, initial=NeedWeight.BASIC, widget=forms.RadioSelect
    )
    urgency = forms.ChoiceField(
        label=_("紧急程度"), choices=Urgency.choices, initial=Urgency.NORMAL, widget=forms.RadioSelect
    )
    ground = forms.ChoiceField(label=_("转介事由"), choices=[("", _("还没有确定")), *Ground.choices], required=False)
    causes = forms.MultipleChoiceField(
        label=_("致困原因"), choices=HardshipCause.choices, required=False, widget=forms.CheckboxSelectMultiple
    )
    version = VersionField(required=False)

    def values(self):
        return {name: value for name, value in self.cleaned_data.items() if name != "version"}

    @staticmethod
    def initial_of(need):
        names = ("kind", "wish", "form", "estimated_yuan", "weight", "urgency", "ground", "causes", "version")
        return {name: getattr(need, name) for name in names}


class MoveNeedForm(StyledForm):
    state = forms.ChoiceField(label=_("现在"), choices=NeedState.choices, widget=forms.RadioSelect)
    note = forms.CharField(
        label=_("怎么解决的，或者为什么"), max_length=300, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )


class NeedFilter(StyledForm):
    """In the URL: nothing in here tells of one person."""

    area = AreaField(required=False, label=_("区划"))
    kind = forms.ChoiceField(required=False, label=_("需求类别"), choices=[("", _("各种需求")), *NeedKind.choices])
    cause = forms.ChoiceField(
        required=False, label=_("致困原因"), choices=[("", _("各种原因")), *HardshipCause.choices]
    )
    category = forms.ChoiceField(required=False, label=_("类别"), choices=[("", _("各种类别")), *Category.choices])
    weight = forms.ChoiceField(required=False, label=_("层次"), choices=[("", _("各个层次")), *NeedWeight.choices])
    form = forms.ChoiceField(required=False, label=_("物质或服务"), choices=[("", _("物质和服务")), *NeedForm.choices])
    urgency = forms.ChoiceField(required=False, label=_("紧急程度"), choices=[("", _("不限缓急")), *Urgency.choices])
    ground = forms.ChoiceField(required=False, label=_("转介事由"), choices=[("", _("各种事由")), *Ground.choices])
    state = forms.ChoiceField(
        required=False, label=_("状态"),
        choices=[("", _("未解决")), ("all", _("全部")), *NeedState.choices],
    )  # fmt: skip
    sort = forms.ChoiceField(
        required=False, label=_("排序"),
        choices=[("", _("最急的在前")), ("weight", _("兜底的在前")), ("newest", _("最新的在前"))],
    )  # fmt: skip
    ORDERS = {"": ["rank", "-pk"], "weight": ["weight_rank", "rank", "-pk"], "newest": ["-pk"]}

    def __init__(self, data):
        super().__init__(data)
        self.fields["area"].widget.attrs["placeholder"] = _("区划名称或代码")
        for field in self.fields.values():
            field.widget.attrs["aria-label"] = field.label

    def narrow(self, needs):
        self.is_valid()
        asked = self.cleaned_data
        if area := asked.get("area"):
            column = "person__residence" if area.level == "village" else f"person__{area.level}"
            needs = needs.filter(**{column: area if area.level == "village" else area.code})
        for name in ("kind", "weight", "form", "urgency", "ground"):
            if asked.get(name):
                needs = needs.filter(**{name: asked[name]})
        if asked.get("cause"):
            needs = needs.filter(causes__contains=[asked["cause"]])
        if asked.get("category"):
            held = PersonCategory.objects.current().filter(category=asked["category"])
            needs = needs.filter(person__in=held.values("person"))
        return self._in_state(needs, asked.get("state", ""))

    @staticmethod
    def _in_state(needs, state):
        if state == "all":
            return needs
        return needs.filter(state=state) if state else needs.open()

    @property
    def is_wide(self):
        """Is one of the rarer conditions set?"""
        return any(self.cleaned_data.get(name) for name in ("cause", "category", "weight", "form", "ground"))

    @property
    def order(self):
        return self.ORDERS[self.cleaned_data.get("sort", "")]
