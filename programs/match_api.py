"""Matching for other systems: facts in, verdicts out, as manage.py match does it. Nothing is kept, nothing logged."""

import json
from contextlib import ExitStack

from django.conf import settings
from django.http import StreamingHttpResponse
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.exceptions import UnsupportedMediaType
from rest_framework.parsers import BaseParser
from rest_framework.response import Response

from members.rest import Resource
from portal.lib import api
from programs import catalogue
from programs.facts import VOCABULARY, WrongFacts
from programs.given import WrongInput, named, parse, people_of
from programs.rounds import InForce

MOST_PEOPLE = 1000  # in one list; more of them go through the stream
MOST_LINES = 200_000
MOST_LINE = 64 * 1024
MOST_DAYS = 400  # whose catalogues one stream keeps at hand
PLACES = ("match stream 1", "match stream 2")  # so many streams at a time, of all callers together
LONGEST = 30 * 60  # seconds after which a stream counts as dead
LINES = "application/x-ndjson"
EXAMPLE_FACTS = {
    "as_of": "2024-09-02", "birth_date": "2015-05-20", "nationality": "CN", "diagnoses": ["leukemia"],
    "prior_grants": [],
}  # fmt: skip
EXAMPLE_VERDICT = {
    "program": "P01", "eligible": None, "amount": None, "copay": None, "missing": [], "unknown": ["hsct_done"],
    "route_ok": True, "reasons": ["还不知道：已做造血干细胞移植（附件第1项·救助标准）"],
}  # fmt: skip


# -- shapes for the OpenAPI document ----------------------------------------------------------------------------------
TEXT, NUMBER, NAMES = {"type": "string"}, {"type": "number"}, {"type": "array", "items": {"type": "string"}}
MAYBE = {"type": ["string", "null"]}
SHAPES = {
    "date": TEXT | {"format": "date"},
    "bool": {"type": "boolean"},
    "int": {"type": "integer"},
    "money": NUMBER,
    "decimal": NUMBER,
    "area": TEXT | {"pattern": "^[0-9]{6}$"},
    "country": TEXT | {"pattern": "^[A-Z]{2}$"},
    "papers": NAMES,
    "seals": {"type": "object", "additionalProperties": TEXT},
    "grants": {
        "type": "array",
        "items": {
            "type": "object",
            "required": ["program"],
            "properties": {
                "program": TEXT, "amount_yuan": {"type": ["number", "null"]}, "date": MAYBE | {"format": "date"},
                "term": MAYBE, "campaign": MAYBE,
            },
        },
    },
}  # fmt: skip


def shape_of(fact):
    codes = TEXT if fact.is_open or not fact.choices else TEXT | {"enum": list(fact.choices)}
    shape = {"choice": codes, "choices": {"type": "array", "items": codes}}.get(fact.type)
    return (shape or SHAPES.get(fact.type, TEXT)) | {"description": " · ".join(filter(None, fact.labels))}


def schemas():
    """For the components of the OpenAPI document."""
    facts, verdict = reference("MatchFacts"), reference("MatchVerdict")
    text, key = {"type": "string"}, {"type": ["string", "integer"]}
    verdicts = {"type": "array", "items": verdict, "description": _("每个项目一项。")}
    fault = {"type": "object", "properties": {"field": text, "code": text, "message": text}}
    return {
        "MatchFacts": {
            "type": "object",
            "description": _("一个人的事实；没有的键和 null 都表示不知道。各地另加的事实也可以写。"),
            "properties": {name: shape_of(fact) for name, fact in VOCABULARY.items() if fact.is_givable},
            "example": EXAMPLE_FACTS,
        },
        "MatchPerson": {
            "type": "object",
            "required": ["id", "facts"],
            "properties": {"id": key | {"description": _("您的编号，原样写回，不保存。")}, "facts": facts},
            "example": {"id": "a-1", "facts": EXAMPLE_FACTS},
        },
        "MatchVerdict": {"type": "object", "properties": verdict_fields(text), "example": EXAMPLE_VERDICT},
        "MatchAnswer": {"type": "object", "required": ["programs"], "properties": {"programs": verdicts}},
        "MatchLine": {
            "type": "object",
            "properties": {
                "id": {"description": _("您的编号；读不出来时为 null。"), "type": ["string", "integer", "null"]},
                "programs": verdicts,
                "line": {"type": "integer", "description": _("第几行；只在有错误时给出。")},
                "errors": {"type": "array", "items": fault, "description": _("这一行的错误，逐项写明。")},
            },
            "example": {"id": "a-1", "programs": [EXAMPLE_VERDICT]},
        },
    }


def verdict_fields(text):
    pair = {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2}
    several = {"type": "array", "items": text}
    return {
        "program": text | {"description": _("项目编号。")},
        "eligible": {"type": ["boolean", "null"], "description": _("是否符合；null：还有决定性的事实不知道。")},
        "amount": {
            "description": _("金额；[最低, 最高]；null 表示没有定数；不符合时为 0。"),
            "oneOf": [{"type": ["number", "null"]}, pair],
        },
        "copay": {"type": ["number", "null"], "description": _("本人自付。")},
        "missing": several | {"description": _("还缺的材料。")},
        "unknown": several | {"description": _("接下来要问的事实。")},
        "route_ok": {"type": "boolean", "description": _("false：项目对，申请人不对。")},
        "reasons": several | {"description": _("理由，一句一条，带出处。")},
    }


def reference(name):
    return {"$ref": f"#/components/schemas/{name}"}


def several_or(one, many):
    return {"oneOf": [reference(one), {"type": "array", "items": reference(many)}]}


class MatchFilters(api.StrictSerializer):
    as_of = serializers.DateField(
        required=False,
        help_text=gettext_lazy("按哪一天的目录判定，也作为没有写 as_of 的人的认定日期；默认各人的 as_of，再默认今天。"),
    )
    program = serializers.RegexField(
        r"^[A-Za-z0-9._-]+(,[A-Za-z0-9._-]+)*$", required=False, max_length=600,
        help_text=gettext_lazy("只判定这些项目，编号用逗号隔开；上级项目代表它的各个子项目。"),
    )  # fmt: skip


# -- what comes in ----------------------------------------------------------------------------------------------------
class ExactJSON(BaseParser):
    """Like every JSON of ours, and sums stay decimals."""

    media_type = "application/json"

    def parse(self, stream, media_type=None, parser_context=None):
        raw = stream.read(settings.API_BODY_LIMIT + 1)
        if len(raw) > settings.API_BODY_LIMIT:
            raise api.Problem("too_large", _("请求内容最多 %(size)s KB。") % {"size": settings.API_BODY_LIMIT // 1024})
        try:
            return parse(raw)
        except WrongInput as wrong:
            raise api.Problem("malformed", str(wrong)) from None


def faults_as_json(faults, prefix=""):
    return [
        {"field": f"{prefix}{fault.place}".rstrip("."), "code": "wrong_fact", "message": fault.message}
        for fault in faults
    ]


class Matching:
    """The catalogue of each day that is asked about, for one request."""

    def __init__(self, asked):
        self.day, self.words = asked.get("as_of"), catalogue.vocabulary()
        self.codes = set(asked["program"].split(",")) if asked.get("program") else None
        self.days = {}
        if self.codes is not None:
            self.refuse_unknown()

    def refuse_unknown(self):
        """A typing mistake must not pass for a program that fits nobody."""
        known = {one.code for one in catalogue.current(self.day)}
        if unknown := sorted(self.codes - known):
            message = _("没有生效的项目：%s") % "、".join(unknown)[:200]
            raise serializers.ValidationError({"program": [serializers.ErrorDetail(message, code="unknown")]})

    def in_force(self, day):
        if day not in self.days:
            if len(self.days) >= MOST_DAYS:
                self.days.clear()
            self.days[day] = InForce(day, self.codes)
        return self.days[day]

    def read(self, given):
        facts = self.words.read(given)
        return {"as_of": self.day} | facts if self.day else facts

    def answer(self, facts):
        day = self.day or facts.get("as_of") or timezone.localdate()
        return {"programs": [verdict.as_json() for verdict in self.in_force(day).match(facts)]}


# -- one and many -----------------------------------------------------------------------------------------------------
@extend_schema_view(
    post=extend_schema(
        operation_id="match", tags=["match"], summary=gettext_lazy("符合哪些项目"), parameters=[MatchFilters],
        description=gettext_lazy(
            "给一个人的事实，得到每个项目是否符合、金额、缺的材料和理由；或给一个列表，每项有 id 和 facts，"
            "按同样的顺序得到各人的结果，最多 1,000 人，更多请用逐行接口。"
            "写错的事实在 errors 里逐项写明，这时谁也不判定。什么也不保存。"
        ),
        request={"application/json": several_or("MatchFacts", "MatchPerson")},
        responses={(200, "application/json"): several_or("MatchAnswer", "MatchLine")},
    )
)  # fmt: skip
class Match(Resource):
    permission = "program.match"
    parser_classes = [ExactJSON]

    def post(self, request):
        matching = Matching(api.filters_of(request, MatchFilters))
        data = request.data if int(request.META.get("CONTENT_LENGTH") or 0) else None
        try:
            people = people_of(data)
        except WrongInput as wrong:
            raise api.Problem("malformed", str(wrong)) from None
        if len(people) > MOST_PEOPLE:
            raise api.Problem("too_large", _("一次最多 %s 人；更多请用逐行接口。") % f"{MOST_PEOPLE:,}")
        read, faults = [], []
        for number, (_place, key, given, _entry) in enumerate(people):
            try:
                read.append((key, matching.read(given)))
            except WrongFacts as wrong:
                faults += faults_as_json(wrong.faults, f"{number}.facts." if isinstance(data, list) else "")
        if faults:
            raise api.Problem("invalid", _("有事实写错了，请看 errors。"), faults)
        if isinstance(data, list):
            return Response([{"id": key} | matching.answer(facts) for key, facts in read])
        return Response(matching.answer(read[0][1]))


# -- line by line -----------------------------------------------------------------------------------------------------
@extend_schema_view(
    post=extend_schema(
        operation_id="match_stream", tags=["match"], summary=gettext_lazy("逐行判定许多人"), parameters=[MatchFilters],
        description=gettext_lazy(
            "每行一个人（NDJSON），有 id 和 facts；逐行得到 id 和 programs，行数不变，顺序不变。"
            "写错的那一行得到 line、id 和 errors，其余照常。边读边答，内存不随行数增长；"
            "最多 200,000 行，每行最多 64 KB。什么也不保存。"
        ),
        request={LINES: reference("MatchPerson")},
        responses={(200, LINES): reference("MatchLine")},
    )
)  # fmt: skip
class MatchStream(Resource):
    permission = "program.match"

    def post(self, request):
        if request.content_type.split(";")[0].strip().lower() != LINES:
            raise UnsupportedMediaType(request.content_type, _("逐行接口只接受 application/x-ndjson。"))
        matching = Matching(api.filters_of(request, MatchFilters))
        places = ExitStack()
        # Each holds a worker from its first line to its last, however slowly they come.
        mine = places.enter_context(api.slot([f"match:{request.user.pk}"], LONGEST))
        if not mine or not places.enter_context(api.slot(PLACES, LONGEST)):
            places.close()
            raise api.Problem("throttled", _("逐行判定正忙：每人一次一个，请等前一个结束再试。"), wait=60)
        answers = (as_line(answer) for answer in answers_to(lines_of(request._request), matching))
        return StreamingHttpResponse(Answers(answers, places), content_type=LINES)


class Answers:
    """Lines, one after the other; whoever breaks off, or never begins to read, gives the place back as well."""

    def __init__(self, lines, places):
        self.lines, self.places = lines, places

    def __iter__(self):
        with self.places:
            yield from self.lines

    def close(self):
        self.lines.close()
        self.places.close()


def as_line(answer):
    return json.dumps(answer, ensure_ascii=False).encode("utf-8", "backslashreplace") + b"\n"


def lines_of(stream):
    """(number, line) of every line that holds something; a line that is too long is None. One line at a time."""
    number = 0
    while line := stream.readline(MOST_LINE + 1):
        number += 1
        if len(line) > MOST_LINE and not line.endswith(b"\n"):
            while line and not line.endswith(b"\n"):
                line = stream.readline(MOST_LINE)
            yield number, None
        elif line.strip():
            yield number, line


def answers_to(lines, matching):
    for number, line in lines:
        if number > MOST_LINES:
            yield failed(number, None, _("最多 %s 行，从这里起没有判定。") % f"{MOST_LINES:,}")
            return
        yield answer_to(number, line, matching)


def answer_to(number, line, matching):
    """A line's verdicts, or its errors; no line keeps the others from theirs."""
    key = None
    try:
        if line is None:
            raise WrongInput(_("这一行超过 %s KB") % (MOST_LINE // 1024))
        entry = parse(line)
        key = named(entry, number)
        return {"id": key} | matching.answer(matching.read(entry["facts"]))
    except WrongInput as wrong:
        return failed(number, key, str(wrong))
    except WrongFacts as wrong:
        return {"line": number, "id": key, "errors": faults_as_json(wrong.faults, "facts.")}


def failed(number, key, message):
    return {"line": number, "id": key, "errors": [{"field": "", "code": "malformed", "message": message}]}


urlpatterns = [
    path("match/", Match.as_view(), name="match"),
    path("match/stream/", MatchStream.as_view(), name="match_stream"),
]
