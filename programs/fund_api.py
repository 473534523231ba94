"""Funds for other systems: the register with its figures, the ledger, and income recorded once."""

from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.shortcuts import get_object_or_404
from django.urls import path
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.response import Response

from members.kinds import Category
from members.models import Area
from members.rest import Resource, counts_once
from portal.lib import api
from portal.lib.forms import refuse_hidden_marks
from programs import funds
from programs.actions import funds as actions
from programs.models import (
    IN_FORCE,
    Channel,
    FounderKind,
    FundKind,
    FundLine,
    LineKind,
    Naming,
    ProgramVersion,
)
from programs.words import KINDS


def figure(words):
    return serializers.DecimalField(max_digits=16, decimal_places=2, help_text=words)


# -- shapes -----------------------------------------------------------------------------------------------------------
class Host(serializers.Serializer):
    code = serializers.CharField(help_text=_("单位编号。"))
    name = serializers.CharField(help_text=_("单位名称。"))


class FundRow(serializers.Serializer):
    """One fund with its figures of today, in yuan."""

    code = serializers.CharField(help_text=_("基金编号。"))
    name = serializers.CharField(help_text=_("基金名称。"))
    kind = serializers.ChoiceField(FundKind.choices, help_text=_("基金类型。"))
    organization = Host(help_text=_("管理单位。"))
    area = serializers.CharField(source="area.code", help_text=_("使用地区的代码。"))
    total_income = figure(_("累计收入。"))
    total_paid = figure(_("累计支付。"))
    balance = figure(_("余额。"))
    total_committed = figure(_("已承诺未付。"))
    available = figure(_("可用：余额减去未付的承诺、已过期限的钱和留存。"))
    opened_on = serializers.DateField(help_text=_("设立日期。"))
    closed_on = serializers.DateField(allow_null=True, help_text=_("停用日期；使用中为 null。"))
    confirmed_on = serializers.DateField(allow_null=True, help_text=_("最近一次与银行账户核对的日期。"))


class PotRow(serializers.Serializer):
    """Money that is tied in one way; empty lists tie nothing."""

    code = serializers.CharField(help_text=_("这部分资金的编号。"))
    programs = serializers.ListField(child=serializers.CharField(), help_text=_("只能用于这些项目。"))
    kinds = serializers.ListField(child=serializers.CharField(), help_text=_("只能用于这些帮扶类别。"))
    groups = serializers.ListField(child=serializers.CharField(), help_text=_("只能用于这些对象。"))
    areas = serializers.ListField(child=serializers.CharField(), help_text=_("只能用于这些地区。"))
    until = serializers.DateField(allow_null=True, help_text=_("最后可用的一天。"))
    income = figure(_("收入。"))
    paid = figure(_("已付。"))
    committed = figure(_("已承诺未付。"))
    left = figure(_("没有承诺的。"))


class FundInFull(FundRow):
    purpose = serializers.CharField(help_text=_("用途。"))
    founder_kind = serializers.ChoiceField(FounderKind.choices, help_text=_("发起人类型。"))
    founder = serializers.CharField(help_text=_("发起人，照其同意的署名。"))
    pots = PotRow(many=True, help_text=_("按用途限定分开的资金。"))


class LineRow(serializers.Serializer):
    """One line of the ledger."""

    number = serializers.IntegerField(help_text=_("序号，从 1 起不间断。"))
    kind = serializers.ChoiceField(LineKind.choices, help_text=_("类别。"))
    amount = figure(_("金额，总是正数；方向看类别。"))
    day = serializers.DateField(help_text=_("发生日期。"))
    channel = serializers.ChoiceField([("", ""), *Channel.choices], help_text=_("资金渠道；只有收入有。"))
    pot = serializers.CharField(source="pot.code", help_text=_("属于哪部分资金。"))
    program_code = serializers.CharField(help_text=_("项目编号；没有时为空。"))
    reference = serializers.CharField(help_text=_("票据、依据或凭证的编号。"))
    reason = serializers.CharField(help_text=_("说明。"))
    written_at = serializers.DateTimeField(help_text=_("登记时间。"))


class FundFilters(api.Filters):
    q = serializers.CharField(
        required=False, max_length=60, validators=[refuse_hidden_marks], help_text=_("编号，或名称的一部分。")
    )
    kind = serializers.ChoiceField(FundKind.choices, required=False, help_text=_("基金类型。"))
    organization = serializers.RegexField(r"^[a-z0-9]{1,12}$", required=False, help_text=_("只要这个单位管理的。"))
    state = serializers.ChoiceField(
        [("open", _("使用中")), ("closed", _("已停用"))], required=False, help_text=_("只要使用中的，或已停用的。")
    )


class LineFilters(api.Filters):
    kind = serializers.ChoiceField(LineKind.choices, required=False, help_text=_("类别。"))
    channel = serializers.ChoiceField(Channel.choices, required=False, help_text=_("资金渠道。"))
    program = serializers.RegexField(r"^[A-Za-z0-9._-]{1,20}$", required=False, help_text=_("项目编号。"))
    since = serializers.DateField(required=False, help_text=_("这一天（含）以后发生的。"))
    until = serializers.DateField(required=False, help_text=_("这一天（含）以前发生的。"))


def texts(most, words):
    return serializers.ListField(
        child=serializers.CharField(max_length=60), required=False, max_length=most, help_text=words
    )


class Wish(api.StrictSerializer):
    """What the donor tied the money to; each that is given must be met."""

    programs = texts(60, _("只能用于这些项目；给项目编号。"))
    kinds = serializers.ListField(
        child=serializers.ChoiceField(list(KINDS.items())), required=False, max_length=20,
        help_text=_("只能用于这些帮扶类别。"),
    )  # fmt: skip
    groups = serializers.ListField(
        child=serializers.ChoiceField(Category.choices),
        required=False,
        max_length=20,
        help_text=_("只能用于这些对象。"),
    )
    areas = serializers.ListField(
        child=serializers.RegexField(r"^\d{12}$"), required=False, max_length=60, help_text=_("只能用于这些区划。")
    )
    until = serializers.DateField(required=False, allow_null=True, help_text=_("最后可用的一天。"))

    def validate_programs(self, codes):
        held = ProgramVersion.objects.filter(state__in=IN_FORCE, program__code__in=codes)
        return _known(codes, held.values_list("program__code", flat=True), _("没有这些项目：%(codes)s。"))

    def validate_areas(self, codes):
        held = Area.objects.filter(code__in=codes).values_list("code", flat=True)
        return _known(codes, held, _("没有这些区划：%(codes)s。"))


def _known(codes, held, words):
    if strange := sorted(set(codes) - set(held)):
        raise serializers.ValidationError(words % {"codes": "、".join(strange[:5])}, code="unknown")
    return codes


class Donor(api.StrictSerializer):
    """As they agreed to be named; never more."""

    donor_kind = serializers.ChoiceField(FounderKind.choices, help_text=_("捐赠人类型。"))
    donor_naming = serializers.ChoiceField(Naming.choices, help_text=_("怎么署名。"))
    donor_name = serializers.CharField(
        max_length=120, allow_blank=True, default="", validators=[refuse_hidden_marks],
        help_text=_("署名；匿名时为空。"),
    )  # fmt: skip


class NewIncome(api.StrictSerializer):
    amount = serializers.DecimalField(max_digits=14, decimal_places=2, help_text=_("金额（元）。"))
    day = serializers.DateField(help_text=_("到账日期。"))
    channel = serializers.ChoiceField(Channel.choices, help_text=_("资金渠道。"))
    reference = serializers.CharField(
        max_length=40, validators=[refuse_hidden_marks], help_text=_("票据号或流水号；同一票据号只入账一次。")
    )
    note = serializers.CharField(
        max_length=200, allow_blank=True, default="", validators=[refuse_hidden_marks],
        help_text=_("说明，不写个人姓名。"),
    )  # fmt: skip
    restriction = Wish(required=False, help_text=_("捐赠人对用途的限定；没有就不给。"))
    donor = Donor(required=False, allow_null=True, help_text=_("捐赠人的署名；不给就是匿名。"))


EXAMPLES = {
    "FundRow": {
        "code": "jjn", "name": "困难群众救急难慈善专项基金", "kind": "emergency",
        "organization": {"code": "k7m2p9x4ht", "name": "示例市慈善总会"}, "area": "230300000000",
        "total_income": "95000.00", "total_paid": "40000.00", "balance": "55000.00", "total_committed": "18000.00",
        "available": "37000.00", "opened_on": "2025-10-16", "closed_on": None, "confirmed_on": "2026-11-20",
    },
    "NewIncomeRequest": {
        "amount": "3000.00", "day": "2026-11-20", "channel": "given", "reference": "SJ-2026-0018", "note": "",
        "restriction": {"kinds": ["education_aid"], "until": "2027-06-30"},
        "donor": {"donor_kind": "legal_person", "donor_naming": "real", "donor_name": "示例公司"},
    },
}  # fmt: skip


# -- resources --------------------------------------------------------------------------------------------------------
def find(request, code, permission="fund.view"):
    rows = funds.visible_to(request.user, permission).with_figures()
    return get_object_or_404(rows.select_related("organization__area", "joint_bureau__area", "area"), code=code)


@extend_schema_view(
    get=extend_schema(
        operation_id="list_funds", tags=["funds"], summary=_("基金"), parameters=[FundFilters],
        description=_("您看得到的基金和今天的数字，按名称排列。"), responses=api.page_serializer("FundPage", FundRow),
    )
)  # fmt: skip
class Funds(Resource):
    permission = "fund.view"

    def get(self, request):
        asked = api.filters_of(request, FundFilters)
        rows = funds.visible_to(request.user).with_figures().select_related("organization", "area")
        if text := asked.get("q"):
            rows = rows.filter(Q(code__iexact=text) | Q(name__icontains=text))
        if kind := asked.get("kind"):
            rows = rows.filter(kind=kind)
        if code := asked.get("organization"):
            rows = rows.filter(organization__code=code)
        if state := asked.get("state"):
            rows = rows.open() if state == "open" else rows.exclude(closed_on=None)
        return Response(api.page_of(request, rows, ["name", "pk"], asked, FundRow))


@extend_schema_view(
    get=extend_schema(
        operation_id="retrieve_fund", tags=["funds"], summary=_("一项基金"), responses=FundInFull,
        description=_("连同按用途限定分开的各部分资金。"),
    )
)  # fmt: skip
class OneFund(Resource):
    permission = "fund.view"

    def get(self, request, code):
        return Response(FundInFull(find(request, code)).data)


@extend_schema_view(
    get=extend_schema(
        operation_id="list_fund_lines", tags=["funds"], summary=_("基金台账"), parameters=[LineFilters],
        description=_("新的在前；台账只增不改。"), responses=api.page_serializer("FundLinePage", LineRow),
    )
)  # fmt: skip
class Lines(Resource):
    permission = "fund.view"

    def get(self, request, code):
        asked = api.filters_of(request, LineFilters)
        rows = FundLine.objects.filter(fund=find(request, code)).select_related("pot")
        columns = {
            "kind": "kind", "channel": "channel", "program": "program_code", "since": "day__gte", "until": "day__lte",
        }  # fmt: skip
        rows = rows.filter(**{column: asked[name] for name, column in columns.items() if name in asked})
        return Response(api.page_of(request, rows, ["-number"], asked, LineRow))


@extend_schema_view(
    post=extend_schema(
        operation_id="record_fund_income", tags=["funds"], summary=_("登记一笔收入"), request=NewIncome,
        description=_("同一票据号只入账一次：金额、日期、渠道都相同的重复请求得到同一笔。"), responses={201: LineRow},
    )
)  # fmt: skip
class Income(Resource):
    permission = "fund.record"

    @counts_once
    def post(self, request, code):
        fund = find(request, code, "fund.record")
        if not funds.may(request.user, "fund.record", fund):
            raise PermissionDenied
        line = actions.record_income(request.user, fund, **self.body_of(NewIncome))
        return Response(LineRow(line).data, status=201)


urlpatterns = [
    path("funds/", Funds.as_view(), name="funds"),
    path("funds/<slug:code>/", OneFund.as_view(), name="fund"),
    path("funds/<slug:code>/lines/", Lines.as_view(), name="fund_lines"),
    path("funds/<slug:code>/income/", Income.as_view(), name="fund_income"),
]
