"""The catalogue for other systems: programs in force, their versions, and services in HSDS 3. Open to everyone."""

from django.db.models import Exists, OuterRef, Q
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import NoReverseMatch, path, reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema, extend_schema_view, inline_serializer
from rest_framework import serializers
from rest_framework.response import Response

from members.models import Area
from members.rest import Resource
from portal.lib import api
from programs import catalogue, definitions, hsds, wording
from programs.models import IN_FORCE, Program, ProgramVersion
from programs.words import KINDS, PARTIES, STAGES, say

# What anybody may read anybody may keep for a while.
OPEN = "public, max-age=60"
MOST_A_PAGE = 100


class OpenResource(Resource):
    """Read by everyone; says only what is or was in force."""

    permission = "public"

    def finalize_response(self, request, response, *args, **kwargs):
        if response.status_code == 200:
            response.headers["Cache-Control"] = OPEN
            # A cache in between must not hand the words of one language to who asked for another.
            patch_vary_headers(response, ["Accept-Language", "Cookie"])
        return super().finalize_response(request, response, *args, **kwargs)


# -- shapes -----------------------------------------------------------------------------------------------------------
class Unit(serializers.Serializer):
    code = serializers.CharField(help_text=_("单位编号。"))
    name = serializers.CharField(help_text=_("单位名称。"))


class ProgramRow(serializers.Serializer):
    """One program as it is in force."""

    code = serializers.CharField(help_text=_("项目编号。"))
    name = serializers.CharField(help_text=_("名称。"))
    name_en = serializers.CharField(help_text=_("英文名称；没有时为空。"))
    kind = serializers.CharField(help_text=_("帮扶类别的代码；只含子项目的为空。"))
    organization = Unit(help_text=_("主管单位。"))
    parent = serializers.CharField(allow_null=True, help_text=_("上级项目的编号。"))
    is_container = serializers.BooleanField(help_text=_("只含子项目，本身不能申请。"))
    whom = serializers.CharField(help_text=_("帮谁，一句话。"))
    how_much = serializers.CharField(help_text=_("帮多少，一句话；没有定的会说明，不会写成零。"))
    version = serializers.IntegerField(help_text=_("版本号。"))
    valid_from = serializers.DateField(help_text=_("从哪一天起生效。"))
    valid_to = serializers.DateField(allow_null=True, help_text=_("到哪一天为止（不含）；一直有效时为 null。"))


class Sentence(serializers.Serializer):
    text = serializers.CharField(help_text=_("一句话。"))
    source = serializers.CharField(help_text=_("出处。"))


class Paper(serializers.Serializer):
    code = serializers.CharField(help_text=_("材料编号。"))
    name = serializers.CharField(help_text=_("材料名称。"))
    count = serializers.CharField(help_text=_("几份原件、几份复印件。"))
    seals = serializers.ListField(child=serializers.CharField(), help_text=_("认哪些印章。"))
    refused_seals = serializers.ListField(child=serializers.CharField(), help_text=_("不认哪些印章。"))
    when = serializers.CharField(help_text=_("在什么情形下才要；总要的为空。"))
    brought_by = serializers.CharField(help_text=_("谁提交。"))
    stage = serializers.CharField(help_text=_("何时提交。"))
    valid_days = serializers.IntegerField(allow_null=True, help_text=_("几天内有效；不限时为 null。"))
    form = serializers.CharField(help_text=_("用表。"))


class BenefitLine(serializers.Serializer):
    says = serializers.CharField(help_text=_("情形。"))
    when = serializers.CharField(help_text=_("条件。"))
    sum = serializers.CharField(help_text=_("金额，用文字。"))
    source = serializers.CharField(help_text=_("出处。"))


class ProgramInFull(ProgramRow):
    conditions = Sentence(many=True, help_text=_("都要符合的条件。"))
    applicants = serializers.CharField(help_text=_("谁可以申请。"))
    papers = Paper(many=True, help_text=_("要交的材料。"))
    benefit = BenefitLine(many=True, help_text=_("待遇，逐行。"))
    steps = serializers.ListField(child=serializers.CharField(), help_text=_("步骤。"))
    definition = serializers.DictField(help_text=_("机器可读的完整定义，与导出的 JSON 相同。"))


class VersionRow(serializers.Serializer):
    number = serializers.IntegerField(help_text=_("版本号。"))
    state = serializers.ChoiceField(["released", "withdrawn"], help_text=_("已发布或已撤回。"))
    name = serializers.CharField(help_text=_("这一版的名称。"))
    valid_from = serializers.DateField(help_text=_("从哪一天起生效。"))
    valid_to = serializers.DateField(allow_null=True, help_text=_("到哪一天为止（不含）。"))
    released_at = serializers.DateTimeField(help_text=_("何时发布。"))


class ProgramFilters(api.Filters):
    q = serializers.CharField(required=False, max_length=60, help_text=_("编号，或条件、材料、待遇中的词。"))
    kind = serializers.ChoiceField(list(KINDS.items()), required=False, help_text=_("帮扶类别。"))
    organization = serializers.RegexField(
        r"^[a-z0-9]{1,12}$", required=False, help_text=_("只要这个单位主管的；给单位编号。")
    )
    area = serializers.RegexField(r"^\d{12}$", required=False, help_text=_("只要这个区划及其以下单位主管的。"))
    on = serializers.DateField(required=False, help_text=_("哪一天生效的；默认今天。"))


class Day(api.StrictSerializer):
    on = serializers.DateField(required=False, help_text=_("哪一天生效的；默认今天。"))


EXAMPLES = {
    "ProgramRow": {
        "code": "P02", "name": "天使阳光基金", "name_en": "Angel Sunshine Fund (congenital heart disease)",
        "kind": "medical_aid", "organization": {"code": "k7m2p9x4ht", "name": "示例市红十字会"}, "parent": None,
        "is_container": False, "whom": "国籍：中国；年龄：0–14 周岁；疾病诊断包括先天性心脏病 等",
        "how_much": "每次手术 · 5,000–30,000 元", "version": 1, "valid_from": "2024-07-12", "valid_to": None,
    },
}  # fmt: skip


def row_of(program, version, words):
    said = catalogue.parsed(version, words)
    return {
        "code": program.code,
        "name": version.name,
        "name_en": version.name_en,
        "kind": said.kind,
        "organization": {"code": program.organization.code, "name": program.organization.name},
        "parent": program.parent.code if program.parent else None,
        "is_container": program.is_container,
        "whom": wording.whom(said, words),
        "how_much": wording.how_much(said),
        "version": version.number,
        "valid_from": version.valid_from,
        "valid_to": version.valid_to,
    }


def in_full(program, version):
    """Everything, in words and as data. Notes to the keepers of the catalogue stay with them."""
    words = catalogue.vocabulary()
    said = catalogue.parsed(version, words)
    found = row_of(program, version, words) | {
        "conditions": [], "applicants": "", "papers": [], "benefit": [], "steps": [],
        "definition": {key: value for key, value in definitions.plain(version.definition).items() if key != "notes"},
    }  # fmt: skip
    if said.is_container:
        return found
    return found | {
        "conditions": [{"text": line.text, "source": line.source} for line in wording.condition_lines(said, words)],
        "applicants": wording.applicants_text(said, words),
        "papers": [paper_of(paper, words) for paper in said.papers],
        "benefit": [vars(row) for row in wording.benefit_rows(said.benefit, words)],
        "steps": [wording.step_text(step) for step in said.steps],
    }


def paper_of(paper, words):
    seals = words["document_seals"]
    return {
        "code": paper.code,
        "name": paper.name,
        "count": paper.count_text(),
        "seals": [seals.label_of(code) for code in paper.seals],
        "refused_seals": [seals.label_of(code) for code in paper.refused_seals],
        "when": wording.when_text(paper.when, words),
        "brought_by": say(PARTIES, paper.brought_by),
        "stage": say(STAGES, paper.stage),
        "valid_days": paper.valid_days,
        "form": paper.form,
    }


# -- programs ---------------------------------------------------------------------------------------------------------
class _Rows:
    """Rows for api.page_of: programs with the version of the day, read together."""

    def __init__(self, programs, many=True):
        versions = ProgramVersion.objects.defer("search_text").in_bulk([program.shown_id for program in programs])
        words = catalogue.vocabulary()
        self.data = [row_of(program, versions[program.shown_id], words) for program in programs]


def programs_on(day):
    """Programs in force on a day, each with `shown_id`."""
    return Program.objects.released_on(day).with_version(day).select_related("organization", "parent")


@extend_schema_view(
    get=extend_schema(
        operation_id="list_programs", tags=["programs"], summary=_("项目目录"), parameters=[ProgramFilters],
        description=_("某一天生效的项目，按目录的顺序。不用登录。"),
        responses=api.page_serializer("ProgramPage", ProgramRow), auth=[],
    )
)  # fmt: skip
class Programs(OpenResource):
    def get(self, request):
        asked = api.filters_of(request, ProgramFilters)
        programs = programs_on(asked.get("on") or timezone.localdate())
        shown = ProgramVersion.objects.filter(pk=OuterRef("shown_id"))
        if text := asked.get("q"):
            programs = programs.filter(Q(code__iexact=text) | Exists(shown.filter(search_text__icontains=text)))
        if kind := asked.get("kind"):
            programs = programs.filter(Exists(shown.filter(kind=kind)))
        if code := asked.get("organization"):
            programs = programs.filter(organization__code=code)
        if "area" in asked:
            programs = in_area(programs, asked["area"])
        return Response(api.page_of(request, programs, ["position", "code"], asked, _Rows))


def in_area(programs, code):
    area = Area.objects.filter(code=code).first()
    if area is None:
        return programs.none()
    if area.level == "village":
        return programs.filter(organization__area=area)
    return programs.filter(**{f"organization__area__{area.level}": area.code})


@extend_schema_view(
    get=extend_schema(
        operation_id="retrieve_program", tags=["programs"], summary=_("一个项目"), parameters=[Day], auth=[],
        description=_("某一天生效的那一版：条件、材料、待遇、步骤，用文字也用数据。不用登录。"),
        responses=ProgramInFull,
    )
)  # fmt: skip
class OneProgram(OpenResource):
    def get(self, request, code):
        asked = api.filters_of(request, Day)
        program = find(code)
        version = program.versions.holding_on(asked.get("on") or timezone.localdate()).first()
        if version is None:
            raise Http404
        return Response(in_full(program, version))


def find(code):
    return get_object_or_404(Program.objects.select_related("organization__area", "parent"), code=code)


@extend_schema_view(
    get=extend_schema(
        operation_id="list_program_versions", tags=["programs"], summary=_("一个项目的各个版本"), auth=[],
        parameters=[api.Filters], description=_("新的在前；只有已发布和已撤回的。不用登录。"),
        responses=api.page_serializer("ProgramVersionPage", VersionRow),
    )
)  # fmt: skip
class Versions(OpenResource):
    def get(self, request, code):
        asked = api.filters_of(request, api.Filters)
        versions = find(code).versions.filter(state__in=IN_FORCE)
        if not versions.exists():
            raise Http404
        rows = versions.defer("definition", "search_text")
        return Response(api.page_of(request, rows, ["-number"], asked, VersionRow))


@extend_schema_view(
    get=extend_schema(
        operation_id="retrieve_program_version", tags=["programs"], summary=_("一个项目的某一版"), auth=[],
        description=_("按版本号。不用登录。"), responses=ProgramInFull,
    )
)  # fmt: skip
class OneVersion(OpenResource):
    def get(self, request, code, number):
        program = find(code)
        if number > 2**31 - 1:
            raise Http404
        return Response(in_full(program, get_object_or_404(program.versions, number=number, state__in=IN_FORCE)))


# -- HSDS 3 -----------------------------------------------------------------------------------------------------------
class HsdsFilters(api.StrictSerializer):
    page = serializers.IntegerField(required=False, min_value=1, max_value=10_000, help_text=_("第几页。"))
    per_page = serializers.IntegerField(
        required=False, min_value=1, max_value=MOST_A_PAGE, help_text=_("每页几个，最多 100。")
    )
    search = serializers.CharField(required=False, max_length=60, help_text=_("名称、条件、材料中的词。"))
    organization_id = serializers.UUIDField(required=False, help_text=_("只要这个机构的。"))
    full = serializers.BooleanField(required=False, help_text=_("true：每个服务都带上全部内容。"))


HSDS_PAGE = inline_serializer(
    "HsdsServicePage",
    {
        "total_items": serializers.IntegerField(help_text=_("一共几个。")),
        "total_pages": serializers.IntegerField(help_text=_("一共几页。")),
        "page_number": serializers.IntegerField(help_text=_("第几页。")),
        "size": serializers.IntegerField(help_text=_("这一页几个。")),
        "first_page": serializers.BooleanField(help_text=_("是不是第一页。")),
        "last_page": serializers.BooleanField(help_text=_("是不是最后一页。")),
        "empty": serializers.BooleanField(help_text=_("这一页是不是空的。")),
        "contents": serializers.ListField(child=serializers.DictField(), help_text=_("HSDS 3 的 service 对象。")),
    },
)
HSDS_META = inline_serializer(
    "HsdsMeta",
    {
        "version": serializers.CharField(help_text=_("HSDS 的版本。")),
        "profile": serializers.URLField(help_text=_("HSDS 的说明。")),
        "openapi_url": serializers.URLField(help_text=_("本接口的 OpenAPI 文档。")),
    },
)


def services_today():
    """The programs somebody can apply for, each with its version; three queries and the contact posts."""
    programs = list(
        programs_on(timezone.localdate())
        .filter(is_container=False)
        .select_related("parent__organization")
        .prefetch_related("organization__contact_posts")
        .order_by("position", "code")
    )
    versions = ProgramVersion.objects.defer("search_text").in_bulk([program.shown_id for program in programs])
    for program in programs:
        program.version = versions[program.shown_id]
    return programs


def public_page(request, program):
    try:
        return request.build_absolute_uri(reverse("programs:show_public_program", args=[program.code]))
    except NoReverseMatch:
        return ""


@extend_schema_view(
    get=extend_schema(
        operation_id="hsds_meta", tags=["hsds"], summary=_("HSDS 3 目录的说明"), responses=HSDS_META, auth=[],
        description=_("供其他服务目录读取：Open Referral HSDS 3。不用登录。"),
    )
)  # fmt: skip
class HsdsMeta(OpenResource):
    def get(self, request):
        openapi = request.build_absolute_uri(reverse("api:schema"))
        return Response({"version": hsds.VERSION, "profile": hsds.PROFILE, "openapi_url": openapi})


@extend_schema_view(
    get=extend_schema(
        operation_id="hsds_services", tags=["hsds"], summary=_("HSDS 3 的服务列表"), parameters=[HsdsFilters],
        description=_("按 HSDS 的分页方式。不用登录。"), responses=HSDS_PAGE, auth=[],
    )
)  # fmt: skip
class HsdsServices(OpenResource):
    def get(self, request):
        asked = api.filters_of(request, HsdsFilters)
        words = catalogue.vocabulary()
        found = [one for one in services_today() if _is_asked_for(one, asked, words)]
        number, size = asked.get("page", 1), asked.get("per_page", MOST_A_PAGE)
        write = hsds.service if asked.get("full") else hsds.summary
        contents = [
            write(one, catalogue.parsed(one.version, words), words, public_page(request, one))
            for one in found[(number - 1) * size : number * size]
        ]
        return Response(hsds.page(contents, len(found), number, size))


def _is_asked_for(program, asked, words):
    key = asked.get("organization_id")
    if key and hsds.identifier("organization", program.organization.code) != str(key):
        return False
    text = asked.get("search", "").lower()
    return not text or text in wording.search_text(catalogue.parsed(program.version, words), words).lower()


@extend_schema_view(
    get=extend_schema(
        operation_id="hsds_service", tags=["hsds"], summary=_("HSDS 3 的一个服务"), auth=[],
        description=_("连同机构、条件、材料、联系岗位。不用登录。"),
        responses=inline_serializer("HsdsService", {
            "id": serializers.UUIDField(help_text=_("服务的标识，不随版本变化。")),
            "name": serializers.CharField(help_text=_("名称。")),
            "status": serializers.CharField(help_text=_("总是 active。")),
        }),
    )
)  # fmt: skip
class HsdsService(OpenResource):
    def get(self, request, key):
        program = next((one for one in services_today() if hsds.service_id(one.code) == str(key)), None)
        if program is None:
            raise Http404
        words = catalogue.vocabulary()
        said = catalogue.parsed(program.version, words)
        return Response(hsds.service(program, said, words, public_page(request, program)))


urlpatterns = [
    path("programs/", Programs.as_view(), name="programs"),
    path("programs/<slug:code>/", OneProgram.as_view(), name="program"),
    path("programs/<slug:code>/versions/", Versions.as_view(), name="program_versions"),
    path("programs/<slug:code>/versions/<int:number>/", OneVersion.as_view(), name="program_version"),
    path("hsds/", HsdsMeta.as_view(), name="hsds"),
    path("hsds/services/", HsdsServices.as_view(), name="hsds_services"),
    path("hsds/services/<uuid:key>/", HsdsService.as_view(), name="hsds_service"),
]
