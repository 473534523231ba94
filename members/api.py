"""Areas, organizations and the caller, for other systems. Mounted by portal/api.py under /api/v1/."""

from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404
from django.urls import path
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.response import Response

from members import kinds
from members.access import may
from members.actions import organizations as actions
from members.models import Area, Organization
from members.rest import Resource, counts_once
from portal.lib import api, credit_codes
from portal.lib.forms import refuse_hidden_marks


# -- shapes -----------------------------------------------------------------------------------------------------------
class AreaRow(serializers.ModelSerializer):
    parent = serializers.SlugRelatedField(
        "code", read_only=True, allow_null=True, help_text=_("上一级区划的代码；省级为 null。")
    )
    replaced_by = serializers.SlugRelatedField(
        "code", read_only=True, allow_null=True, help_text=_("撤并后由哪个区划承接。")
    )

    class Meta:
        model = Area
        fields = (
            "code", "name", "level", "parent", "province", "city", "county", "town", "valid_from", "valid_to",
            "replaced_by",
        )  # fmt: skip
        read_only_fields = fields
        extra_kwargs = {
            "province": {"help_text": _("所在省级区划的代码。")},
            "city": {"help_text": _("所在市级区划的代码；没有时为空。")},
            "county": {"help_text": _("所在县级区划的代码；没有时为空。")},
            "town": {"help_text": _("所在乡级区划的代码；没有时为空。")},
        }


class AreaFilters(api.Filters):
    level = serializers.ChoiceField(kinds.Level.choices, required=False, help_text=_("只要这一层级的。"))
    parent = serializers.RegexField(r"^\d{12}$", required=False, help_text=_("只要这个区划的下一级。"))
    q = serializers.CharField(required=False, max_length=60, help_text=_("名称的一部分，或代码的开头。"))
    current = serializers.BooleanField(required=False, help_text=_("true：只要今天有效的区划。"))


class OrganizationRow(serializers.ModelSerializer):
    area = serializers.SlugRelatedField("code", read_only=True, help_text=_("所在区划的代码。"))
    parent = serializers.SlugRelatedField("code", read_only=True, allow_null=True, help_text=_("上级单位的代码。"))
    service_areas = serializers.SlugRelatedField(
        "code", many=True, read_only=True, help_text=_("服务区域的代码；空着就是所属区划。")
    )

    class Meta:
        model = Organization
        fields = (
            "code", "name", "short_name", "kind", "level", "level_name", "area", "parent", "credit_code",
            "is_recognized_charity", "recognized_on", "is_recognition_candidate", "has_public_fundraising",
            "fundraising_from", "fundraising_until", "purpose", "business_scope", "strengths", "service_areas",
            "target_groups", "directions", "need_kinds", "capacity", "capacity_confirmed_on", "is_suspended",
            "version",
        )  # fmt: skip
        read_only_fields = fields
        extra_kwargs = {
            "code": {"help_text": _("单位编号。")},
            "version": {"help_text": _("版本；修改时须说明所改的是哪一版。")},
        }


class AreaCode(serializers.SlugRelatedField):
    """A division, named by its code."""

    def __init__(self, **options):
        super().__init__("code", queryset=Area.objects.all(), **options)

    def to_internal_value(self, data):
        """Neither a number nor a text that no column can hold is asked of the database."""
        if not isinstance(data, str) or not data.isascii() or not data.isdigit():
            self.fail("does_not_exist", slug_name="code", value=str(data)[:20])
        return super().to_internal_value(data)


class OrganizationCode(serializers.SlugRelatedField):
    def __init__(self, **options):
        super().__init__("code", queryset=Organization.objects.all(), **options)

    def to_internal_value(self, data):
        if not isinstance(data, str) or not data.isascii() or not data.isalnum():
            self.fail("does_not_exist", slug_name="code", value=str(data)[:20])
        return super().to_internal_value(data)


def several(choices, words):
    return serializers.ListField(
        child=serializers.ChoiceField(choices.choices), required=False, max_length=len(choices), help_text=words
    )


def text(limit, words, **options):
    return serializers.CharField(
        max_length=limit, help_text=words, validators=[refuse_hidden_marks], **{"required": False, **options}
    )


class NewOrganization(api.StrictSerializer):
    name = text(120, _("名称，与登记证书或公章一致。"), required=True)
    short_name = text(40, _("简称。"), allow_blank=True)
    kind = serializers.ChoiceField(kinds.OrganizationKind.choices, help_text=_("机构类型。"))
    level = serializers.ChoiceField(kinds.Level.choices, help_text=_("层级。"))
    level_name = text(20, _("层级的本地叫法。"), allow_blank=True)
    area = AreaCode(help_text=_("所属区划的代码。"))
    parent = OrganizationCode(required=False, allow_null=True, help_text=_("上级单位的编号。"))
    credit_code = text(40, _("统一社会信用代码。"), allow_blank=True)
    is_recognized_charity = serializers.BooleanField(required=False, help_text=_("已认定为慈善组织。"))
    recognized_on = serializers.DateField(required=False, allow_null=True, help_text=_("认定日期。"))
    is_recognition_candidate = serializers.BooleanField(required=False, help_text=_("拟培育认定。"))
    has_public_fundraising = serializers.BooleanField(required=False, help_text=_("有公开募捐资格。"))
    fundraising_from = serializers.DateField(required=False, allow_null=True, help_text=_("公开募捐资格起。"))
    fundraising_until = serializers.DateField(required=False, allow_null=True, help_text=_("公开募捐资格止。"))
    purpose = text(2000, _("宗旨。"), allow_blank=True)
    business_scope = text(2000, _("业务范围。"), allow_blank=True)
    strengths = text(2000, _("专长优势。"), allow_blank=True)
    service_areas = serializers.ListField(
        child=AreaCode(), required=False, max_length=200, help_text=_("服务区域的代码。")
    )
    target_groups = several(kinds.Category, _("服务人群。"))
    directions = several(kinds.Direction, _("接收方向。"))
    need_kinds = several(kinds.NeedKind, _("接收的需求。"))

    def validate_credit_code(self, value):
        return credit_codes.read(value) if value else value


class OrganizationEdit(NewOrganization):
    version = serializers.IntegerField(
        required=False, min_value=1, max_value=2**31 - 1, help_text=_("您所改的版本；用了 If-Match 就不用给。")
    )


class OrganizationFilters(api.Filters):
    kind = serializers.ChoiceField(kinds.OrganizationKind.choices, required=False, help_text=_("机构类型。"))
    level = serializers.ChoiceField(kinds.Level.choices, required=False, help_text=_("层级。"))
    area = serializers.RegexField(r"^\d{12}$", required=False, help_text=_("这个区划及其以下的单位。"))
    capacity = serializers.ChoiceField(kinds.Capacity.choices, required=False, help_text=_("接收能力。"))
    need_kind = serializers.ChoiceField(kinds.NeedKind.choices, required=False, help_text=_("接收这类需求的单位。"))
    is_suspended = serializers.BooleanField(required=False, help_text=_("是否已暂停。"))
    q = serializers.CharField(required=False, max_length=60, help_text=_("名称或简称的一部分，或完整的信用代码。"))


class Named(serializers.Serializer):
    code = serializers.CharField(help_text=_("编号。"))
    name = serializers.CharField(help_text=_("名称。"))


class TokenOfMe(serializers.Serializer):
    name = serializers.CharField(help_text=_("令牌的用途。"))
    scopes = serializers.ListField(child=serializers.CharField(), help_text=_("令牌被允许做的事。"))
    expires_at = serializers.DateTimeField(help_text=_("何时失效。"))


class Me(serializers.Serializer):
    code = serializers.CharField(help_text=_("工作人员编号。"))
    name = serializers.CharField(help_text=_("姓名。"))
    language = serializers.CharField(help_text=_("界面语言。"))
    organization = Named(help_text=_("所在单位。"))
    area = Named(help_text=_("所在单位的区划。"))
    roles = serializers.ListField(child=serializers.CharField(), help_text=_("现任角色。"))
    permissions = serializers.DictField(
        child=serializers.ChoiceField(["own", "area", "all"]),
        help_text=_("能做什么，各到什么范围：own 本单位，area 本区划及以下，all 不限。用令牌时已按令牌收窄。"),
    )
    token = TokenOfMe(allow_null=True, help_text=_("用令牌时，令牌的情况；用登录会话时为 null。"))


EXAMPLES = {
    "AreaRow": {
        "code": "230302000000", "name": "鸡冠区", "level": "county", "parent": "230300000000",
        "province": "230000000000", "city": "230300000000", "county": "230302000000", "town": "",
        "valid_from": None, "valid_to": None, "replaced_by": None,
    },
    "OrganizationRow": {
        "code": "k7m2p9x4ht", "name": "示例区慈善会", "short_name": "", "kind": "charity_association",
        "level": "county", "area": "230302000000", "parent": None, "credit_code": "", "purpose": "扶危济困",
        "business_scope": "助学、助医、助困", "strengths": "", "target_groups": ["dibao", "dibao_edge"],
        "directions": ["bureau_to_charity"], "need_kinds": ["medical", "education"], "capacity": "open",
        "capacity_confirmed_on": "2026-11-02", "is_suspended": False, "version": 3,
    },
    "Me": {
        "code": "w3f8r6t2nb", "name": "演示人员", "language": "zh-hans",
        "organization": {"code": "k7m2p9x4ht", "name": "示例区慈善会"},
        "area": {"code": "230302000000", "name": "鸡冠区"}, "roles": ["charity_reviewer"],
        "permissions": {"api.view": "all", "organization.view": "all"},
        "token": {"name": "每日同步", "scopes": ["organization.view"], "expires_at": "2027-02-18T00:00:00+08:00"},
    },
}  # fmt: skip


# -- views ------------------------------------------------------------------------------------------------------------
@extend_schema_view(
    get=extend_schema(
        operation_id="list_areas", tags=["areas"], summary=_("行政区划列表"), parameters=[AreaFilters],
        description=_("按代码排序。需要 area.view。已撤并的区划也在内，用 current=true 只取今天有效的。"),
        responses=api.page_serializer("AreaPage", AreaRow),
    )
)  # fmt: skip
class Areas(Resource):
    permission = "area.view"

    def get(self, request):
        asked = api.filters_of(request, AreaFilters)
        areas = Area.objects.select_related("parent", "replaced_by")
        if "level" in asked:
            areas = areas.filter(level=asked["level"])
        if "parent" in asked:
            areas = areas.filter(parent__code=asked["parent"])
        if "q" in asked:
            areas = areas.search(asked["q"])
        if asked.get("current"):
            areas = areas.current()
        return Response(api.page_of(request, areas, ["code"], asked, AreaRow))


@extend_schema_view(
    get=extend_schema(
        operation_id="retrieve_area", tags=["areas"], summary=_("一个行政区划"), responses=AreaRow,
        description=_("按十二位代码。需要 area.view。"),
    )
)  # fmt: skip
class OneArea(Resource):
    permission = "area.view"

    def get(self, request, code):
        return Response(
            AreaRow(get_object_or_404(Area.objects.select_related("parent", "replaced_by"), code=code)).data
        )


@extend_schema_view(
    get=extend_schema(
        operation_id="list_organizations", tags=["organizations"], summary=_("单位列表"),
        parameters=[OrganizationFilters], description=_("按名称排序。需要 organization.view。"),
        responses=api.page_serializer("OrganizationPage", OrganizationRow),
    ),
    post=extend_schema(
        operation_id="create_organization", tags=["organizations"], summary=_("登记新单位"), request=NewOrganization,
        responses={201: OrganizationRow},
        description=_("需要 organization.create，且区划在您的范围内。与页面上的登记用同样的规则，留同样的记录。"),
    ),
)  # fmt: skip
class Organizations(Resource):
    permission = {"GET": "organization.view", "POST": "organization.create"}

    def get(self, request):
        asked = api.filters_of(request, OrganizationFilters)
        organizations = visible_organizations()
        for name in ("kind", "level", "capacity", "is_suspended"):
            if name in asked:
                organizations = organizations.filter(**{name: asked[name]})
        if "need_kind" in asked:
            organizations = organizations.filter(need_kinds__contains=[asked["need_kind"]])
        if "area" in asked:
            area = Area.objects.filter(code=asked["area"]).first()
            organizations = organizations.in_area(area) if area else organizations.none()
        if "q" in asked:
            organizations = organizations.search(asked["q"])
        return Response(api.page_of(request, organizations, ["name", "code"], asked, OrganizationRow))

    @counts_once
    def post(self, request):
        organization = actions.create_organization(request.user, self.body_of(NewOrganization))
        return written(request, organization, 201)


@extend_schema_view(
    get=extend_schema(
        operation_id="retrieve_organization", tags=["organizations"], summary=_("一个单位"), responses=OrganizationRow,
        description=_("需要 organization.view。ETag 是版本；带 If-None-Match 且没有变化时回答 304。"),
    ),
    patch=extend_schema(
        operation_id="edit_organization", tags=["organizations"], summary=_("修改单位"), request=OrganizationEdit,
        responses=OrganizationRow,
        description=_("只给要改的字段。需要 organization.edit；类型、层级、区划、资格等还需要 organization.register。"),
    ),
)  # fmt: skip
class OneOrganization(Resource):
    permission = {"GET": "organization.view", "PATCH": "organization.edit"}

    def get(self, request, code):
        organization = get_object_or_404(visible_organizations(), code=code)
        return api.tagged(request, organization, OrganizationRow(organization).data)

    def patch(self, request, code):
        organization = get_object_or_404(visible_organizations(), code=code)
        if not may(request.user, "organization.edit", organization):
            raise PermissionDenied
        asked = self.body_of(OrganizationEdit, partial=True)
        version = api.expected_version(request, organization, asked)
        return written(request, actions.edit_organization(request.user, organization, version, asked))


@extend_schema_view(
    get=extend_schema(
        operation_id="me", tags=["me"], summary=_("我是谁，能做什么"), responses=Me,
        description=_("当前会话或令牌代表谁、有哪些权限。所有登录者和令牌都可以调用。"),
    )
)  # fmt: skip
class WhoAmI(Resource):
    permission = "api.view"

    def get(self, request):
        staff, token = request.user, request.auth
        organization = staff.organization
        answer = {
            "code": staff.code,
            "name": staff.name,
            "language": staff.language,
            "organization": {"code": organization.code, "name": organization.name},
            "area": {"code": organization.area.code, "name": organization.area.name},
            "roles": sorted(staff.roles),
            "permissions": staff.permissions,
            "token": {"name": token.name, "scopes": token.scopes, "expires_at": token.expires_at} if token else None,
        }
        return Response(Me(answer).data)


def visible_organizations():
    """Every unit is visible to whoever may call: that a unit exists is no secret."""
    return Organization.objects.select_related("area", "parent").prefetch_related("service_areas")


def written(request, organization, status=200):
    """The unit as it is now, with its new version."""
    fresh = visible_organizations().get(pk=organization.pk)
    headers = {"ETag": api.tag_of(fresh)}
    if status == 201:
        headers["Location"] = request.build_absolute_uri(f"{request.path}{fresh.code}/")
    return Response(OrganizationRow(fresh).data, status=status, headers=headers)


urlpatterns = [
    path("areas/", Areas.as_view(), name="areas"),
    path("areas/<slug:code>/", OneArea.as_view(), name="area"),
    path("organizations/", Organizations.as_view(), name="organizations"),
    path("organizations/<slug:code>/", OneOrganization.as_view(), name="organization"),
    path("me/", WhoAmI.as_view(), name="me"),
]
