"""Leads for other systems: filed once, and what became of one's own. Nothing of anybody else's."""

import hashlib

from django.urls import path
from django.utils.translation import gettext as _g
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.response import Response

from members.kinds import group_of
from members.models import Area
from members.rest import Resource, counts_once
from portal.lib import api, telephones
from portal.lib.forms import refuse_hidden_marks
from referrals.actions import leads as actions
from referrals.kinds import CHANNELS_OF, DiscoveryChannel, LeadClosing, LeadState, Urgency
from referrals.models import Lead


def words(limit, help_text, **options):
    return serializers.CharField(
        max_length=limit, help_text=help_text, validators=[refuse_hidden_marks], **{"required": False, **options}
    )


class LeadRow(serializers.Serializer):
    code = serializers.CharField(help_text=_("线索编号。"))
    area = serializers.CharField(source="area.code", help_text=_("所在区划的代码。"))
    channel = serializers.ChoiceField(DiscoveryChannel.choices, help_text=_("发现渠道。"))
    urgency = serializers.ChoiceField(Urgency.choices, help_text=_("紧急程度。"))
    filed_at = serializers.DateTimeField(help_text=_("报送时间。"))
    due_on = serializers.DateField(help_text=_("处理期限。"))
    state = serializers.ChoiceField(LeadState.choices, help_text=_("状态。"))
    closing = serializers.ChoiceField(LeadClosing.choices, allow_blank=True, help_text=_("了结原因；没有时为空。"))
    answer = serializers.CharField(help_text=_("给报送人的话；没有时为空。"))
    decided_at = serializers.DateTimeField(allow_null=True, help_text=_("处理完的时间；还没有时为 null。"))


class NewLead(api.StrictSerializer):
    key = serializers.RegexField(r"^[\x21-\x7e]{1,100}$", help_text=_("贵系统里这条线索的编号；同一编号再发只算一条。"))
    area = serializers.RegexField(r"^\d{12}$", help_text=_("所在区划的代码，最好到镇街或村居。"))
    place = words(200, _("怎么找到。"), required=True)
    seen = words(1000, _("看到什么情况。"), required=True)
    urgency = serializers.ChoiceField(Urgency.choices, help_text=_("紧急程度。"))
    channel = serializers.ChoiceField(DiscoveryChannel.choices, help_text=_("发现渠道。"))
    name = words(60, _("姓名或称呼。"), allow_blank=True)
    phone = words(telephones.MAX_LENGTH, _("联系电话。"), allow_blank=True)
    is_agreed = serializers.BooleanField(required=False, default=False, help_text=_("家庭同意告诉民政部门。"))

    def validate_area(self, value):
        area = Area.objects.current().filter(code=value).first()
        if area is None:
            raise serializers.ValidationError(_g("没有这个区划，或已撤并。"))
        return area

    def validate_channel(self, value):
        group = group_of(self.context["staff"].organization.kind)
        if value not in CHANNELS_OF.get(group, CHANNELS_OF["partner"]):
            raise serializers.ValidationError(_g("贵单位不用这个发现渠道。"))
        return value

    def validate_phone(self, value):
        return str(telephones.read(value)) if value else ""


EXAMPLES = {
    "LeadRow": {
        "code": "k7m2p9x4ht", "area": "230302001000", "channel": "charity_home_visit", "urgency": "urgent",
        "filed_at": "2026-11-20T09:12:00+08:00", "due_on": "2026-11-20", "state": "new", "closing": "", "answer": "",
        "decided_at": None,
    },
}  # fmt: skip


@extend_schema_view(
    get=extend_schema(
        operation_id="list_leads", tags=["leads"], summary=_("我报的线索"),
        description=_("按报送先后，最新的在前；只有自己报的，没有看到的情况和当事人。需要 lead.file。"),
        responses=api.page_serializer("LeadPage", LeadRow),
    ),
    post=extend_schema(
        operation_id="file_lead", tags=["leads"], summary=_("报送线索"), request=NewLead, responses={201: LeadRow},
        description=_(
            "需要 lead.file。所在镇街和县（市、区）民政局会看到；民政以外的单位写明姓名或电话的，须先征得家庭同意。"
        ),
    ),
)  # fmt: skip
class Leads(Resource):
    permission = "lead.file"

    def get(self, request):
        leads = Lead.objects.visible_to(request.user).filter(filed_by=request.user).select_related("area")
        return Response(api.page_of(request, leads, ["-pk"], {}, LeadRow))

    @counts_once
    def post(self, request):
        said = self.body_of(NewLead, context={"staff": request.user})
        key = hashlib.sha256(said.pop("key").encode()).hexdigest()[:32]
        lead, is_new = actions.file_lead(request.user, key, {"name": "", "phone": "", **said})
        return Response(LeadRow(lead).data, status=201 if is_new else 200)


urlpatterns = [path("leads/", Leads.as_view(), name="leads")]
