"""What is asked about activities, and what their lists are narrowed by."""

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from members.kinds import BUREAU_KINDS, AreaTag, Category
from members.models import Area, ContactPost, Organization
from portal.lib.fields import DayField, MoneyField
from portal.lib.forms import StyledForm, VersionField
from portal.lib.suggest import SuggestInput
from programs.forms.offers import (
    ListFilter,
    SectionedForm,
    VersionForm,
    areas_near,
    brand_choices,
    choice,
    helping_tagged,
    long,
    posts_of,
    several,
    units_with,
)
from programs.kinds import ActivityKind, ActivityMode, Fundraising, RequestKind, RequestState
from programs.models import Program
from programs.models.activities import LEVELS
from programs.supply import brands_in_use, fundraising_platforms, occasions_of, project_kind_words, project_kinds_of
from programs.workflow import ActivityState


class ActivityForm(SectionedForm):
    title = forms.CharField(label=_("活动名称"), max_length=80)
    kind = forms.ChoiceField(label=_("活动类别"), choices=[("", _("请选择")), *ActivityKind.choices])
    level = forms.ChoiceField(label=_("级别"), choices=[("", _("请选择")), *LEVELS])
    occasion = forms.CharField(
        label=_("节日、活动或灾情名称"), max_length=60, required=False, widget=SuggestInput(),
        help_text=_("节假日慰问、重大活动、灾情疫情帮扶必须填写。"),
    )  # fmt: skip
    description = forms.CharField(label=_("活动内容"), max_length=4000, widget=forms.Textarea(attrs={"rows": 5}))
    starts_on = DayField(label=_("开始日期"))
    ends_on = DayField(label=_("结束日期"), required=False)
    mode = forms.ChoiceField(label=_("线上线下"), choices=ActivityMode.choices)
    place = forms.CharField(label=_("地点"), max_length=120, required=False)
    link = forms.URLField(
        label=_("活动网址"), max_length=300, required=False, assume_scheme="https",
        help_text=_("线上活动、互联网募捐、幸福家园等平台上的页面，以 https:// 开头。"),
    )  # fmt: skip
    areas = forms.ModelMultipleChoiceField(
        Area.objects.none(), label=_("开展地区"), required=False, to_field_name="code",
        widget=forms.CheckboxSelectMultiple, help_text=_("不选就是本单位所属区划。"),
    )  # fmt: skip
    target_groups = several(_("帮扶对象类别"), Category.choices)
    whom = long(_("帮扶对象细化说明"), 500, help_text=_("具体帮哪些人、多少人。"))
    basis = long(_("需求依据"), 500, help_text=_("根据哪次摸底、统计或调研，例如“2026 年三季度需求统计”。"))
    project_kinds = several(_("项目分类"), [])
    brands = several(_("品牌"), [])
    program = forms.ModelChoiceField(
        Program.objects.none(), label=_("所属救助帮扶项目"), required=False, to_field_name="code",
        help_text=_("属于目录里某个项目的一轮活动时选择。"),
    )  # fmt: skip
    budget = MoneyField(label=_("预算（元）"), required=False)
    contact_post = forms.ModelChoiceField(
        ContactPost.objects.none(), label=_("联系岗位"), required=False, to_field_name="code",
        help_text=_("对外公开的岗位会出现在公开页面。"),
    )  # fmt: skip
    fundraising = choice(_("募捐方式"), Fundraising.choices, _("不募捐"), help_text=_("募捐项目必选。"))
    platform = choice(_("互联网募捐平台"), [], _("不在互联网募捐"))
    filing_number = forms.CharField(label=_("募捐备案编号"), max_length=40, required=False, help_text=_("公募必填。"))
    goal = MoneyField(label=_("募捐目标（元）"), required=False)
    contest = forms.CharField(
        label=_("大赛名称和届次"),
        max_length=120,
        required=False,
        help_text=_("参赛项目填写，例如：第五届慈善项目大赛。"),
    )  # fmt: skip
    award = forms.CharField(label=_("获奖情况"), max_length=120, required=False)
    version = VersionField(required=False)

    SECTIONS = (
        (_("什么活动"), ("title", "kind", "level", "occasion", "description")),
        (_("时间和地点"), ("starts_on", "ends_on", "mode", "place", "link", "areas")),
        (_("帮谁"), ("target_groups", "whom", "basis")),
        (_("归类和联系"), ("project_kinds", "brands", "program", "budget", "contact_post")),
        (_("只有募捐项目填写"), ("fundraising", "platform", "filing_number", "goal")),
        (_("只有参赛项目填写"), ("contest", "award")),
    )

    def __init__(self, *args, organization, activity=None, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["areas"].queryset = areas_near(organization, activity.areas.all() if activity else ())
        self.fields["contact_post"].queryset = posts_of(organization)
        self.fields["program"].queryset = Program.objects.filter(organization=organization).order_by("code")
        self.fields["platform"].choices = [("", _("不在互联网募捐")), *((one, one) for one in fundraising_platforms())]
        self.fields["occasion"].widget.suggestions = lambda: occasions_of(organization.area)
        kinds = project_kinds_of(organization.area)
        kept = [code for code in (activity.project_kinds if activity else ()) if code not in dict(kinds)]
        kept = list(zip(kept, project_kind_words(kept), strict=True))
        self.fields["project_kinds"].choices = [*kinds, *kept]
        self.fields["brands"].choices = brand_choices(organization, activity.brands if activity else ())
        if not self.fields["brands"].choices:
            del self.fields["brands"]

    def clean_link(self):
        link = self.cleaned_data["link"]
        if link and not link.startswith("https://"):
            raise forms.ValidationError(_("请填写以 https:// 开头的网址。"))
        return link

    @staticmethod
    def initial_of(activity):
        values = {name: getattr(activity, name) for name in ActivityForm.base_fields if name not in ("areas",)}
        return {**values, "areas": list(activity.areas.all())}


class ActivityFilter(ListFilter):
    q = forms.CharField(label=_("名称、内容或节日"), required=False, max_length=60)
    kind = choice(_("活动类别"), ActivityKind.choices, _("所有类别"))
    level = choice(_("级别"), LEVELS, _("所有级别"))
    brand = forms.CharField(label=_("品牌"), required=False, max_length=40, widget=SuggestInput())
    year = forms.IntegerField(label=_("年份"), required=False, min_value=2000, max_value=2200)
    area = forms.ModelChoiceField(Area.objects.none(), label=_("地区"), required=False, to_field_name="code")
    tag = choice(_("重点帮扶地区"), AreaTag.choices, _("不限重点帮扶地区"))
    unit = forms.ModelChoiceField(
        Organization.objects.none(), label=_("牵头单位"), required=False, to_field_name="code"
    )
    state = choice(
        _("状态"), [*ActivityState.choices, ("over", _("到期待登记结果")), ("check", _("等我审核"))], _("所有状态")
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        units = units_with("activities")
        self.fields["unit"].queryset = units
        self.fields["unit"].empty_label = _("所有单位")
        self.fields["area"].queryset = Area.objects.filter(organizations__in=units).distinct().order_by("code")
        self.fields["area"].empty_label = _("所有地区")
        self.fields["year"].widget.attrs["placeholder"] = self.fields["year"].label
        self.fields["brand"].widget.suggestions = brands_in_use

    def narrow(self, rows, to_check=None):
        asked = self.asked
        if text := asked.get("q"):
            said = Q(title__icontains=text) | Q(description__icontains=text) | Q(occasion__icontains=text)
            rows = rows.filter(said)
        for name, column in (("kind", "kind"), ("level", "level"), ("unit", "organization")):
            if value := asked.get(name):
                rows = rows.filter(**{column: value})
        if brand := asked.get("brand"):
            rows = rows.filter(brands__contains=[brand])
        if year := asked.get("year"):
            rows = rows.filter(starts_on__year=year)
        if area := asked.get("area"):
            rows = rows.in_area(area)
        if tag := asked.get("tag"):
            rows = helping_tagged(rows, tag)
        return self._in_state(rows, asked.get("state"), to_check)

    @staticmethod
    def _in_state(rows, state, to_check):
        if state == "over":
            return rows.over()
        if state == "check":
            return rows.filter(pk__in=to_check.values("pk")) if to_check is not None else rows.none()
        return rows.filter(state=state) if state else rows


class PublicActivityFilter(ActivityFilter):
    """What the public asks by: no states that are nobody's business."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name in ("unit", "level", "state", "tag"):
            del self.fields[name]


class CopyActivityForm(StyledForm):
    title = forms.CharField(label=_("新活动的名称"), max_length=80)
    starts_on = DayField(label=_("开始日期"))
    ends_on = DayField(label=_("结束日期"), required=False)


class ResultForm(VersionForm):
    ended_on = DayField(label=_("实际结束日期"))
    people_helped = forms.IntegerField(label=_("受益人数"), min_value=0, max_value=100_000_000, required=False)
    money_given = MoneyField(label=_("投入资金（元）"), required=False)
    goods_value = MoneyField(label=_("物资折价（元）"), required=False)
    hours_given = forms.DecimalField(
        label=_("服务时长（小时）"), min_value=0, max_digits=9, decimal_places=1, required=False
    )
    money_raised = MoneyField(label=_("募得资金（元）"), required=False)
    award = forms.CharField(label=_("获奖情况"), max_length=120, required=False)
    result = forms.CharField(
        label=_("结果说明"), max_length=2000, widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("会出现在公开页面，不写受助人的姓名和住址。"),
    )  # fmt: skip

    def __init__(self, *args, activity, **kwargs):
        super().__init__(*args, **kwargs)
        if activity.kind != "fundraising":
            del self.fields["money_raised"]
        if activity.kind != "contest":
            del self.fields["award"]


class RequestForm(StyledForm):
    kind = forms.ChoiceField(label=_("请求什么"), choices=RequestKind.choices, widget=forms.RadioSelect)
    organization = forms.ModelChoiceField(
        Organization.objects.none(), label=_("对方单位"), to_field_name="code",
        help_text=_("请求帮助和便利的，选民政部门或乡镇（街道）；共同举办的，选任何单位。"),
    )  # fmt: skip
    wanted = forms.CharField(
        label=_("需要什么"), max_length=500, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("场地、宣传、协调、人员、车辆等；不写困难群众的个人信息。"),
    )  # fmt: skip
    due_on = DayField(label=_("希望何时答复"), required=False)

    def __init__(self, *args, activity, **kwargs):
        super().__init__(*args, **kwargs)
        area = activity.organization.area
        near = Q(area__city=area.city) if area.city else Q(area__province=area.province)
        above = Q(kind__in=BUREAU_KINDS, area__code__in=area.ancestor_codes)
        others = Organization.objects.filter(near | above, is_suspended=False).exclude(pk=activity.organization_id)
        self.fields["organization"].queryset = others.order_by("area__code", "name")
        self.fields["organization"].empty_label = _("请选择")


class AnswerForm(StyledForm):
    state = forms.ChoiceField(
        label=_("答复"), widget=forms.RadioSelect,
        choices=[choice for choice in RequestState.choices if choice[0] in ("agreed", "partly", "declined")],
    )  # fmt: skip
    answer = forms.CharField(
        label=_("说明"), max_length=500, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("同意的写明由谁、什么时候、提供什么；不同意的写明原因。"),
    )  # fmt: skip
