from django import forms
from django.utils.translation import gettext_lazy as _

from members.models import Agreement, Area, Organization
from portal.lib.fields import DayField
from portal.lib.forms import StyledForm, VersionField
from programs import targets
from programs.facts import pick
from programs.models import Program
from programs.words import KINDS, PROJECT_KINDS

STATES = [
    ("", _("所有状态")),
    ("in_force", _("生效中")),
    ("over", _("已停止")),
    ("draft", _("有草稿")),
    ("submitted", _("待发布")),
]


class ProgramFilter(StyledForm):
    """What the list is narrowed by. A value that makes no sense narrows nothing."""

    q = forms.CharField(label=_("病种、学段、困难…"), required=False, max_length=60)
    kind = forms.ChoiceField(label=_("帮扶类别"), required=False, choices=[("", _("所有类别")), *KINDS.items()])
    project_kind = forms.ChoiceField(
        label=_("项目分类"), required=False, choices=[("", _("所有分类")), *PROJECT_KINDS.items()]
    )
    group = forms.ChoiceField(label=_("帮扶人群"), required=False)
    area = forms.ModelChoiceField(Area.objects.none(), label=_("地区"), required=False, to_field_name="code")
    unit = forms.ModelChoiceField(
        Organization.objects.none(), label=_("主管单位"), required=False, to_field_name="code"
    )
    state = forms.ChoiceField(label=_("状态"), required=False, choices=STATES)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        lists = [(heading, [(code, pick(pair)) for code, pair in pairs.items()]) for heading, pairs in targets.headed()]
        self.fields["group"].choices = [("", _("所有人群")), *lists]
        managing = Organization.objects.filter(programs__isnull=False)
        self.fields["unit"].queryset = managing.distinct().order_by("area__code", "name")
        self.fields["area"].queryset = Area.objects.filter(organizations__in=managing).distinct().order_by("code")
        self.fields["area"].empty_label = _("所有地区")
        self.fields["unit"].empty_label = _("所有单位")
        self.fields["q"].widget.attrs["placeholder"] = self.fields["q"].label
        for field in self.fields.values():
            field.widget.attrs["aria-label"] = field.label

    @property
    def asked(self):
        self.is_valid()
        return self.cleaned_data


class ProgramForm(StyledForm):
    """A new program: what the editor then fills in."""

    code = forms.SlugField(
        label=_("项目编号"), max_length=20,
        help_text=_("字母、数字、连字符，例如 P13；建好后不能改。已有子项目的写成 P06-3。"),
    )  # fmt: skip
    name = forms.CharField(label=_("名称"), max_length=120)
    kind = forms.ChoiceField(label=_("帮扶类别"), choices=[("", _("请选择")), *KINDS.items()])
    parent = forms.ModelChoiceField(
        Program.objects.none(), label=_("上级项目"), required=False, to_field_name="code",
        help_text=_("只有分成几个子项目的才有上级，例如 P06-1 的上级是 P06。"),
    )  # fmt: skip

    def __init__(self, *args, actor, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["parent"].queryset = Program.objects.filter(is_container=True, organization=actor.organization)


class CopyForm(StyledForm):
    code = forms.SlugField(
        label=_("新项目的编号"), max_length=20, help_text=_("材料编号会跟着改，例如 P02-D1 变成 P13-D1。")
    )
    name = forms.CharField(label=_("新项目的名称"), max_length=120, required=False, help_text=_("不填则沿用原名称。"))


class DraftForm(StyledForm):
    note = forms.CharField(
        label=_("为什么要改"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("例如：按市里新文件调整档次。会和版本一起保存。"),
    )  # fmt: skip


class RevisionForm(StyledForm):
    revision = VersionField()


class ReasonForm(RevisionForm):
    reason = forms.CharField(label=_("原因"), max_length=500, widget=forms.Textarea(attrs={"rows": 3}))


class ReleaseForm(RevisionForm):
    # Only where the version has no condition.
    is_for_everyone = forms.BooleanField(
        label=_("确认：这个项目没有条件，人人可以申请"),
        required=False,
    )
    valid_from = DayField(
        label=_("从哪一天起生效"),
        help_text=_("这一天起提交的申请按新版本判定；此前的仍按旧版本。"),
    )


class AgreementForm(StyledForm):
    agreement = forms.ModelChoiceField(
        Agreement.objects.none(), label=_("合作协议"), required=False, to_field_name="code",
        help_text=_("协议约定的金额上限会限制可发放的金额。"),
    )  # fmt: skip

    def __init__(self, *args, program, **kwargs):
        super().__init__(*args, **kwargs)
        held = Agreement.objects.of([program.organization_id]) | Agreement.objects.filter(pk=program.agreement_id)
        self.fields["agreement"].queryset = held.distinct().order_by("title")
        self.fields["agreement"].empty_label = _("没有协议")
