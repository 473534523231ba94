"""What is asked about offers and wishes, and what their lists are narrowed by."""

from django import forms
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.kinds import SERVICE_IN_SET_B, AreaTag, Category, NeedKind, ServiceKind
from members.models import Agreement, Area, ContactPost, Organization
from portal.lib.fields import DayField, MoneyField, TableFileField
from portal.lib.forms import StyledForm, VersionField
from programs.kinds import AgeBand, AidForm, PointKind
from programs.models import Offer, Wish
from programs.supply import brands_of, wishes_to_fulfill
from programs.workflow import WishState


def several(label, choices, **options):
    return forms.MultipleChoiceField(
        label=label, choices=choices, required=False, widget=forms.CheckboxSelectMultiple, **options
    )


def long(label, most, **options):
    widget = forms.Textarea(attrs={"rows": 3})
    return forms.CharField(label=label, max_length=most, required=False, widget=widget, **options)


def choice(label, choices, blank, **options):
    return forms.ChoiceField(label=label, required=False, choices=[("", blank), *choices], **options)


def areas_near(organization, kept=()):
    """The unit's own area, those right below it, those of the province that others are to help, and those a row names
    already."""
    tagged = Q(province=organization.area.province, valid_to=None) & ~Q(tags=[])
    near = Q(pk=organization.area_id) | Q(parent=organization.area, valid_to=None) | tagged
    return Area.objects.filter(near | Q(pk__in=[area.pk for area in kept])).order_by("code")


def helping_tagged(rows, tag):
    """Those that name a place with this tag, offers and activities alike."""
    named = rows.model.areas.through.objects.filter(**{rows.model._meta.model_name: OuterRef("pk")})
    return rows.filter(Exists(named.filter(area__tags__contains=[tag])))


def posts_of(organization, **narrowed):
    return ContactPost.objects.filter(organization=organization, ended_at=None, **narrowed).order_by("title", "pk")


def brand_choices(organization, kept=()):
    return [(brand, brand) for brand in dict.fromkeys([*brands_of(organization.area), *kept])]


class SectionedForm(StyledForm):
    """A long form, drawn under headings (programs/edit_supply.html)."""

    SECTIONS = ()

    @property
    def sections(self):
        for heading, names in self.SECTIONS:
            yield heading, [self[name] for name in names if name in self.fields]


class OfferForm(SectionedForm):
    title = forms.CharField(label=_("名称"), max_length=80, help_text=_("例如：上门理发、轮椅借用、课后辅导。"))
    form = forms.ChoiceField(label=_("帮扶形式"), choices=[("", _("请选择")), *AidForm.choices])
    services = several(_("服务类别"), ServiceKind.choices)
    need_kinds = several(_("能解决的需求"), NeedKind.choices)
    description = long(_("内容"), 2000, help_text=_("提供什么、怎么提供、多久一次。"))
    point = choice(_("服务点类型"), PointKind.choices, _("不是服务点"))
    address = forms.CharField(label=_("地址"), max_length=120, required=False, help_text=_("服务点必须填写。"))
    target_groups = several(_("面向人群"), Category.choices, help_text=_("不选就是不限。"))
    age_from = forms.IntegerField(label=_("最小年龄"), min_value=0, max_value=130, required=False)
    age_to = forms.IntegerField(label=_("最大年龄"), min_value=0, max_value=130, required=False)
    whom = long(_("还有什么要求"), 500, help_text=_("系统不会自动判断这一项，由经办人核对。"))
    areas = forms.ModelMultipleChoiceField(
        Area.objects.none(), label=_("服务区域"), required=False, to_field_name="code",
        widget=forms.CheckboxSelectMultiple, help_text=_("不选就是本单位所属区划。"),
    )  # fmt: skip
    capacity = forms.IntegerField(
        label=_("同时能帮"), min_value=1, max_value=1_000_000, required=False, help_text=_("不填表示不限。")
    )
    monthly = forms.IntegerField(
        label=_("每月能帮"), min_value=1, max_value=1_000_000, required=False, help_text=_("不填表示不限。")
    )
    unit = forms.CharField(label=_("名额单位"), max_length=10, initial="人", help_text=_("人、户、次、份、小时。"))
    is_urgent = forms.BooleanField(
        label=_("可用于急难"), required=False, help_text=_("说好随叫随到的；确认有效的间隔更短。")
    )
    valid_until = DayField(label=_("有效期至"), required=False, help_text=_("不填表示一直有效，仍要定期确认。"))
    contact_post = forms.ModelChoiceField(
        ContactPost.objects.none(), label=_("联系岗位"), required=False, to_field_name="code",
        help_text=_("本单位的岗位，在单位资料里维护；不写个人电话。"),
    )  # fmt: skip
    is_purchased = forms.BooleanField(label=_("政府购买的服务"), required=False)
    agreement = forms.ModelChoiceField(
        Agreement.objects.none(), label=_("合同或协议"), required=False, to_field_name="code"
    )
    brands = several(_("品牌"), [])
    version = VersionField(required=False)

    SECTIONS = (
        (_("提供什么"), ("title", "form", "services", "need_kinds", "description", "point", "address")),
        (_("帮谁、在哪里"), ("target_groups", "age_from", "age_to", "whom", "areas")),
        (_("能帮多少"), ("capacity", "monthly", "unit", "is_urgent", "valid_until")),
        (_("联系和依据"), ("contact_post", "is_purchased", "agreement", "brands")),
    )

    def __init__(self, *args, organization, offer=None, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["areas"].queryset = areas_near(organization, offer.areas.all() if offer else ())
        self.fields["contact_post"].queryset = posts_of(organization)
        held = Agreement.objects.of([organization]).distinct().order_by("title")
        self.fields["agreement"].queryset = held
        self.fields["brands"].choices = brand_choices(organization, offer.brands if offer else ())
        if not self.fields["brands"].choices:
            del self.fields["brands"]

    @staticmethod
    def initial_of(offer):
        values = {name: getattr(offer, name) for name in OfferForm.base_fields if name not in ("areas", "version")}
        return {**values, "areas": list(offer.areas.all()), "version": offer.version}


SHOWS = [
    ("", _("推荐中的和已满的")),
    ("stale", _("待确认")),
    ("lapsed", _("很久没有确认")),
    ("withdrawn", _("已撤下或过期")),
]


class ListFilter(StyledForm):
    """A value that makes no sense narrows nothing."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs["aria-label"] = field.label
            if isinstance(field, forms.CharField):
                field.widget.attrs["placeholder"] = field.label

    @property
    def asked(self):
        self.is_valid()
        return self.cleaned_data


def units_with(related):
    return Organization.objects.filter(**{f"{related}__isnull": False}).distinct().order_by("area__code", "name")


class OfferFilter(ListFilter):
    q = forms.CharField(label=_("名称或内容"), required=False, max_length=60)
    form = choice(_("帮扶形式"), AidForm.choices, _("所有形式"))
    service = choice(_("服务类别"), ServiceKind.choices, _("所有服务"))
    need = choice(_("能解决的需求"), NeedKind.choices, _("所有需求"))
    group = choice(_("面向人群"), Category.choices, _("所有人群"))
    area = forms.ModelChoiceField(Area.objects.none(), label=_("服务到"), required=False, to_field_name="code")
    unit = forms.ModelChoiceField(
        Organization.objects.none(), label=_("提供单位"), required=False, to_field_name="code"
    )
    tag = choice(_("重点帮扶地区"), AreaTag.choices, _("不限重点帮扶地区"))
    show = choice(_("状态"), SHOWS[1:], SHOWS[0][1])

    def __init__(self, *args, actor, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["unit"].queryset = units_with("offers")
        self.fields["unit"].empty_label = _("所有单位")
        self.fields["area"].queryset = areas_near(actor.organization)
        self.fields["area"].empty_label = _("所有地区")

    def narrow(self, rows):
        """All filters but what is shown of their standing."""
        asked = self.asked
        if text := asked.get("q"):
            rows = rows.filter(Q(title__icontains=text) | Q(description__icontains=text) | Q(whom__icontains=text))
        if form := asked.get("form"):
            rows = rows.filter(form=form)
        if service := asked.get("service"):
            # Who looks for a kind of set B also finds what set A calls by another name.
            rows = rows.filter(services__overlap=[service, *_same_in_set_a(service)])
        if need := asked.get("need"):
            rows = rows.filter(need_kinds__contains=[need])
        if group := asked.get("group"):
            rows = rows.filter(Q(target_groups=[]) | Q(target_groups__contains=[group]))
        if unit := asked.get("unit"):
            rows = rows.filter(organization=unit)
        if area := asked.get("area"):
            rows = rows.serving(area)
        if tag := asked.get("tag"):
            rows = helping_tagged(rows, tag)
        return rows

    def shown(self, rows):
        today, show = timezone.localdate(), self.asked.get("show")
        if show == "stale":
            return rows.stale()
        if show == "lapsed":
            return rows.current().filter(lapses_on__lt=today)
        if show == "withdrawn":
            return rows.exclude(pk__in=Offer.objects.current().values("pk"))
        return rows.current()


class PointFilter(ListFilter):
    q = forms.CharField(label=_("名称、内容或地址"), required=False, max_length=60)
    point = choice(_("服务点类型"), PointKind.choices, _("所有类型"))
    area = forms.ModelChoiceField(Area.objects.none(), label=_("地区"), required=False, to_field_name="code")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        units = Organization.objects.filter(offers__form="service_point")
        held = Q(pk__in=units.values("area")) | Q(code__in=units.exclude(area__county="").values("area__county"))
        self.fields["area"].queryset = Area.objects.filter(held).order_by("code")
        self.fields["area"].empty_label = _("所有地区")

    def narrow(self, rows):
        asked = self.asked
        if text := asked.get("q"):
            rows = rows.filter(Q(title__icontains=text) | Q(description__icontains=text) | Q(address__icontains=text))
        if point := asked.get("point"):
            rows = rows.filter(point=point)
        if area := asked.get("area"):
            level = "code" if area.level == "village" else area.level
            rows = rows.filter(**{f"organization__area__{level}": area.code})
        return rows


def _same_in_set_a(service):
    return [a for a, b in SERVICE_IN_SET_B.items() if b == service]


class OfferUploadForm(StyledForm):
    file = TableFileField(help_text=_("xlsx 或 CSV，最多 500 行；请用模板，或用“导出表格”得到的文件。"))


class ReasonForm(StyledForm):
    reason = forms.CharField(label=_("原因"), max_length=500, widget=forms.Textarea(attrs={"rows": 3}))
    version = VersionField()


class VersionForm(StyledForm):
    version = VersionField()


class TakeForm(StyledForm):
    reference = forms.CharField(
        label=_("个案编号"), max_length=40, help_text=_("转介单号或本单位的个案号；不写姓名和证件号。")
    )
    number = forms.IntegerField(label=_("名额"), min_value=1, max_value=1_000_000, initial=1)


class GiveBackForm(StyledForm):
    was_used = forms.TypedChoiceField(
        label=_("帮上了吗"), choices=[("yes", _("已实际提供，本月名额照算")), ("no", _("没有用上，本月名额也退还"))],
        widget=forms.RadioSelect, coerce=lambda value: value == "yes",
    )  # fmt: skip


# -- Wishes -----------------------------------------------------------------------------------------------------------
def areas_of_wishes(organization):
    """Counties and towns around the unit; never a village."""
    area = organization.area
    if area.level == "village":
        return Area.objects.filter(code=area.town)
    own = Q(pk=area.pk) | Q(**{area.level: area.code}, level__in=("county", "town"), valid_to=None)
    return Area.objects.filter(own).order_by("code")


class WishForm(StyledForm):
    title = forms.CharField(
        label=_("心愿"), max_length=60, help_text=_("想要什么，例如：一盏护眼台灯。不写姓名、学校、村名和门牌。")
    )
    area = forms.ModelChoiceField(
        Area.objects.none(), label=_("所在地区"), to_field_name="code", help_text=_("只写到乡镇（街道）。")
    )
    age_band = forms.ChoiceField(label=_("年龄段"), choices=[("", _("请选择")), *AgeBand.choices])
    need_kind = choice(_("需求类别"), NeedKind.choices, _("不选"))
    cost = MoneyField(label=_("大约费用（元）"))
    description = long(_("说明"), 300, help_text=_("规格、尺码等；任何人都能看到，不写能认出人的内容。"))
    wanted_by = DayField(label=_("希望何时实现"), required=False)
    contact_post = forms.ModelChoiceField(
        ContactPost.objects.none(), label=_("联系岗位"), required=False, to_field_name="code",
        help_text=_("公众按这个岗位联系认领；只能选对外公开的岗位。"),
    )  # fmt: skip
    version = VersionField(required=False)

    def __init__(self, *args, organization, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["area"].queryset = areas_of_wishes(organization)
        self.fields["area"].empty_label = _("请选择")
        self.fields["contact_post"].queryset = posts_of(organization, is_public=True)

    @staticmethod
    def initial_of(wish):
        return {name: getattr(wish, name) for name in WishForm.base_fields}


WITH_US = [
    ("due", _("本单位认领、快到期的")),
    ("claimed", _("本单位认领的")),
    ("own", _("本单位登记的")),
]


class WishFilter(ListFilter):
    q = forms.CharField(label=_("心愿"), required=False, max_length=60)
    age = choice(_("年龄段"), AgeBand.choices, _("所有年龄段"))
    need = choice(_("需求类别"), NeedKind.choices, _("所有需求"))
    unit = forms.ModelChoiceField(
        Organization.objects.none(), label=_("登记单位"), required=False, to_field_name="code"
    )
    state = choice(_("状态"), WishState.choices, _("所有状态"))
    show = choice(_("与本单位"), WITH_US, _("所有心愿"))

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["unit"].queryset = units_with("wishes")
        self.fields["unit"].empty_label = _("所有单位")

    def narrow(self, rows, staff):
        asked = self.asked
        if text := asked.get("q"):
            rows = rows.filter(Q(title__icontains=text) | Q(description__icontains=text))
        for name, column in (("age", "age_band"), ("need", "need_kind"), ("unit", "organization"), ("state", "state")):
            if value := asked.get(name):
                rows = rows.filter(**{column: value})
        return self._with_us(rows, asked.get("show"), staff)

    @staticmethod
    def _with_us(rows, show, staff):
        if show == "due":
            return rows.filter(pk__in=wishes_to_fulfill(staff).values("pk"))
        if show == "claimed":
            return rows.filter(claimed_by=staff.organization_id)
        return rows.filter(organization=staff.organization_id) if show == "own" else rows


class PublicWishFilter(ListFilter):
    q = forms.CharField(label=_("心愿"), required=False, max_length=60)
    age = choice(_("年龄段"), AgeBand.choices, _("所有年龄段"))
    area = forms.ModelChoiceField(Area.objects.none(), label=_("所在地区"), required=False, to_field_name="code")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        open_ones = Wish.objects.filter(state="open").values("area")
        self.fields["area"].queryset = Area.objects.filter(pk__in=open_ones).order_by("code")
        self.fields["area"].empty_label = _("所有地区")

    def narrow(self, rows):
        asked = self.asked
        if text := asked.get("q"):
            rows = rows.filter(Q(title__icontains=text) | Q(description__icontains=text))
        if age := asked.get("age"):
            rows = rows.filter(age_band=age)
        if area := asked.get("area"):
            rows = rows.filter(area=area)
        return rows


class ClaimForm(VersionForm):
    promised_on = DayField(label=_("承诺哪天以前实现"))
    donor = forms.CharField(
        label=_("捐赠方"), max_length=60, required=False,
        help_text=_("由企业或爱心人士出资的写明，例如“爱心企业”“爱心人士”；不写个人姓名和电话。"),
    )  # fmt: skip


class FulfillForm(VersionForm):
    fulfilled_on = DayField(label=_("实现日期"))
    spent = MoneyField(label=_("实际费用（元）"), required=False)
    result = long(_("实现情况"), 300, help_text=_("任何人都能看到，不写能认出人的内容。"))
