"""Forms of the money of funds."""

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.fields import AreaField, AreasField
from members.kinds import Category
from members.models import Organization
from portal.lib.codes import public_code
from portal.lib.fields import DayField, MoneyField, TableFileField
from portal.lib.forms import StyledForm, VersionField
from programs.forms.funds import ASKED, several
from programs.models import DONATED, BudgetSource, Channel, FounderKind, LineKind, Naming, Program, ProgramVersion
from programs.words import KINDS

SAMPLE = _("字母、数字和 - _ / . 等符号，不写姓名。")


def programs_in_force():
    held = ProgramVersion.objects.holding_on(timezone.localdate()).values("program_id")
    return Program.objects.filter(pk__in=held).order_by("position", "code")


class ProgramChoice(forms.ModelChoiceField):
    def label_from_instance(self, program):
        return f"{program.code} {program}"


class ProgramChoices(forms.ModelMultipleChoiceField):
    def label_from_instance(self, program):
        return f"{program.code} {program}"


def sum_field(**options):
    return MoneyField(label=_("金额（元）"), **options)


def day_field(label):
    return DayField(label=label, initial=timezone.localdate)


def reference_field(label, words=SAMPLE):
    return forms.CharField(label=label, max_length=40, help_text=words)


class DonorForm(StyledForm):
    """How somebody who gave agreed to be named."""

    donor_kind = forms.ChoiceField(label=_("捐赠人类型"), choices=FounderKind.choices, initial="legal_person")
    donor_naming = forms.ChoiceField(label=_("捐赠人怎么署名"), choices=Naming.choices, initial="anonymous")
    donor_name = forms.CharField(
        label=_("捐赠人署名"), max_length=120, required=False,
        help_text=_("照捐赠人同意公示的写；匿名不填。真实姓名和联系方式只留在捐赠票据上，不录入本系统。"),
    )  # fmt: skip


class IncomeForm(DonorForm):
    """A sum that came in: by which way, from whom, tied to what."""

    amount = sum_field()
    day = day_field(_("到账日期"))
    channel = forms.ChoiceField(label=_("资金渠道"), choices=[*ASKED, *Channel.choices])
    reference = reference_field(_("票据号或流水号"), _("同一票据号只入账一次。字母、数字和 - _ / . 等符号，不写姓名。"))
    programs = ProgramChoices(
        Program.objects.none(), to_field_name="code", label=_("只能用于这些项目"), required=False,
        widget=forms.CheckboxSelectMultiple, help_text=_("捐赠人没有限定就都不选；选了几类限定的要同时满足。"),
    )  # fmt: skip
    kinds = several(_("只能用于这些帮扶类别"), list(KINDS.items()))
    groups = several(_("只能用于这些对象"), Category.choices)
    areas = AreasField(
        label=_("只能用于这些地区"), required=False, help_text=_("每行一个，填名称或 12 位代码；包括其下级。")
    )
    until = DayField(
        label=_("使用期限"), required=False, help_text=_("最后可用的一天，过了就不能再承诺；没有期限不填。")
    )
    note = forms.CharField(label=_("说明"), max_length=200, required=False, help_text=_("不写个人姓名。"))

    field_order = ["amount", "day", "channel", "reference", "donor_kind", "donor_naming", "donor_name"]
    SECTIONS = [
        (_("入账"), ("amount", "day", "channel", "reference", "note")),
        (_("捐赠人"), ("donor_kind", "donor_naming", "donor_name")),
        (_("捐赠人对用途的限定"), ("programs", "kinds", "groups", "areas", "until")),
    ]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["programs"].queryset = programs_in_force()

    @property
    def sections(self):
        return [(heading, [self[name] for name in names]) for heading, names in self.SECTIONS]

    def clean(self):
        asked = super().clean()
        is_named = asked.get("donor_naming") in (Naming.REAL, Naming.ALIAS)
        if asked.get("channel") in DONATED and is_named and not asked.get("donor_name"):
            self.add_error("donor_name", _("公开名称或化名时要填署名；不愿署名请选匿名。"))
        return asked

    @property
    def income(self):
        """What the action asks for."""
        asked = self.cleaned_data
        wishes = {
            "programs": [program.code for program in asked["programs"]],
            "kinds": asked["kinds"],
            "groups": asked["groups"],
            "areas": [area.code for area in asked["areas"]],
            "until": asked["until"],
        }
        plain = {name: asked[name] for name in ("amount", "day", "channel", "reference", "note")}
        donor = {name: asked[name] for name in ("donor_kind", "donor_naming", "donor_name")}
        return plain | {"restriction": wishes, "donor": donor}


class CommitForm(StyledForm):
    """A sum to be set aside for one use. What is not said fits no donor's wish that asks for it."""

    amount = sum_field()
    reference = reference_field(_("依据编号"), _("个案单号、批次或请示文号；同一编号只承诺一次。不写姓名。"))
    program = ProgramChoice(
        Program.objects.none(), to_field_name="code", label=_("项目"), required=False,
        help_text=_("选了项目，帮扶类别就照项目的。"),
    )  # fmt: skip
    kind = forms.ChoiceField(label=_("帮扶类别"), required=False, choices=[("", _("不选")), *KINDS.items()])
    groups = several(_("对象类别"), Category.choices)
    area = AreaField(label=_("受助人所在地区"), required=False, help_text=_("填名称或 12 位代码。"))
    note = forms.CharField(label=_("说明"), max_length=200, required=False, help_text=_("不写个人姓名。"))

    def __init__(self, *args, fund, **kwargs):
        super().__init__(*args, **kwargs)
        held = programs_in_force().filter(is_container=False)
        naming = ProgramVersion.objects.holding_on(timezone.localdate())
        other = naming.exclude(fund_codes=[]).exclude(fund_codes__contains=[fund.code]).values("program_id")
        self.fields["program"].queryset = held.exclude(pk__in=other)

    @property
    def use(self):
        asked = self.cleaned_data
        return {name: asked[name] for name in ("program", "kind", "groups", "area")}


class ReleaseForm(StyledForm):
    amount = sum_field(required=False, help_text=_("不填就解除全部未付的部分。"))
    reason = forms.CharField(label=_("原因"), max_length=200)
    # A second click with the same form counts once.
    once = forms.CharField(widget=forms.HiddenInput, max_length=12, initial=public_code)


class PayForm(StyledForm):
    amount = sum_field()
    day = day_field(_("付款日期"))
    reference = reference_field(_("付款凭证号"), _("同一凭证只登记一次。字母、数字和 - _ / . 等符号，不写姓名。"))


class CorrectForm(StyledForm):
    kind = forms.ChoiceField(label=_("怎么冲正"))
    amount = sum_field()
    day = day_field(_("发生日期"))
    reference = reference_field(_("凭证号"))
    reason = forms.CharField(label=_("原因"), max_length=200, help_text=_("不写个人姓名。"))

    def __init__(self, *args, kinds, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = [(kind.value, kind.label) for kind in kinds]


class RejectForm(StyledForm):
    decision = forms.CharField(label=_("退回原因"), max_length=200)


class LineFilter(StyledForm):
    """What the ledger is narrowed by."""

    kind = forms.ChoiceField(label=_("类别"), required=False, choices=[("", _("所有类别")), *LineKind.choices])
    channel = forms.ChoiceField(label=_("资金渠道"), required=False, choices=[("", _("所有渠道")), *Channel.choices])
    program = forms.ChoiceField(label=_("项目"), required=False)
    since = DayField(label=_("从"), required=False)
    until = DayField(label=_("到"), required=False)

    def __init__(self, *args, codes, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["program"].choices = [("", _("所有项目")), *[(code, code) for code in codes]]
        for field in self.fields.values():
            field.widget.attrs["aria-label"] = field.label

    def narrow(self, lines):
        self.is_valid()
        asked = self.cleaned_data
        for name, column in (("kind", "kind"), ("channel", "channel"), ("program", "program_code")):
            if asked.get(name):
                lines = lines.filter(**{column: asked[name]})
        if asked.get("since"):
            lines = lines.filter(day__gte=asked["since"])
        if asked.get("until"):
            lines = lines.filter(day__lte=asked["until"])
        return lines


class StatementForm(StyledForm):
    file = TableFileField(label=_("工作簿"), max_length=200, help_text=_("xlsx 或 CSV，最多 500 行；表头用模板的。"))


class BudgetForm(StyledForm):
    """What a unit has in a year for the work itself."""

    year = forms.IntegerField(
        label=_("年度"), min_value=2000, max_value=2100, initial=lambda: timezone.localdate().year
    )
    source = forms.ChoiceField(label=_("来源"), choices=[*ASKED, *BudgetSource.choices])
    planned = MoneyField(label=_("安排（元）"))
    spent = MoneyField(label=_("已用（元）"), initial="0.00")
    note = forms.CharField(label=_("说明"), max_length=200, required=False)
    version = VersionField(required=False)


class OverviewFilter(StyledForm):
    year = forms.ChoiceField(label=_("年度"), required=False)
    unit = forms.ModelChoiceField(
        Organization.objects.none(), label=_("管理单位"), required=False, to_field_name="code"
    )

    def __init__(self, *args, seen, years, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["year"].choices = [("", _("各年合计")), *[(str(year), str(year)) for year in years]]
        self.fields["unit"].queryset = Organization.objects.filter(funds__in=seen).distinct().order_by("name")
        self.fields["unit"].empty_label = _("所有单位")
        for field in self.fields.values():
            field.widget.attrs["aria-label"] = field.label

    @property
    def asked(self):
        self.is_valid()
        return self.cleaned_data
