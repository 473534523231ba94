"""Economic checks for other systems: asked for and read. A report is written and signed by people on the pages of the
bureau; what goes out is the conclusion, never what it rests on. Mounted by portal/api.py under /api/v1/."""

from datetime import date

from django.shortcuts import get_object_or_404
from django.urls import path
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.response import Response

from members import audit
from members.rest import Resource, counts_once
from portal.lib import api
from referrals import minors
from referrals.actions import checks as actions
from referrals.kinds import CheckConclusion, CheckState
from referrals.models import EconomicCheck
from referrals.rest import FileField, Unit, made, told_to, words


class CheckRow(serializers.Serializer):
    code = serializers.CharField(help_text=_("核对编号。"))
    person = serializers.CharField(source="person.code", help_text=_("困难群众的编号。"))
    organization = Unit(help_text=_("申请单位。"))
    bureau = Unit(help_text=_("核对的民政局。"))
    purpose = serializers.CharField(help_text=_("为什么核对。"))
    asked_at = serializers.DateTimeField(help_text=_("申请时间。"))
    due_on = serializers.DateField(help_text=_("期限。"))
    state = serializers.ChoiceField(CheckState.choices, help_text=_("状态。"))
    conclusion = serializers.SerializerMethodField(help_text=_("结论，仅供参考；没有出具或不能再看时为空。"))
    words = serializers.SerializerMethodField(help_text=_("说明；没有时为空。"))
    checked_on = serializers.SerializerMethodField(help_text=_("核对日期；没有出具时为 null。"))
    valid_until = serializers.SerializerMethodField(help_text=_("有效期至；没有出具时为 null。"))
    declining = serializers.SerializerMethodField(help_text=_("未能核对的原因；没有时为空。"))

    def get_conclusion(self, check) -> str:
        return check.conclusion if self._is_told(check) else ""

    def get_words(self, check) -> str:
        return check.words if self._is_told(check, CheckState.DELIVERED, CheckState.DECLINED) else ""

    def get_checked_on(self, check) -> date | None:
        return check.checked_on if self._is_told(check) else None

    def get_valid_until(self, check) -> date | None:
        return check.valid_until if self._is_told(check) else None

    def get_declining(self, check) -> str:
        return check.declining if self._is_told(check, CheckState.DECLINED) else ""

    def _is_told(self, check, *states):
        """Decided, and as on the page only while the consent stands; asked once for each check."""
        if check.state not in (states or (CheckState.DELIVERED,)):
            return False
        if not hasattr(check, "is_readable"):
            check.is_readable = actions.may_read(self.context["staff"], check)
        return check.is_readable


class NewCheck(api.StrictSerializer):
    purpose = words(200, _("为什么核对：要办的帮扶。"), required=True)
    signed = serializers.ListField(
        child=serializers.RegexField(r"^[a-z0-9]{1,12}$"), max_length=50,
        help_text=_("已签名授权的成年人的编号；家庭里的成年人都要签。"),
    )  # fmt: skip
    signed_on = serializers.DateField(help_text=_("授权日期。"))
    file = FileField(required=False, allow_null=True, help_text=_("授权书；已登记“家庭经济状况核对”同意的可以不给。"))


EXAMPLES = {
    "CheckRow": {
        "code": "k7m2p9x4ht", "person": "w3f8r6t2nb", "organization": {"code": "h8", "name": "某区慈善会"},
        "bureau": {"code": "b2", "name": "某区民政局"}, "purpose": "申请大病医疗救助金",
        "asked_at": "2026-11-02T09:12:00+08:00", "due_on": "2026-11-16", "state": "delivered",
        "conclusion": CheckConclusion.WITHIN.value, "words": "", "checked_on": "2026-11-10",
        "valid_until": "2027-05-09", "declining": "",
    },
}  # fmt: skip


def checks(staff):
    return EconomicCheck.objects.visible_to(staff).select_related("person__keeper", "organization", "bureau")


@extend_schema_view(
    get=extend_schema(
        operation_id="list_checks", tags=["checks"], summary=_("经济状况核对"), parameters=[api.Filters],
        responses=api.page_serializer("CheckPage", CheckRow),
        description=_("本单位申请的和要出具的，新的在前。需要 check.view。"),
    )
)  # fmt: skip
class Checks(Resource):
    permission = "check.view"

    def get(self, request):
        asked = api.filters_of(request, api.Filters)
        rows = checks(request.user).filter(minors.seen_by(request.user, "person__"))
        return Response(api.page_of(request, rows, ["-pk"], asked, told_to(request.user, CheckRow)))


@extend_schema_view(
    get=extend_schema(
        operation_id="retrieve_check", tags=["checks"], summary=_("一次核对"), responses=CheckRow,
        description=_("本单位申请的，第一次读到结论就算已经知道。需要 check.view；看一次记一次。"),
    )
)  # fmt: skip
class OneCheck(Resource):
    permission = "check.view"

    def get(self, request, code):
        check = get_object_or_404(checks(request.user), code=code)
        minors.require(request.user, check.person)
        actions.see_answer(request.user, check)
        audit.record(request.user, "check.view", check, organization=check.bureau)
        return Response(CheckRow(check, context={"staff": request.user}).data)


@extend_schema_view(
    post=extend_schema(
        operation_id="ask_check", tags=["checks"], summary=_("申请核对"), request=NewCheck, responses={201: CheckRow},
        description=_("为自己登记的人，或按同意收到信息的人申请，由其居住地县级民政局核对。需要 check.ask。"),
    )
)  # fmt: skip
class AskCheck(Resource):
    permission = "check.ask"
    parser_classes = [api.JSONWithFiles]

    @counts_once
    def post(self, request, code):
        person = actions.find_askable(request.user, code)
        said = dict(self.body_of(NewCheck))
        check = actions.ask_check(request.user, person, said, said.pop("file", None))
        return made(check, CheckRow(check, context={"staff": request.user}).data)


urlpatterns = [
    path("checks/", Checks.as_view(), name="checks"),
    path("checks/<slug:code>/", OneCheck.as_view(), name="check"),
    path("people/<slug:code>/check/", AskCheck.as_view(), name="ask_check"),
]
