"""What was passed on to a unit, for its own systems: the gate of its page, and each look a line the family may ask for.
Mounted by portal/api.py under /api/v1/."""

from django.shortcuts import get_object_or_404
from django.urls import path
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.response import Response

from members.rest import Resource, counts_once
from portal.lib import api
from referrals import disclosure, minors
from referrals.actions import provisions as actions
from referrals.items import ITEMS, Purpose
from referrals.models import Provision
from referrals.rest import Unit, several, told_to

ITEM_CHOICES = [(item.code, item.label) for item in ITEMS.values()]


class ReceivedRow(serializers.Serializer):
    code = serializers.CharField(help_text=_("清单的编号。"))
    provider = Unit(help_text=_("提供单位。"))
    purpose = serializers.ChoiceField(Purpose.choices, help_text=_("用途。"))
    reason = serializers.SerializerMethodField(help_text=_("请我们做什么；已停止的、没有批准查看的未成年人为空。"))
    provided_at = serializers.DateTimeField(help_text=_("什么时候提供。"))
    items = serializers.SerializerMethodField(help_text=_("本人的同意现在还包括的内容。"))
    ended = serializers.ChoiceField(
        Provision.Ended.choices, allow_blank=True, help_text=_("为什么停止；还在提供时为空。")
    )
    ended_at = serializers.DateTimeField(allow_null=True, help_text=_("什么时候停止；还在提供时为 null。"))
    deleted_at = serializers.DateTimeField(allow_null=True, help_text=_("什么时候确认删除；没有时为 null。"))

    def get_reason(self, provision) -> str:
        """In words of the sender's, which may name the family: it goes with the items."""
        is_told = self.get_items(provision) and minors.may_see(self.context["staff"], provision.person)
        return provision.reason if is_told else ""

    def get_items(self, provision) -> list[str]:
        left = frozenset() if provision.ended_at else disclosure.left_of(provision)
        return [code for code in ITEMS if code in left]


class Value(serializers.Serializer):
    item = serializers.ChoiceField(ITEM_CHOICES, help_text=_("哪一项。"))
    label = serializers.CharField(help_text=_("这一项叫什么。"))
    value = serializers.CharField(help_text=_("内容，用文字；没有登记时为空。"))

    class Meta:
        ref_name = "ReceivedValue"


class ReceivedWhole(ReceivedRow):
    reason_why_not = serializers.CharField(help_text=_("不能看时的原因；能看时为空。"))
    values = Value(many=True, help_text=_("能看的内容。"))
    withheld = several(ITEM_CHOICES, _("提供过、现在不能再看的内容。"))


class ReceivedFilters(api.Filters):
    show = serializers.ChoiceField(
        [("open", _("可以查看的")), ("ended", _("已停止的")), ("all", _("全部"))], required=False,
        help_text=_("默认可以查看的。"),
    )  # fmt: skip


EXAMPLES = {
    "ReceivedRow": {
        "code": "k7m2p9x4ht", "provider": {"code": "m4", "name": "向阳街道办事处"}, "purpose": "refer_to_org",
        "reason": "请评估能否资助医疗费。", "provided_at": "2026-11-20T09:12:00+08:00",
        "items": ["name", "phone", "diagnosis"], "ended": "", "ended_at": None, "deleted_at": None,
    },
}  # fmt: skip


def whole(request, provision):
    permitted, groups = actions.see_received(request.user, provision)
    return {
        **ReceivedRow(provision, context={"staff": request.user}).data,
        "reason_why_not": permitted.reason,
        "values": [
            {"item": item.code, "label": str(item.label), "value": text}
            for _group, rows in groups
            for item, text in rows
        ],
        "withheld": [code for code in ITEMS if code in permitted.withheld],
    }


def found(request, code):
    return get_object_or_404(disclosure.received_by(request.user.organization), code=code)


@extend_schema_view(
    get=extend_schema(
        operation_id="list_received", tags=["received"], summary=_("收到的个案信息"), parameters=[ReceivedFilters],
        responses=api.page_serializer("ReceivedPage", ReceivedRow),
        description=_("提供给本单位的清单，新的在前，没有姓名。需要 received.view。"),
    )
)  # fmt: skip
class Received(Resource):
    permission = "received.view"

    def get(self, request):
        asked = api.filters_of(request, ReceivedFilters)
        rows, show = disclosure.received_by(request.user.organization), asked.get("show", "open")
        if show != "all":
            rows = rows.filter(ended_at__isnull=show == "open")
        return Response(api.page_of(request, rows, ["-pk"], asked, told_to(request.user, ReceivedRow)))


@extend_schema_view(
    get=extend_schema(
        operation_id="retrieve_received", tags=["received"], summary=_("一份清单的内容"), responses=ReceivedWhole,
        description=_(
            "只有本人的同意、对方的个人信息条款和影响评估此刻都有效才能看；撤回马上生效。"
            "每看一次记一次，本人可以查询。不要留存超过需要的时间。需要 received.view。"
        ),
    )
)  # fmt: skip
class OneReceived(Resource):
    permission = "received.view"

    def get(self, request, code):
        return Response(whole(request, found(request, code)))


@extend_schema_view(
    post=extend_schema(
        operation_id="confirm_deletion", tags=["received"], summary=_("确认已经删除"), request=None,
        responses=ReceivedRow, description=_("停止提供以后，留存的都已删除。需要 received.view。"),
    )
)  # fmt: skip
class ConfirmDeletion(Resource):
    permission = "received.view"

    @counts_once
    def post(self, request, code):
        actions.confirm_deletion(request.user, found(request, code))
        return Response(ReceivedRow(found(request, code), context={"staff": request.user}).data)


urlpatterns = [
    path("received/", Received.as_view(), name="received"),
    path("received/<slug:code>/", OneReceived.as_view(), name="one_received"),
    path("received/<slug:code>/deleted/", ConfirmDeletion.as_view(), name="confirm_received_deletion"),
]
