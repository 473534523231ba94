"""Forms of the register of funds."""

from django import forms
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.fields import AreaField, OrganizationField
from members.models import Area, Organization
from portal.lib import uploads
from portal.lib.fields import DayField, MoneyField
from portal.lib.forms import StyledForm, VersionField
from programs.models import EmergencyCause, EmergencyGap, FounderKind, FundKind, Naming, Recipient

FILE_KINDS = ("pdf", "docx", "jpg", "png")
ASKED = [("", _("请选择"))]


def several(label, choices, **options):
    return forms.MultipleChoiceField(
        label=label, choices=choices, required=False, widget=forms.CheckboxSelectMultiple, **options
    )


def long_text(label, *, rows=4, **options):
    return forms.CharField(label=label, widget=forms.Textarea(attrs={"rows": rows}), **options)


class FundForm(StyledForm):
    """What a fund is for, who founded it, who runs it."""

    code = forms.SlugField(
        label=_("基金编号"), max_length=60, required=False,
        help_text=_("项目用它写明由哪项基金出资，例如 jjn-2026；不填由系统编，登记后不能改。"),
    )  # fmt: skip
    name = forms.CharField(label=_("基金名称"), max_length=120)
    kind = forms.ChoiceField(label=_("基金类型"), choices=[*ASKED, *FundKind.choices])
    purpose = long_text(_("用途"), max_length=2000, help_text=_("帮谁、帮什么；对外公示时照此公布。"))
    fit = forms.CharField(
        label=_("与宗旨和业务范围的关系"), max_length=300, required=False,
        help_text=_("慈善资金必填：为什么符合本单位章程规定的宗旨和业务范围。"),
    )  # fmt: skip
    area = AreaField(label=_("使用地区"), help_text=_("填名称或 12 位代码；县级以上可以只填 6 位。"))
    founder_kind = forms.ChoiceField(label=_("发起人类型"), choices=[*ASKED, *FounderKind.choices])
    founder_naming = forms.ChoiceField(label=_("发起人怎么署名"), choices=Naming.choices)
    founder_name = forms.CharField(
        label=_("发起人署名"), max_length=120, required=False,
        help_text=_("照发起人同意的写；化名就写化名，匿名不填。真实姓名留在本单位的协议里。"),
    )  # fmt: skip
    joint_bureau = OrganizationField(
        label=_("共同管理的民政部门"), required=False, help_text=_("救急难基金由同级民政部门与慈善总会共同管理的填写。")
    )
    causes = several(_("救助情形"), EmergencyCause.choices, help_text=_("以下三项只有救急难基金填写。"))
    gaps = several(_("与其他救助的关系"), EmergencyGap.choices)
    recipients = several(_("救助对象"), Recipient.choices)
    reserve = MoneyField(
        label=_("留存（元）"), required=False, help_text=_("不限用途的钱留下这么多不承诺，量力而行；不填为零。")
    )
    warn_below = MoneyField(label=_("预警线（元）"), required=False, help_text=_("可用余额低于它时提醒。"))
    opened_on = DayField(label=_("设立日期"), initial=timezone.localdate)
    is_public = forms.BooleanField(label=_("对外公示募集、管理和使用情况"), required=False, initial=True)
    version = VersionField(required=False)

    def __init__(self, *args, actor, fund=None, **kwargs):
        super().__init__(*args, **kwargs)
        near = Organization.objects.bureaus().filter(area=actor.organization.area)
        self.fields["joint_bureau"].suggest(near)
        if fund is not None:
            del self.fields["code"]

    def clean_reserve(self):
        return self.cleaned_data["reserve"] or 0

    def clean_opened_on(self):
        day = self.cleaned_data["opened_on"]
        if day > timezone.localdate():
            raise forms.ValidationError(_("日期还没有到。"))
        return day


class RulesForm(StyledForm):
    """Standard, procedure and running rules from one day on."""

    valid_from = DayField(label=_("从哪一天起执行"), initial=timezone.localdate)
    standard = long_text(
        _("救助标准"), max_length=4000, help_text=_("按募集资金和当地水平确定；写清给谁、给多少、多久一次。")
    )
    procedure = long_text(_("办理程序"), max_length=4000, help_text=_("谁申请、谁审核、谁审批、几天办完。"))
    running = long_text(
        _("运行和监督规则"), max_length=4000, required=False, help_text=_("账户、审批权限、公示、审计。")
    )
    note = forms.CharField(label=_("修改说明"), max_length=500, required=False)
    file = forms.FileField(
        label=_("盖章的文件"), required=False, max_length=200,
        widget=forms.FileInput(attrs={"accept": ".pdf,.docx,.jpg,.png"}),
        help_text=_("PDF、Word 或图片，最大 20 MB；加密保存。"),
    )  # fmt: skip

    def clean_file(self):
        return uploads.check(self.cleaned_data["file"], FILE_KINDS) if self.cleaned_data["file"] else None


class CloseForm(StyledForm):
    reason = long_text(_("原因"), max_length=500, rows=3)


STATES = [
    ("", _("使用中")),
    ("short", _("资金不足")),
    ("stale", _("待核对")),
    ("closed", _("已停用")),
    ("all", _("全部")),
]


class FundFilter(StyledForm):
    """What the list is narrowed by. A value that makes no sense narrows nothing."""

    q = forms.CharField(label=_("名称、编号、用途"), required=False, max_length=60)
    kind = forms.ChoiceField(label=_("基金类型"), required=False, choices=[("", _("所有类型")), *FundKind.choices])
    area = forms.ModelChoiceField(Area.objects.none(), label=_("地区"), required=False, to_field_name="code")
    unit = forms.ModelChoiceField(
        Organization.objects.none(), label=_("管理单位"), required=False, to_field_name="code"
    )
    state = forms.ChoiceField(label=_("状态"), required=False, choices=STATES)

    def __init__(self, *args, seen, **kwargs):
        super().__init__(*args, **kwargs)
        hosts = Organization.objects.filter(funds__in=seen)
        self.fields["unit"].queryset = hosts.distinct().order_by("area__code", "name")
        self.fields["area"].queryset = Area.objects.filter(organizations__in=hosts).distinct().order_by("code")
        self.fields["area"].empty_label = _("所有地区")
        self.fields["unit"].empty_label = _("所有单位")
        self.fields["q"].widget.attrs["placeholder"] = self.fields["q"].label
        for field in self.fields.values():
            field.widget.attrs["aria-label"] = field.label

    @property
    def asked(self):
        self.is_valid()
        return self.cleaned_data

    def narrow(self, funds):
        """`funds` are read with their figures."""
        asked = self.asked
        if text := asked.get("q"):
            funds = funds.filter(mentions(text))
        if kind := asked.get("kind"):
            funds = funds.filter(kind=kind)
        if unit := asked.get("unit"):
            funds = funds.filter(organization=unit)
        if area := asked.get("area"):
            near = {"organization__area": area} if area.level == "village" else {
                f"organization__area__{area.level}": area.code
            }  # fmt: skip
            funds = funds.filter(**near)
        narrow = IN_STATE.get(asked.get("state", ""))
        return narrow(funds) if narrow else funds.open()


IN_STATE = {
    "short": lambda rows: rows.short(),
    "stale": lambda rows: rows.unconfirmed(),
    "closed": lambda rows: rows.exclude(closed_on=None),
    "all": lambda rows: rows,
}


def mentions(text):
    """By code, name or purpose. Never by who founded it: names of people are no part of an address."""
    return Q(code__iexact=text) | Q(name__icontains=text) | Q(purpose__icontains=text)
