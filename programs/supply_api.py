"""Activities and wishes for everyone, offers for those who work with them. Mounted by portal/api.py under /api/v1/."""

from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.shortcuts import get_object_or_404
from django.urls import path
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.response import Response

from members.access import Refusal, may
from members.kinds import Category, NeedKind, ServiceKind
from members.models import Area, ContactPost
from members.rest import Resource, counts_once
from portal.lib import api
from portal.lib.forms import refuse_hidden_marks
from programs import catalogue, supply
from programs.actions import offers as actions
from programs.api import OpenResource, Unit
from programs.facts import WrongFacts
from programs.kinds import ActivityKind, AgeBand, AidForm, PointKind
from programs.models import Activity, Offer, Wish

CODE = r"^[a-z0-9]{1,12}$"
STANDINGS = [
    ("open", _("可提供")), ("full", _("已满")), ("stale", _("待确认")), ("lapsed", _("不再推荐")),
    ("over", _("已过期")), ("suspended", _("单位已暂停")), ("withdrawn", _("已撤下")),
]  # fmt: skip


# -- shapes -----------------------------------------------------------------------------------------------------------
def text(limit, words, **options):
    return serializers.CharField(
        max_length=limit, help_text=words, validators=[refuse_hidden_marks], **{"required": False, **options}
    )


def several(choices, words):
    return serializers.ListField(
        child=serializers.ChoiceField(choices.choices), required=False, max_length=len(choices), help_text=words
    )


class ByCode(serializers.SlugRelatedField):
    """A row named by its code; a text that can be no code is not asked of the database."""

    def __init__(self, queryset, **options):
        super().__init__("code", queryset=queryset, **options)

    def to_internal_value(self, data):
        if not isinstance(data, str) or not data.isascii() or not data.isalnum():
            self.fail("does_not_exist", slug_name="code", value=str(data)[:20])
        return super().to_internal_value(data)


class Place(serializers.Serializer):
    code = serializers.CharField(help_text=_("区划代码。"))
    name = serializers.CharField(help_text=_("区划名称。"))


class OfferRow(serializers.ModelSerializer):
    organization = Unit(help_text=_("提供单位。"))
    areas = Place(many=True, help_text=_("服务区域；空着就是单位所属区划。"))
    contact_post = serializers.SlugRelatedField(
        "title", read_only=True, allow_null=True, help_text=_("联系岗位；不含电话。")
    )
    left = serializers.IntegerField(allow_null=True, help_text=_("还能帮多少；不限时为 null。"))
    standing = serializers.ChoiceField(STANDINGS, help_text=_("现在的状况。"))

    class Meta:
        model = Offer
        fields = (
            "code", "title", "organization", "form", "services", "need_kinds", "target_groups", "age_from", "age_to",
            "condition", "whom", "areas", "brands", "description", "point", "address", "unit", "capacity", "monthly",
            "left", "is_urgent", "is_purchased", "contact_post", "valid_until", "confirmed_on", "confirm_by",
            "lapses_on", "standing", "version",
        )  # fmt: skip
        read_only_fields = fields
        extra_kwargs = {
            "code": {"help_text": _("供给编号。")},
            "condition": {"help_text": _("条件，用项目目录的规则语言；没有时为 null。")},
            "confirm_by": {"help_text": _("到哪一天为止要再确认一次。")},
            "lapses_on": {"help_text": _("过了哪一天就不再推荐。")},
            "version": {"help_text": _("版本；修改时须说明所改的是哪一版。")},
        }


class NewOffer(api.StrictSerializer):
    title = text(80, _("名称。"), required=True)
    form = serializers.ChoiceField(AidForm.choices, help_text=_("帮扶形式。"))
    services = several(ServiceKind, _("服务类别。"))
    need_kinds = several(NeedKind, _("能解决的需求。"))
    target_groups = several(Category, _("面向人群；不给就是不限。"))
    age_from = serializers.IntegerField(
        required=False, allow_null=True, min_value=0, max_value=130, help_text=_("最小年龄。")
    )
    age_to = serializers.IntegerField(
        required=False, allow_null=True, min_value=0, max_value=130, help_text=_("最大年龄。")
    )
    condition = serializers.DictField(
        required=False, allow_null=True, help_text=_("条件，用项目目录的规则语言；给了就不再由人群和年龄推出。")
    )
    whom = text(500, _("还有什么要求。"), allow_blank=True)
    areas = serializers.ListField(
        child=ByCode(Area.objects.all()), required=False, max_length=60,
        help_text=_("服务区域的代码。"),
    )  # fmt: skip
    brands = serializers.ListField(
        child=serializers.CharField(max_length=40), required=False, max_length=20, help_text=_("本地区的品牌。")
    )
    description = text(2000, _("内容。"), allow_blank=True)
    point = serializers.ChoiceField(
        PointKind.choices, required=False, allow_blank=True, help_text=_("服务点类型；只用于服务点。")
    )
    address = text(120, _("地址；服务点必填。"), allow_blank=True)
    unit = text(10, _("名额单位；默认“人”。"))
    capacity = serializers.IntegerField(
        required=False, allow_null=True, min_value=1, max_value=1_000_000, help_text=_("同时能帮多少；null 为不限。")
    )
    monthly = serializers.IntegerField(
        required=False, allow_null=True, min_value=1, max_value=1_000_000, help_text=_("每月能帮多少；null 为不限。")
    )
    is_urgent = serializers.BooleanField(required=False, help_text=_("可用于急难。"))
    is_purchased = serializers.BooleanField(required=False, help_text=_("政府购买的服务。"))
    contact_post = ByCode(
        ContactPost.objects.filter(ended_at=None),
        required=False,
        allow_null=True,
        help_text=_("本单位联系岗位的编号。"),
    )
    valid_until = serializers.DateField(required=False, allow_null=True, help_text=_("有效期至。"))


class OfferEdit(NewOffer):
    version = serializers.IntegerField(
        required=False, min_value=1, max_value=2**31 - 1, help_text=_("您所改的版本；用了 If-Match 就不用给。")
    )


class OfferFilters(api.Filters):
    q = serializers.CharField(required=False, max_length=60, help_text=_("名称或内容里的词。"))
    form = serializers.ChoiceField(AidForm.choices, required=False, help_text=_("帮扶形式。"))
    need = serializers.ChoiceField(NeedKind.choices, required=False, help_text=_("能解决的需求。"))
    organization = serializers.RegexField(CODE, required=False, help_text=_("只要这个单位提供的；给单位编号。"))
    area = serializers.RegexField(r"^\d{12}$", required=False, help_text=_("只要服务到这个区划的。"))
    show = serializers.ChoiceField(
        [("current", _("现在提供的")), ("suggested", _("可以推荐的")), ("stale", _("待确认的"))], required=False,
        help_text=_("默认 current；suggested 不含已满和很久没有确认的。"),
    )  # fmt: skip


class Taking(serializers.Serializer):
    code = serializers.CharField(help_text=_("占用编号。"))
    reference = serializers.CharField(help_text=_("个案编号。"))
    number = serializers.IntegerField(help_text=_("名额。"))
    taken_at = serializers.DateTimeField(help_text=_("何时占用。"))
    given_back_at = serializers.DateTimeField(allow_null=True, help_text=_("何时退还；占用中为 null。"))
    was_used = serializers.BooleanField(help_text=_("已实际提供；没有用上的不计入本月。"))


class NewTaking(api.StrictSerializer):
    reference = text(40, _("个案编号；不写姓名和证件号。"), required=True)
    number = serializers.IntegerField(
        required=False, min_value=1, max_value=1_000_000, default=1, help_text=_("名额；默认 1。")
    )


class GivingBack(api.StrictSerializer):
    reference = text(40, _("占用时的个案编号。"), required=True)
    was_used = serializers.BooleanField(
        required=False, default=True, help_text=_("已实际提供；false 时本月名额也退还。")
    )


class Suggesting(api.StrictSerializer):
    area = serializers.RegexField(r"^\d{12}$", help_text=_("当事人居住地的区划代码。"))
    need = serializers.ChoiceField(NeedKind.choices, required=False, help_text=_("只要能解决这种需求的。"))
    facts = serializers.DictField(required=False, help_text=_("当事人的事实，与匹配接口同样的名称；不含姓名和证件。"))


class Suggestion(serializers.Serializer):
    fits = serializers.BooleanField(allow_null=True, help_text=_("true：符合条件；null：还缺事实，可能符合。"))
    offer = OfferRow(help_text=_("供给。"))


class Suggestions(serializers.Serializer):
    results = Suggestion(many=True, help_text=_("符合的在前，可能符合的在后；不符合的不列。"))


class ActivityRow(serializers.ModelSerializer):
    organization = Unit(help_text=_("牵头单位。"))

    class Meta:
        model = Activity
        fields = (
            "code", "title", "kind", "organization", "level", "brands", "project_kinds", "target_groups", "whom",
            "occasion", "starts_on", "ends_on", "mode", "place", "link", "description", "fundraising", "platform",
            "filing_number", "goal", "contest", "award", "state", "reason", "ended_on", "people_helped", "money_given",
            "goods_value", "hours_given", "money_raised", "result",
        )  # fmt: skip
        read_only_fields = fields
        extra_kwargs = {
            "code": {"help_text": _("活动编号。")},
            "state": {"help_text": _("published、running、ended 或 cancelled。")},
            "reason": {"help_text": _("取消的原因。")},
        }


class ActivityFilters(api.Filters):
    q = serializers.CharField(required=False, max_length=60, help_text=_("名称、内容或节日里的词。"))
    kind = serializers.ChoiceField(ActivityKind.choices, required=False, help_text=_("活动类别。"))
    brand = serializers.CharField(required=False, max_length=40, help_text=_("品牌。"))
    year = serializers.IntegerField(required=False, min_value=2000, max_value=2200, help_text=_("哪一年开始的。"))
    organization = serializers.RegexField(CODE, required=False, help_text=_("牵头单位的编号。"))


class WishRow(serializers.ModelSerializer):
    organization = Unit(help_text=_("登记单位，认领请联系它。"))
    area = Place(help_text=_("所在地区，最细到乡镇（街道）。"))

    class Meta:
        model = Wish
        fields = ("code", "title", "organization", "area", "age_band", "need_kind", "cost", "description", "wanted_by")
        read_only_fields = fields
        extra_kwargs = {"code": {"help_text": _("心愿编号。")}}


class WishFilters(api.Filters):
    age_band = serializers.ChoiceField(AgeBand.choices, required=False, help_text=_("年龄段。"))
    need_kind = serializers.ChoiceField(NeedKind.choices, required=False, help_text=_("需求类别。"))


EXAMPLES = {
    "Taking": {
        "code": "t5r8w2k7mb", "reference": "ZJ-2026-001842", "number": 1, "taken_at": "2026-11-20T09:30:00+08:00",
        "given_back_at": None, "was_used": True,
    },
    "WishRow": {
        "code": "w7k2m9p4xt", "title": "一盏护眼台灯", "organization": {"code": "k7m2p9x4ht", "name": "示例街道办事处"},
        "area": {"code": "230302901000", "name": "示例街道"}, "age_band": "pupil", "need_kind": "education",
        "cost": "120.00", "description": "", "wanted_by": "2026-12-30",
    },
}  # fmt: skip


# -- offers -----------------------------------------------------------------------------------------------------------
def offers_seen(staff):
    rows = supply.visible_offers(staff).select_related("organization__area", "contact_post")
    return rows.prefetch_related("areas")


def written(request, offer, status=200):
    """The offer as it is now, with its new version."""
    fresh = offers_seen(request.user).get(pk=offer.pk)
    headers = {"ETag": api.tag_of(fresh)}
    if status == 201:
        headers["Location"] = request.build_absolute_uri(f"{request.path}{fresh.code}/")
    return Response(OfferRow(fresh).data, status=status, headers=headers)


@extend_schema_view(
    get=extend_schema(
        operation_id="list_offers", tags=["offers"], summary=_("服务供给"), parameters=[OfferFilters],
        description=_("新的在前。需要 offer.view。"), responses=api.page_serializer("OfferPage", OfferRow),
    ),
    post=extend_schema(
        operation_id="create_offer", tags=["offers"], summary=_("登记服务供给"), request=NewOffer,
        responses={201: OfferRow}, description=_("登记为您所在单位提供，登记那天算作确认。需要 offer.edit。"),
    ),
)  # fmt: skip
class Offers(Resource):
    permission = {"GET": "offer.view", "POST": "offer.edit"}

    def get(self, request):
        asked = api.filters_of(request, OfferFilters)
        rows = offers_seen(request.user)
        rows = {"suggested": rows.suggested, "stale": rows.stale}.get(asked.get("show"), rows.current)()
        if words := asked.get("q"):
            rows = rows.filter(Q(title__icontains=words) | Q(description__icontains=words))
        if "form" in asked:
            rows = rows.filter(form=asked["form"])
        if "need" in asked:
            rows = rows.filter(need_kinds__contains=[asked["need"]])
        if "organization" in asked:
            rows = rows.filter(organization__code=asked["organization"])
        if "area" in asked:
            area = Area.objects.filter(code=asked["area"]).first()
            rows = rows.serving(area) if area else rows.none()
        return Response(api.page_of(request, rows, ["-pk"], asked, OfferRow))

    @counts_once
    def post(self, request):
        offer = actions.create_offer(request.user, request.user.organization, self.body_of(NewOffer))
        return written(request, offer, 201)


@extend_schema_view(
    get=extend_schema(
        operation_id="retrieve_offer", tags=["offers"], summary=_("一项服务供给"), responses=OfferRow,
        description=_("需要 offer.view。ETag 是版本。"),
    ),
    patch=extend_schema(
        operation_id="edit_offer", tags=["offers"], summary=_("修改服务供给"), request=OfferEdit, responses=OfferRow,
        description=_("只给要改的字段。需要 offer.edit，且是本单位提供的。"),
    ),
)  # fmt: skip
class OneOffer(Resource):
    permission = {"GET": "offer.view", "PATCH": "offer.edit"}

    def get(self, request, code):
        offer = get_object_or_404(offers_seen(request.user), code=code)
        return Response(OfferRow(offer).data, headers={"ETag": api.tag_of(offer)})

    def patch(self, request, code):
        offer = own_offer(request, code)
        asked = self.body_of(OfferEdit, partial=True)
        version = api.expected_version(request, offer, asked)
        return written(request, actions.edit_offer(request.user, offer, version, asked))


def own_offer(request, code):
    offer = get_object_or_404(offers_seen(request.user), code=code)
    if not may(request.user, "offer.edit", offer.organization):
        raise PermissionDenied
    return offer


@extend_schema_view(
    post=extend_schema(
        operation_id="confirm_offer", tags=["offers"], summary=_("确认仍然有效"), request=None, responses=OfferRow,
        description=_("从今天起重新计算确认期限。需要 offer.edit，且是本单位提供的。"),
    )
)  # fmt: skip
class Confirmation(Resource):
    permission = {"POST": "offer.edit"}

    @counts_once
    def post(self, request, code):
        offer = own_offer(request, code)
        actions.confirm_offer(request.user, offer)
        return written(request, offer)


@extend_schema_view(
    post=extend_schema(
        operation_id="take_offer", tags=["offers"], summary=_("占用名额"), request=NewTaking, responses={201: Taking},
        description=_("同一个个案编号只占一次，重复的请求得到同样的回答；名额不够时拒绝。需要 offer.take。"),
    )
)  # fmt: skip
class Takings(Resource):
    permission = {"POST": "offer.take"}

    @counts_once
    def post(self, request, code):
        offer = get_object_or_404(offers_seen(request.user), code=code)
        taking = actions.take(request.user, offer, **self.body_of(NewTaking))
        return Response(Taking(taking).data, status=201)


@extend_schema_view(
    post=extend_schema(
        operation_id="give_back_offer", tags=["offers"], summary=_("退还名额"), request=GivingBack, responses=Taking,
        description=_("由占用的单位退还。需要 offer.take。"),
    )
)  # fmt: skip
class GiveBack(Resource):
    permission = {"POST": "offer.take"}

    @counts_once
    def post(self, request, code):
        offer = get_object_or_404(offers_seen(request.user), code=code)
        return Response(Taking(actions.give_back(request.user, offer, **self.body_of(GivingBack))).data)


@extend_schema_view(
    post=extend_schema(
        operation_id="suggest_offers", tags=["offers"], summary=_("给一个人推荐服务供给"), request=Suggesting,
        responses=Suggestions,
        description=_("按居住地和事实挑选，什么都不保存。需要 offer.view。用 POST 是因为事实不应出现在网址里。"),
    )
)  # fmt: skip
class Suggest(Resource):
    permission = {"POST": "offer.view"}

    def post(self, request):
        asked = self.body_of(Suggesting)
        area = Area.objects.filter(code=asked["area"]).first()
        if area is None:
            raise Refusal(_("没有这个区划代码。"), field="area")
        found = supply.suggestions(area, self.facts_of(asked), need=asked.get("need"))[:200]
        return Response(Suggestions({"results": [{"fits": met, "offer": offer} for offer, met in found]}).data)

    @staticmethod
    def facts_of(asked):
        try:
            return catalogue.vocabulary().read(asked.get("facts") or {})
        except WrongFacts as wrong:
            fields = [
                {"field": f"facts.{fault.place}", "code": "facts", "message": str(fault.message)}
                for fault in wrong.faults
            ]
            raise api.Problem("invalid", _("事实没有通过检查，请看 errors。"), fields) from wrong


# -- for everyone -----------------------------------------------------------------------------------------------------
@extend_schema_view(
    get=extend_schema(
        operation_id="list_activities", tags=["activities"], summary=_("活动"), parameters=[ActivityFilters], auth=[],
        description=_("已发布的，最近开始的在前。不用登录。"),
        responses=api.page_serializer("ActivityPage", ActivityRow),
    )
)  # fmt: skip
class Activities(OpenResource):
    def get(self, request):
        asked = api.filters_of(request, ActivityFilters)
        rows = Activity.objects.in_the_open().select_related("organization")
        if words := asked.get("q"):
            said = Q(title__icontains=words) | Q(description__icontains=words) | Q(occasion__icontains=words)
            rows = rows.filter(said)
        if "kind" in asked:
            rows = rows.filter(kind=asked["kind"])
        if "brand" in asked:
            rows = rows.filter(brands__contains=[asked["brand"]])
        if "year" in asked:
            rows = rows.filter(starts_on__year=asked["year"])
        if "organization" in asked:
            rows = rows.filter(organization__code=asked["organization"])
        return Response(api.page_of(request, rows, ["-starts_on", "-pk"], asked, ActivityRow))


@extend_schema_view(
    get=extend_schema(
        operation_id="retrieve_activity", tags=["activities"], summary=_("一项活动"), auth=[], responses=ActivityRow,
        description=_("已发布的活动，结束的带结果。不用登录。"),
    )
)  # fmt: skip
class OneActivity(OpenResource):
    def get(self, request, code):
        rows = Activity.objects.in_the_open().select_related("organization")
        return Response(ActivityRow(get_object_or_404(rows, code=code)).data)


@extend_schema_view(
    get=extend_schema(
        operation_id="list_wishes", tags=["wishes"], summary=_("等待认领的微心愿"), parameters=[WishFilters], auth=[],
        description=_("新的在前，没有姓名。不用登录。"), responses=api.page_serializer("WishPage", WishRow),
    )
)  # fmt: skip
class Wishes(OpenResource):
    def get(self, request):
        asked = api.filters_of(request, WishFilters)
        rows = Wish.objects.filter(state="open").select_related("organization", "area")
        for name in ("age_band", "need_kind"):
            if name in asked:
                rows = rows.filter(**{name: asked[name]})
        return Response(api.page_of(request, rows, ["-pk"], asked, WishRow))


urlpatterns = [
    path("offers/", Offers.as_view(), name="offers"),
    path("offers/suggest/", Suggest.as_view(), name="suggest_offers"),
    path("offers/<slug:code>/", OneOffer.as_view(), name="offer"),
    path("offers/<slug:code>/confirm/", Confirmation.as_view(), name="api_confirm_offer"),
    path("offers/<slug:code>/takings/", Takings.as_view(), name="offer_takings"),
    path("offers/<slug:code>/give-back/", GiveBack.as_view(), name="offer_give_back"),
    path("activities/", Activities.as_view(), name="activities"),
    path("activities/<slug:code>/", OneActivity.as_view(), name="activity"),
    path("wishes/", Wishes.as_view(), name="wishes"),
]
