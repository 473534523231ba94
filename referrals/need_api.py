"""Needs for other systems: recorded, changed, moved on, by the rules of the screens. Mounted by portal/api.py."""

from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404
from django.urls import path
from django.utils.translation import gettext as _g
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.response import Response

from members import audit
from members.kinds import NeedKind
from members.rest import Resource, counts_once
from portal.lib import api
from referrals import minors
from referrals.actions import needs as actions
from referrals.forms.needs import NeedFilter
from referrals.kinds import Ground, HardshipCause, NeedForm, NeedState, NeedWeight, Urgency
from referrals.models import Need
from referrals.permissions import may
from referrals.rest import listed, made, opened, several, told_to, version_field, words


# -- shapes -----------------------------------------------------------------------------------------------------------
class NeedRow(serializers.Serializer):
    code = serializers.CharField(help_text=_("需求编号。"))
    person = serializers.CharField(source="person.code", help_text=_("困难群众的编号。"))
    kind = serializers.ChoiceField(NeedKind.choices, help_text=_("需求类别。"))
    wish = serializers.SerializerMethodField(help_text=_("具体需要什么；只做监督的、没有批准查看的未成年人为空。"))
    form = serializers.ChoiceField(NeedForm.choices, help_text=_("物质或服务。"))
    estimated_yuan = serializers.DecimalField(
        max_digits=14, decimal_places=2, allow_null=True, help_text=_("预计费用（元）；不清楚时为 null。")
    )
    weight = serializers.ChoiceField(NeedWeight.choices, help_text=_("层次。"))
    urgency = serializers.ChoiceField(Urgency.choices, help_text=_("紧急程度。"))
    ground = serializers.ChoiceField(Ground.choices, allow_blank=True, help_text=_("转介事由；还没有确定时为空。"))
    causes = several(HardshipCause.choices, _("致困原因。"))
    state = serializers.ChoiceField(NeedState.choices, help_text=_("状态。"))
    recorded_at = serializers.DateTimeField(help_text=_("登记时间。"))
    version = serializers.IntegerField(help_text=_("版本；修改时须说明所改的是哪一版。"))

    def get_wish(self, need) -> str:
        staff = self.context["staff"]
        return need.wish if minors.tells_names(staff) and minors.may_see(staff, need.person) else ""


class NeedFilters(api.Filters):
    area = serializers.RegexField(r"^\d{12}$", required=False, help_text=_("只要住在这个区划里的。"))
    kind = serializers.ChoiceField(NeedKind.choices, required=False, help_text=_("需求类别。"))
    form = serializers.ChoiceField(NeedForm.choices, required=False, help_text=_("物质或服务。"))
    weight = serializers.ChoiceField(NeedWeight.choices, required=False, help_text=_("层次。"))
    urgency = serializers.ChoiceField(Urgency.choices, required=False, help_text=_("紧急程度。"))
    cause = serializers.ChoiceField(HardshipCause.choices, required=False, help_text=_("致困原因。"))
    state = serializers.ChoiceField(
        [("all", _("全部")), *NeedState.choices], required=False, help_text=_("默认没有解决的。")
    )


class NeedEdit(api.StrictSerializer):
    kind = serializers.ChoiceField(NeedKind.choices, help_text=_("需求类别。"))
    wish = words(500, _("具体需要什么，用家庭自己的话。"), required=True)
    form = serializers.ChoiceField(
        NeedForm.choices, required=False, default=NeedForm.MATERIAL, help_text=_("物质或服务。")
    )
    estimated_yuan = serializers.DecimalField(
        max_digits=14, decimal_places=2, min_value=0, required=False, allow_null=True, help_text=_("预计费用（元）。")
    )
    weight = serializers.ChoiceField(
        NeedWeight.choices, required=False, default=NeedWeight.BASIC, help_text=_("层次。")
    )
    urgency = serializers.ChoiceField(
        Urgency.choices, required=False, default=Urgency.NORMAL, help_text=_("紧急程度。")
    )
    ground = serializers.ChoiceField(Ground.choices, required=False, allow_blank=True, help_text=_("转介事由。"))
    causes = several(HardshipCause.choices, _("致困原因。"))
    version = version_field()


class NewNeed(NeedEdit):
    version = None


class Moving(api.StrictSerializer):
    state = serializers.ChoiceField(NeedState.choices, help_text=_("现在的状态。"))
    note = words(300, _("怎么解决的，或者为什么。"), allow_blank=True)


EXAMPLES = {
    "NeedRow": {
        "code": "k7m2p9x4ht", "person": "w3f8r6t2nb", "kind": "housing", "wish": "冬天前换一扇不漏风的门",
        "form": "material", "estimated_yuan": "1200.00", "weight": "basic", "urgency": "normal",
        "ground": "policy_gap", "causes": ["income_drop"], "state": "open", "recorded_at": "2026-11-20T09:12:00+08:00",
        "version": 1,
    },
}  # fmt: skip


# -- views ------------------------------------------------------------------------------------------------------------
def found(request, code, permission="person.view"):
    seen = Need.objects.visible_to(request.user).select_related("person__residence", "person__keeper")
    need = get_object_or_404(seen, code=code)
    if not may(request.user, permission, need.person):
        raise PermissionDenied
    minors.require(request.user, need.person)
    audit.record(request.user, "person.view", need.person, organization=need.person.keeper, reason=_g("接口"))
    return need


def answer_of(request, need, status=200):
    return made(need, NeedRow(need, context={"staff": request.user}).data, status)


@extend_schema_view(
    get=extend_schema(
        operation_id="list_needs", tags=["needs"], summary=_("需求清单"), parameters=[NeedFilters],
        responses=api.page_serializer("NeedPage", NeedRow),
        description=_("您能看到的人的需求，最急的在前。需要 person.view；看一页记一次。"),
    )
)  # fmt: skip
class Needs(Resource):
    permission = "person.view"

    def get(self, request):
        asked = api.filters_of(request, NeedFilters)
        needs = NeedFilter(asked).narrow(Need.objects.visible_to(request.user)).select_related("person")
        return Response(listed(request, needs, ["rank", "-pk"], asked, told_to(request.user, NeedRow)))


@extend_schema_view(
    get=extend_schema(
        operation_id="list_needs_of_person", tags=["needs"], summary=_("一个人的需求"), parameters=[api.Filters],
        responses=api.page_serializer("PersonNeedPage", NeedRow),
        description=_("新的在前。需要 person.view；看一次记一次。"),
    ),
    post=extend_schema(
        operation_id="add_need", tags=["needs"], summary=_("登记需求"), request=NewNeed, responses={201: NeedRow},
        description=_("需要 person.edit。"),
    ),
)  # fmt: skip
class NeedsOfPerson(Resource):
    permission = {"GET": "person.view", "POST": "person.edit"}

    def get(self, request, code):
        asked = api.filters_of(request, api.Filters)
        needs = opened(request, code).needs.select_related("person")
        return Response(api.page_of(request, needs, ["-pk"], asked, told_to(request.user, NeedRow)))

    @counts_once
    def post(self, request, code):
        person = opened(request, code, "person.edit")
        need = actions.add_need(request.user, person, dict(self.body_of(NewNeed)))
        return answer_of(request, need, 201)


@extend_schema_view(
    get=extend_schema(
        operation_id="retrieve_need", tags=["needs"], summary=_("一项需求"), responses=NeedRow,
        description=_("需要 person.view；看一次记一次。"),
    ),
    patch=extend_schema(
        operation_id="change_need", tags=["needs"], summary=_("修改需求"), request=NeedEdit, responses=NeedRow,
        description=_("只改给出的字段。需要 person.edit。"),
    ),
)  # fmt: skip
class OneNeed(Resource):
    permission = {"GET": "person.view", "PATCH": "person.edit"}

    def get(self, request, code):
        need = found(request, code)
        return api.tagged(request, need, NeedRow(need, context={"staff": request.user}).data)

    def patch(self, request, code):
        need = found(request, code, "person.edit")
        said = dict(self.body_of(NeedEdit, partial=True))
        version = api.expected_version(request, need, said)
        return answer_of(request, actions.change_need(request.user, need, version, said))


@extend_schema_view(
    post=extend_schema(
        operation_id="move_need", tags=["needs"], summary=_("更新进展"), request=Moving, responses=NeedRow,
        description=_("解决了或不再需要的要写明。需要 person.edit。"),
    )
)  # fmt: skip
class MoveNeed(Resource):
    permission = "person.edit"

    @counts_once
    def post(self, request, code):
        need, said = found(request, code, "person.edit"), self.body_of(Moving)
        return answer_of(request, actions.move_need(request.user, need, said["state"], said.get("note", "")))


urlpatterns = [
    path("needs/", Needs.as_view(), name="needs"),
    path("needs/<slug:code>/", OneNeed.as_view(), name="need"),
    path("needs/<slug:code>/move/", MoveNeed.as_view(), name="move_need"),
    path("people/<slug:code>/needs/", NeedsOfPerson.as_view(), name="person_needs"),
]
