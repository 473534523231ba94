"""Visits for other systems: read, and recorded to somebody by the rules of the screens. Mounted by portal/api.py."""

from django.urls import path
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.response import Response

from members.rest import Resource, counts_once
from portal.lib import api
from referrals import minors
from referrals.actions import visits as actions
from referrals.forms.visits import VisitForm
from referrals.kinds import VisitOccasion, VisitResult
from referrals.models import Visit
from referrals.rest import FileField, Unit, listed, made, opened, told_to, words

OF_PEOPLE = [(one.value, one.label) for one in VisitForm.RESULTS]


class VisitRow(serializers.Serializer):
    code = serializers.CharField(help_text=_("走访编号。"))
    person = serializers.CharField(
        source="person.code", allow_null=True, default=None, help_text=_("走访了谁；村居走访为 null。")
    )
    area = serializers.CharField(source="area.code", help_text=_("在哪里；区划代码。"))
    organization = Unit(help_text=_("走访单位。"))
    occasion = serializers.ChoiceField(VisitOccasion.choices, help_text=_("走访形式。"))
    visited_on = serializers.DateField(help_text=_("走访日期。"))
    result = serializers.ChoiceField(VisitResult.choices, help_text=_("结果。"))
    homes = serializers.IntegerField(allow_null=True, help_text=_("村居走访的户数；走访个人为 null。"))
    findings = serializers.SerializerMethodField(help_text=_("看到什么；只做监督的、没有批准查看的未成年人为空。"))

    def get_findings(self, visit) -> str:
        staff = self.context["staff"]
        tells = minors.tells_names(staff) and (visit.person is None or minors.may_see(staff, visit.person))
        return visit.findings if tells else ""


class VisitFilters(api.Filters):
    since = serializers.DateField(required=False, help_text=_("从这一天起。"))
    until = serializers.DateField(required=False, help_text=_("到这一天止。"))


class NewVisit(api.StrictSerializer):
    occasion = serializers.ChoiceField(VisitOccasion.choices, help_text=_("走访形式。"))
    visited_on = serializers.DateField(help_text=_("走访日期。"))
    visitors = words(120, _("走访人，同行的都写上。"), required=True)
    result = serializers.ChoiceField(OF_PEOPLE, help_text=_("结果。"))
    findings = words(1000, _("看到什么。"), allow_blank=True)
    photos = serializers.ListField(
        child=FileField(), required=False, max_length=actions.MOST_PHOTOS, help_text=_("照片，最多 3 张。")
    )


EXAMPLES = {
    "VisitRow": {
        "code": "k7m2p9x4ht", "person": "w3f8r6t2nb", "area": "230302001000",
        "organization": {"code": "m4", "name": "向阳街道办事处"}, "occasion": "bureau_round",
        "visited_on": "2026-11-18", "result": "changed", "homes": None, "findings": "窗户漏风，取暖用煤已用完",
    },
}  # fmt: skip


def shown(visits):
    return visits.select_related("person", "area", "organization")


@extend_schema_view(
    get=extend_schema(
        operation_id="list_visits", tags=["visits"], summary=_("走访记录"), parameters=[VisitFilters],
        responses=api.page_serializer("VisitPage", VisitRow),
        description=_("本单位的；民政部门看得到辖区里的。最近的在前。需要 visit.view；看一页记一次。"),
    )
)  # fmt: skip
class Visits(Resource):
    permission = "visit.view"

    def get(self, request):
        asked = api.filters_of(request, VisitFilters)
        visits = Visit.objects.visible_to(request.user)
        if "since" in asked:
            visits = visits.filter(visited_on__gte=asked["since"])
        if "until" in asked:
            visits = visits.filter(visited_on__lte=asked["until"])
        return Response(
            listed(
                request,
                shown(visits),
                ["-visited_on", "-pk"],
                asked,
                told_to(request.user, VisitRow),
            )
        )


@extend_schema_view(
    get=extend_schema(
        operation_id="list_visits_of_person", tags=["visits"], summary=_("一个人的走访"), parameters=[api.Filters],
        responses=api.page_serializer("PersonVisitPage", VisitRow),
        description=_("最近的在前。需要 person.view；看一次记一次。"),
    ),
    post=extend_schema(
        operation_id="record_visit", tags=["visits"], summary=_("记录走访"), request=NewVisit,
        responses={201: VisitRow}, description=_("记下以后不能改，有出入的再记一次。需要 person.edit。"),
    ),
)  # fmt: skip
class VisitsOfPerson(Resource):
    permission = {"GET": "person.view", "POST": "person.edit"}
    parser_classes = [api.JSONWithFiles]

    def get(self, request, code):
        asked = api.filters_of(request, api.Filters)
        visits = shown(opened(request, code).visits)
        return Response(api.page_of(request, visits, ["-visited_on", "-pk"], asked, told_to(request.user, VisitRow)))

    @counts_once
    def post(self, request, code):
        person = opened(request, code, "person.edit")
        said = dict(self.body_of(NewVisit))
        visit = actions.record_visit(request.user, person, said, said.pop("photos", []))
        return made(visit, VisitRow(visit, context={"staff": request.user}).data)


urlpatterns = [
    path("visits/", Visits.as_view(), name="visits"),
    path("people/<slug:code>/visits/", VisitsOfPerson.as_view(), name="person_visits"),
]
