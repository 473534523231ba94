"""Referrals for other platforms, in FHIR: read as a Bundle, moved on by an updated Task. Whatever a Task says becomes a
move of the table, by the same road as every other; what the table forbids is answered with an OperationOutcome.
Mounted by portal/api.py under /api/v1/."""

from django.db import transaction
from django.urls import path
from django.utils.translation import gettext as _g
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response

from members import audit
from members.rest import counts_once
from portal.lib import api
from referrals import cases_shown, fhir
from referrals.actions.moves import RELATED
from referrals.actions.provisions import log_seen
from referrals.models import Referral, ReferralApproval
from referrals.move_api import BODIES, BY_PEOPLE, carry_out, seen_version
from referrals.rest import CaseResource, stands
from referrals.views.referrals import find_referral
from referrals.workflow import State, target_of

# Our code of an error -> the word of FHIR's issue-type.
ISSUES = {
    "malformed": "structure", "invalid": "invalid", "not_authenticated": "login", "token_invalid": "login",
    "forbidden": "forbidden", "not_found": "not-found", "method_not_allowed": "not-supported",
    "conflict": "conflict", "wrong_state": "business-rule", "in_progress": "lock-error",
    "version_mismatch": "conflict", "too_large": "too-long", "unsupported_media_type": "not-supported",
    "refused": "business-rule", "key_reused": "duplicate", "version_required": "required", "throttled": "throttled",
    "server_error": "exception",
}  # fmt: skip


class FHIRRenderer(JSONRenderer):
    media_type = fhir.MEDIA_TYPE


class FHIRBody(api.JSONOnly):
    media_type = fhir.MEDIA_TYPE


class TaskIn(serializers.Serializer):
    """What is read of a Task; everything else that the resource may hold is left alone."""

    resourceType = serializers.ChoiceField(["Task"], help_text=_("总是 Task。"))  # noqa: N815 - FHIR's name
    id = serializers.CharField(required=False, max_length=64, help_text=_("转介的编号。"))
    meta = serializers.DictField(required=False, help_text=_("versionId：您所见的版本；用了 If-Match 就不用给。"))
    status = serializers.ChoiceField(fhir.TASK_STATUSES, help_text=_("要到的状态。"))
    businessStatus = serializers.DictField(  # noqa: N815 - FHIR's name
        required=False, help_text=_("我们的状态，一个 status 对应几个时用它分辨。")
    )
    statusReason = serializers.DictField(  # noqa: N815 - FHIR's name
        required=False, help_text=_("原因：系统 …/fhir/reason，“类别.代码”。")
    )
    note = serializers.ListField(child=serializers.DictField(), required=False, help_text=_("说明，取最后一条。"))
    restriction = serializers.DictField(required=False, help_text=_("period.end：复核或约定完成日期。"))
    input = serializers.ListField(
        child=serializers.DictField(),
        required=False,
        help_text=_("其他要填的：type 的系统 …/fhir/field，代码为字段名。"),
    )
    output = serializers.ListField(
        child=serializers.DictField(), required=False,
        help_text=_("每项需求的效果：字段 effect，扩展 …/fhir/need 指明哪项需求。"),
    )  # fmt: skip

    class Meta:
        ref_name = "FhirTask"


class Resource(serializers.Serializer):
    resourceType = serializers.CharField(help_text=_("资源的种类。"))  # noqa: N815 - FHIR's name
    id = serializers.CharField(required=False, help_text=_("编号。"))

    class Meta:
        ref_name = "FhirResource"


EXAMPLES = {
    "FhirTaskRequest": {
        "resourceType": "Task", "meta": {"versionId": "3"}, "status": "rejected",
        "statusReason": {"coding": [{"system": fhir.BASE + "reason", "code": "no_capacity.no_funds"}]},
        "note": [{"text": "本季度资金已用完，下季度可以再转。"}],
    },
}  # fmt: skip


def outcome(issues):
    return {"resourceType": "OperationOutcome", "issue": issues}


def issue(code, text, *, severity="error", place=""):
    said = {
        "severity": severity, "code": ISSUES.get(code, "processing"),
        "details": {"coding": [{"system": fhir.BASE + "problem", "code": code}], "text": str(text)},
    }  # fmt: skip
    return said | ({"diagnostics": place} if place else {})


def shown(request, referral):
    """The person as the page shows them, and the lines that they were looked at."""
    permitted, groups = cases_shown.shown_of(request.user, referral)
    if groups:
        log_seen(request.user, referral.person, permitted, groups)
    audit.record(request.user, "referral.view", referral, organization=referral.sender, reason=_g("接口（FHIR）"))
    rows = [row for _group, rows in groups for row in rows]
    more = {"is_permitted": bool(permitted)}
    if permitted:
        reports = referral.reports.prefetch_related("needs__need")
        more |= {"needs": list(referral.needs.all()), "reports": list(reports)}
    return rows, more


@extend_schema_view(
    get=extend_schema(
        operation_id="referral_as_fhir", tags=["fhir"], summary=_("转介（FHIR）"), responses=Resource,
        description=_(
            "FHIR R4 的 Bundle（collection）：ServiceRequest、Task、双方 Organization；能看个人信息时还有 Patient "
            "和 QuestionnaireResponse，内容与网页相同，限信息提供清单上、此刻同意还包括的。"
            "businessStatus 是我们的状态。需要 referral.view；接收单位看个人信息还需要 received.view。"
        ),
    ),
    post=extend_schema(
        operation_id="update_task", tags=["fhir"], summary=_("更新 Task"), request={fhir.MEDIA_TYPE: TaskIn},
        responses={200: Resource, 202: Resource, 412: Resource, 428: Resource},
        description=_(
            "把 Task 的新状态变成流转表里的一步，由令牌的单位办理；还没有签收的先签收。状态没有变的不办。"
            "流转表不许的、版本过时的回答 OperationOutcome。要第二人审核的回答 202。"
        ),
    ),
)  # fmt: skip
class ReferralAsFHIR(CaseResource):
    permission = "referral.view"
    renderer_classes = [FHIRRenderer]
    parser_classes = [FHIRBody, api.JSONOnly]

    def handle_exception(self, error):
        response = super().handle_exception(error)
        said = response.data
        fields = [issue(said["code"], one["message"], place=one["field"]) for one in said.get("errors", ())]
        response.data = outcome([issue(said["code"], said["detail"], place=said.get("instance", "")), *fields])
        response.content_type = fhir.MEDIA_TYPE
        return response

    def get(self, request, code):
        referral = find_referral(request, code)
        rows, more = shown(request, referral)
        return api.tagged(request, referral, fhir.bundle(referral, rows, **more))

    @counts_once
    def post(self, request, code):
        referral, given = find_referral(request, code), dict(self.body_of(TaskIn))
        if given.get("id", code) != code:
            raise serializers.ValidationError({"id": [_g("Task 的 id 与地址不一致。")]})
        version = seen_version(request, referral, {"version": fhir.version_of(given)})
        done = self._move(request, referral, given, version)
        if isinstance(done, ReferralApproval):
            words = _g("已提请第二人审核，同意后生效。")
            return Response(outcome([issue("in_progress", words, severity="information")]), status=202)
        fresh = Referral.objects.select_related(*RELATED, "parent").get(pk=referral.pk)
        return Response(fhir.task(fresh), headers={"ETag": api.tag_of(fresh)})

    def _move(self, request, referral, given, version):
        verbs = verbs_for(request.user, referral, given["status"], fhir.business_of(given))
        with transaction.atomic():
            done = referral
            for verb in verbs:
                body = body_of(verb, given)
                done = carry_out(request, referral, verb, body, version)
                referral = Referral.objects.select_related(*RELATED).get(pk=referral.pk)
                version = referral.version
            return done


def body_of(verb, given):
    """What the Task says, checked as the body of that move."""
    implied, named = fhir.said_in(given)
    fields = BODIES[verb]().fields
    if verb == "sign":
        return {}
    body = BODIES[verb](data={**{name: value for name, value in implied.items() if name in fields}, **named})
    body.is_valid(raise_exception=True)
    return dict(body.validated_data)


def verbs_for(staff, referral, status, business):
    """The moves that bring it there: none when it is there, signing first where it was not yet."""
    target = fhir.state_of(status, business)
    if target is None:
        raise serializers.ValidationError({"businessStatus": [_g("businessStatus 与 status 不相符。")]})
    state = State(referral.state)
    if state == target or (not business and fhir.STATUSES[state][0] == status):
        return []
    if move := _move_to(target, referral, state):
        return [move.verb]
    if state == State.SENT and (move := _move_to(target, referral, State.RECEIVED)):
        return ["sign", move.verb]
    words = {"state": state.label, "status": target.label}
    raise api.Problem("wrong_state", _g("从“%(state)s”不能到“%(status)s”。") % words, stands(referral))


def _move_to(target, referral, source):
    """The one move of the table from there to here that people make."""
    leading = (move for move in BY_PEOPLE.values() if move.target and move.applies_to(source))
    return next((move for move in leading if target_of(move, referral.paused_in) == target), None)


urlpatterns = [path("referrals/<str:code>/fhir/", ReferralAsFHIR.as_view(), name="referral_fhir")]
