"""What is asked about a unit, and what the register is narrowed by."""

from django import forms
from django.utils.translation import gettext_lazy as _

from members.access import may
from members.actions.organizations import PROFILE, REGISTER
from members.fields import GROUPS, AreaField, AreasField, OrganizationField, kind_choices
from members.kinds import (
    Capacity,
    Category,
    Direction,
    Level,
    NeedKind,
    RelationKind,
)
from members.models import Area, Organization
from portal.lib.fields import CreditCodeField, DayField, TelephoneField
from portal.lib.forms import StyledForm, VersionField
from portal.lib.telephones import refuse_mobile


def _several(label, choices, **options):
    return forms.MultipleChoiceField(
        label=label, choices=choices, required=False, widget=forms.CheckboxSelectMultiple, **options
    )


def _long(label, **options):
    widget = forms.Textarea(attrs={"rows": 3})
    return forms.CharField(label=label, max_length=2000, required=False, widget=widget, **options)


class OrganizationForm(StyledForm):
    name = forms.CharField(label=_("名称"), max_length=120, help_text=_("与登记证书或公章一致。"))
    short_name = forms.CharField(label=_("简称"), max_length=40, required=False)
    kind = forms.ChoiceField(label=_("机构类型"))
    level = forms.ChoiceField(label=_("层级"), choices=[("", _("请选择")), *Level.choices])
    level_name = forms.CharField(
        label=_("层级的本地叫法"), max_length=20, required=False, help_text=_("例如：镇街、实验区、地区。")
    )
    area = AreaField(label=_("所属区划"), help_text=_("填名称或 12 位代码；县级以上可以只填 6 位。"))
    parent = OrganizationField(label=_("上级单位"), required=False)
    credit_code = CreditCodeField(required=False)
    is_recognized_charity = forms.BooleanField(label=_("已认定为慈善组织"), required=False)
    recognized_on = DayField(label=_("认定日期"), required=False)
    is_recognition_candidate = forms.BooleanField(
        label=_("拟培育认定"),
        required=False,
        help_text=_("主要从事民生、乡村振兴、低收入帮扶的社会组织，可以培育认定。"),
    )
    has_public_fundraising = forms.BooleanField(label=_("有公开募捐资格"), required=False)
    fundraising_from = DayField(label=_("公开募捐资格起"), required=False)
    fundraising_until = DayField(label=_("公开募捐资格止"), required=False)
    purpose = _long(_("宗旨"), help_text=_("照章程填写。"))
    business_scope = _long(_("业务范围"))
    strengths = _long(_("专长优势"), help_text=_("擅长帮哪些人、解决什么困难。"))
    service_areas = AreasField(
        label=_("服务区域"), required=False, help_text=_("每行一个，填名称或代码；不填就是所属区划。")
    )
    target_groups = _several(_("服务人群"), Category.choices)
    directions = _several(_("接收方向"), Direction.choices)
    need_kinds = _several(_("接收的需求"), NeedKind.choices)
    version = VersionField(required=False)

    SECTIONS = [
        (_("是什么单位"), ("name", "short_name", "kind", "level", "level_name", "area", "parent", "credit_code")),
        (
            _("认定和募捐资格"),
            ("is_recognized_charity", "recognized_on", "is_recognition_candidate", "has_public_fundraising",
             "fundraising_from", "fundraising_until"),
        ),
        (_("做什么"), ("purpose", "business_scope", "strengths", "service_areas")),
        (_("接收什么"), ("target_groups", "directions", "need_kinds")),
    ]  # fmt: skip

    def __init__(self, *args, actor, organization=None, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = [("", _("请选择")), *kind_choices()]
        self.fields["parent"].suggest(Organization.objects.in_area(_above(actor.organization.area)))
        if organization and not may(actor, "organization.register", organization):
            for name in REGISTER:
                del self.fields[name]

    @property
    def sections(self):
        """(heading, fields) of what this person is asked."""
        for heading, names in self.SECTIONS:
            fields = [self[name] for name in names if name in self.fields]
            if fields:
                yield heading, fields

    @staticmethod
    def initial_of(organization):
        values = {name: getattr(organization, name) for name in (*REGISTER, *PROFILE)}
        return {**values, "service_areas": list(organization.service_areas.all()), "version": organization.version}


def _above(area):
    return Area.objects.filter(code=area.ancestor_codes[-1]).first() or area if area.ancestor_codes else area


class OrganizationFilter(StyledForm):
    """What the register is narrowed by. A value that makes no sense narrows nothing."""

    q = forms.CharField(label=_("名称或信用代码"), required=False, max_length=60)
    area = forms.CharField(label=_("区划代码或名称"), required=False, max_length=60)
    kind = forms.ChoiceField(label=_("机构类型"), required=False)
    level = forms.ChoiceField(label=_("层级"), required=False, choices=[("", _("所有层级")), *Level.choices])
    direction = forms.ChoiceField(
        label=_("接收方向"), required=False, choices=[("", _("所有方向")), *Direction.choices]
    )
    need = forms.ChoiceField(label=_("接收的需求"), required=False, choices=[("", _("所有需求")), *NeedKind.choices])
    show = forms.CharField(required=False, max_length=20, widget=forms.HiddenInput)

    # tab -> what it narrows to
    TABS = {
        "": lambda rows: rows,
        "open": lambda rows: rows.filter(capacity=Capacity.OPEN, is_suspended=False),
        "limited": lambda rows: rows.filter(capacity=Capacity.LIMITED, is_suspended=False),
        "full": lambda rows: rows.filter(capacity=Capacity.FULL, is_suspended=False),
        "unconfirmed": lambda rows: rows.awaiting_confirmation().active(),
        "suspended": lambda rows: rows.filter(is_suspended=True),
    }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        groups = [(f"group:{place}", label) for place, (label, _kinds) in enumerate(GROUPS)]
        self.fields["kind"].choices = [("", _("所有类型")), (_("大类"), groups), *kind_choices()]
        for name in ("q", "area"):
            self.fields[name].widget.attrs["placeholder"] = self.fields[name].label
        for name, field in self.fields.items():
            if name != "show":
                field.widget.attrs["aria-label"] = field.label

    def narrow(self, rows):
        """All filters but the tab."""
        self.is_valid()
        asked = self.cleaned_data
        if asked.get("q"):
            rows = rows.search(asked["q"])
        if asked.get("area"):
            rows = self._in_area(rows, asked["area"])
        if asked.get("kind"):
            rows = rows.filter(kind__in=_kinds_of(asked["kind"]))
        if asked.get("level"):
            rows = rows.filter(level=asked["level"])
        if asked.get("direction"):
            rows = rows.filter(directions__contains=[asked["direction"]])
        if asked.get("need"):
            rows = rows.filter(need_kinds__contains=[asked["need"]])
        return rows

    @property
    def tab(self):
        shown = self.cleaned_data.get("show", "")
        return shown if shown in self.TABS else ""

    def _in_area(self, rows, text):
        areas = Area.objects.filter(code=text.ljust(12, "0")) if text.isdigit() else Area.objects.filter(name=text)
        area = areas.first()
        return rows.in_area(area) if area else rows.filter(area__name__contains=text)


def _kinds_of(choice):
    if choice.startswith("group:"):
        return GROUPS[int(choice.removeprefix("group:"))][1]
    return [choice]


class CapacityForm(StyledForm):
    seen = forms.ChoiceField(choices=Capacity.choices, widget=forms.HiddenInput)
    capacity = forms.ChoiceField(label=_("现在"), choices=Capacity.choices)


class ReasonForm(StyledForm):
    reason = forms.CharField(label=_("原因"), max_length=500, widget=forms.Textarea(attrs={"rows": 3}))


class RelationForm(StyledForm):
    kind = forms.ChoiceField(label=_("本单位是对方的"), choices=[("", _("请选择")), *RelationKind.choices])
    other = OrganizationField(label=_("对方单位"))
    from_on = DayField(label=_("开始日期"))
    note = forms.CharField(label=_("说明"), max_length=200, required=False)

    def __init__(self, *args, organization, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["other"].suggest(Organization.objects.in_area(organization.area).exclude(pk=organization.pk))


class ContactPostForm(StyledForm):
    title = forms.CharField(label=_("岗位"), max_length=60, help_text=_("写岗位，不写个人姓名，例如：社会救助股。"))
    phone = TelephoneField(label=_("办公电话"), required=False, help_text=_("带区号的固定电话或服务热线。"))
    hours = forms.CharField(
        label=_("工作时间"), max_length=60, required=False, help_text=_("例如：工作日 8:30–11:30，13:30–17:00。")
    )
    address = forms.CharField(label=_("地址"), max_length=120, required=False)
    is_public = forms.BooleanField(
        label=_("对外公开"), required=False, help_text=_("公开的会出现在公众能看到的页面；不能是个人手机号。")
    )
    version = VersionField(required=False)

    def clean(self):
        data = super().clean()
        if data.get("is_public"):
            if data.get("phone"):
                self._try("phone", refuse_mobile, data["phone"])
            elif not data.get("address"):
                self.add_error("phone", _("对外公开的岗位，请至少填写电话或地址。"))
        return data

    def _try(self, name, check, value):
        try:
            check(value)
        except forms.ValidationError as error:
            self.add_error(name, error)


class CloneForm(StyledForm):
    county = AreaField(label=_("县（市、区）"), help_text=_("填名称或 6 位代码。"))


def in_words(name, value):
    """A value as the history keeps it, for people."""
    model_field = Organization._meta.get_field(name)
    if value in ("", None, []):
        return "—"
    if isinstance(value, bool):
        return _("是") if value else _("否")
    if name in ("area", "service_areas"):
        codes = value if isinstance(value, list) else [value]
        return _("、").join(Area.objects.filter(code__in=codes).values_list("name", flat=True)) or _("、").join(codes)
    if name == "parent":
        return Organization.objects.filter(code=value).values_list("name", flat=True).first() or value
    if isinstance(value, list):
        labels = dict(model_field.base_field.choices)
        return _("、").join(str(labels.get(one, one)) for one in value)
    return str(dict(model_field.choices or ()).get(value, value))


def label_of(name):
    return OrganizationForm.base_fields[name].label
