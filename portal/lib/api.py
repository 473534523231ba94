"""What every API of ours shares: one shape for errors, strict bodies, pages by key, rates, versions. Knows no models.

Errors are RFC 9457 problems: `type`, `title`, `status`, `detail`, `code`, and `errors` for fields. Titles follow
Accept-Language; `code` never changes.
"""

import codecs
import json
import logging
import time
from collections.abc import Mapping
from contextlib import contextmanager, suppress
from urllib.parse import urlencode

from django.conf import settings
from django.core.cache import cache
from django.core.exceptions import PermissionDenied as DjangoPermissionDenied
from django.core.exceptions import RequestDataTooBig
from django.core.signals import got_request_exception
from django.db import DataError
from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import exceptions, serializers
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.response import Response
from rest_framework.throttling import BaseThrottle

from portal.lib import pages

logger = logging.getLogger("portal.api")
PROBLEM_TYPE = "application/problem+json"
PAGE_SIZE, PAGE_LIMIT = 50, 200


# -- errors -----------------------------------------------------------------------------------------------------------
# code -> (status, title)
PROBLEMS = {
    "malformed": (400, gettext_lazy("请求无法读懂")),
    "invalid": (400, gettext_lazy("内容未通过检查")),
    "not_authenticated": (401, gettext_lazy("需要登录或令牌")),
    "token_invalid": (401, gettext_lazy("令牌无效")),
    "forbidden": (403, gettext_lazy("没有权限")),
    "not_found": (404, gettext_lazy("找不到")),
    "method_not_allowed": (405, gettext_lazy("不支持这种操作")),
    "conflict": (409, gettext_lazy("与现状冲突")),
    "wrong_state": (409, gettext_lazy("现在不能走这一步")),
    "in_progress": (409, gettext_lazy("同一请求正在处理")),
    "version_mismatch": (412, gettext_lazy("版本已变化")),
    "too_large": (413, gettext_lazy("内容太大")),
    "unsupported_media_type": (415, gettext_lazy("只接受 JSON")),
    "refused": (422, gettext_lazy("按规则不能这样做")),
    "key_reused": (422, gettext_lazy("幂等键已用于别的内容")),
    "version_required": (428, gettext_lazy("须说明所改的版本")),
    "throttled": (429, gettext_lazy("请求太频繁")),
    "server_error": (500, gettext_lazy("服务器出错")),
}
_BY_STATUS = {400: "malformed", 401: "not_authenticated", 403: "forbidden", 404: "not_found", 405: "method_not_allowed"}
_BY_STATUS |= {409: "conflict", 413: "too_large", 415: "unsupported_media_type", 429: "throttled"}


class Problem(exceptions.APIException):
    """An error with a code of ours."""

    def __init__(self, code, detail="", errors=(), wait=None):
        """`wait`: seconds after which it is worth while to ask again."""
        self.wait = wait
        self.status_code, title = PROBLEMS[code]
        self.problem, self.errors = code, list(errors)
        super().__init__(detail or title, code)


def problem(code, detail="", errors=(), instance=""):
    """The body of an error."""
    status, title = PROBLEMS[code]
    body = {"type": f"/api/docs/#{code}", "title": str(title), "status": status, "code": code, "detail": str(detail)}
    if instance:
        body["instance"] = f"urn:request:{instance}"
    if errors:
        body["errors"] = list(errors)
    return body


def explain(error, context):
    """Any exception as a problem; what nobody foresaw is logged and tells nothing about the inside."""
    response = Response(content_type=PROBLEM_TYPE)
    errors = []
    if isinstance(error, Problem):
        code, detail, errors = error.problem, error.detail, error.errors
    elif isinstance(error, exceptions.ValidationError):
        code, detail, errors = "invalid", _("有内容没有通过检查，请看 errors。"), fields_of(error)
    elif isinstance(error, Http404):
        code, detail = "not_found", _("没有这个对象，或者它不在您能看到的范围内。")
    elif isinstance(error, DjangoPermissionDenied | exceptions.PermissionDenied):
        code, detail = "forbidden", _("您的角色或令牌不能做这件事。")
        if getattr(error, "detail", "") and str(error.detail).startswith("CSRF"):
            detail = error.detail
    elif isinstance(error, RequestDataTooBig):
        code, detail = "too_large", _("请求内容太大。")
    elif isinstance(error, DataError):
        logger.warning("unreadable: %s", type(error.__cause__ or error).__name__)
        code, detail = "malformed", _("请求里有数据库不能接受的内容（例如空字符，或者过大的数）。")
    elif isinstance(error, exceptions.APIException):
        code, detail = _BY_STATUS.get(error.status_code, "malformed"), error.detail
    else:
        logger.exception("unforeseen", exc_info=error)
        got_request_exception.send(sender=explain, request=context["request"]._request)
        code, detail = "server_error", _("服务器没有完成这个请求，也没有改动任何内容。")
    response.data = problem(code, detail, errors, context.get("instance", ""))
    response.status_code = PROBLEMS[code][0]
    if getattr(error, "auth_header", None):
        response["WWW-Authenticate"] = error.auth_header
    if getattr(error, "wait", None):
        response["Retry-After"] = str(int(error.wait))
    return response


def problem_page(code, detail=""):
    """The same outside of a view of ours, for middleware."""
    body = json.dumps(problem(code, detail), ensure_ascii=False)
    return HttpResponse(body, status=PROBLEMS[code][0], content_type=PROBLEM_TYPE)


def fields_of(error):
    """[{"field": "contact.phone", "code": "required", "message": "…"}] out of DRF's nested answer."""
    found = []

    def walk(detail, path):
        if isinstance(detail, dict):
            for name, inner in detail.items():
                walk(inner, path if name == "non_field_errors" else [*path, str(name)])
        elif isinstance(detail, list):
            for number, inner in enumerate(detail):
                walk(inner, [*path, str(number)] if isinstance(inner, dict) and inner else path)
        else:
            found.append({"field": ".".join(path), "code": detail.code, "message": str(detail)})

    walk(error.detail, [])
    return found


# -- what comes in ----------------------------------------------------------------------------------------------------
class JSONOnly(BaseParser):
    """JSON and nothing else: bounded, UTF-8, no constants that JSON lacks, no field twice, no lone surrogates."""

    media_type = "application/json"

    @property
    def limit(self):
        return settings.API_BODY_LIMIT

    def parse(self, stream, media_type=None, parser_context=None):
        raw = stream.read(self.limit + 1)
        if len(raw) > self.limit:
            raise Problem("too_large", _("请求内容最多 %(size)s KB。") % {"size": self.limit // 1024})
        try:
            text = codecs.decode(raw, "utf-8-sig")
            data = json.loads(text, object_pairs_hook=_without_twins, parse_constant=_refuse_constant)
            json.dumps(data, ensure_ascii=False).encode()
        except (ValueError, RecursionError) as error:
            raise Problem("malformed", _("请求内容不是合法的 JSON（UTF-8）。")) from error
        return data


class JSONWithFiles(JSONOnly):
    """JSON that may hold files, each as base64: four letters for three bytes."""

    @property
    def limit(self):
        return settings.API_BODY_LIMIT + settings.UPLOAD_LIMIT * 4 // 3


class LinesOnly(JSONOnly):
    """JSON a line, for lists too long for one body: the first line is the frame, each other one of its `rows`."""

    media_type = "application/x-ndjson"

    def parse(self, stream, media_type=None, parser_context=None):
        raw = stream.read(settings.API_LINES_LIMIT + 1)
        if len(raw) > settings.API_LINES_LIMIT:
            raise Problem("too_large", _("请求内容最多 %(size)s KB。") % {"size": settings.API_LINES_LIMIT // 1024})
        lines = [line for line in raw.splitlines() if line.strip()]
        found = []
        for number, line in enumerate(lines, start=1):
            try:
                text = codecs.decode(line, "utf-8-sig")
                found.append(json.loads(text, object_pairs_hook=_without_twins, parse_constant=_refuse_constant))
                json.dumps(found[-1], ensure_ascii=False).encode()
            except (ValueError, RecursionError) as error:
                raise Problem("malformed", _("第 %(number)s 行不是合法的 JSON。") % {"number": number}) from error
        if not found or not isinstance(found[0], dict) or "rows" in found[0]:
            raise Problem("malformed", _("第一行应是说明，其后每行一条。"))
        return {**found[0], "rows": found[1:]}


def _without_twins(pairs):
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice")
    return found


def _refuse_constant(name):
    raise ValueError(f"{name} is no JSON")


class JSONAlways(BaseContentNegotiation):
    """There is one representation, so nobody need negotiate for it."""

    def select_parser(self, request, parsers):
        media_type = request.content_type.split(";")[0].strip().lower()
        return next((parser for parser in parsers if parser.media_type == media_type), None)

    def select_renderer(self, request, renderers, format_suffix=None):
        return renderers[0], renderers[0].media_type


class StrictSerializer(serializers.Serializer):
    """A field that nobody knows is an error: a typing mistake must not pass for success."""

    def to_internal_value(self, data):
        if isinstance(data, Mapping):
            unknown = sorted(str(name) for name in set(data) - set(self.fields))
            if unknown:
                raise serializers.ValidationError({name: [_unknown_field()] for name in unknown})
        return super().to_internal_value(data)


def _unknown_field():
    return serializers.ErrorDetail(_("没有这个字段。"), code="unknown")


class Filters(StrictSerializer):
    """What a list may be narrowed by. Every list also takes limit, after and before."""

    limit = serializers.CharField(
        required=False, max_length=20, help_text=gettext_lazy("每页条数，1 到 200，默认 50；超出的按最近的界限处理。")
    )
    after = serializers.CharField(
        required=False, max_length=1000, help_text=gettext_lazy("取这个位置之后的一页；用上一次回答里 next 的值。")
    )
    before = serializers.CharField(
        required=False, max_length=1000, help_text=gettext_lazy("取这个位置之前的一页；用回答里 previous 的值。")
    )

    def validate(self, attrs):
        if attrs.get("after") and attrs.get("before"):
            raise serializers.ValidationError(_("after 和 before 只能用一个。"))
        return attrs


def filters_of(request, serializer_class):
    """The checked filters of a list; anything unknown or unreadable is an error, not the whole list."""
    serializer = serializer_class(data=request.query_params.dict())
    serializer.is_valid(raise_exception=True)
    return serializer.validated_data


# -- pages ------------------------------------------------------------------------------------------------------------
def page_of(request, rows, order, filters, serializer_class):
    """One page by key: {"results", "next", "previous"}. A cursor that is not ours is an error. `rows`: a queryset, or
    what portal.lib.pages.page_by asks."""
    for name in ("after", "before"):
        if filters.get(name) and pages.decode(filters[name], order) is None:
            error = serializers.ErrorDetail(_("不是我们给出的位置。"), code="cursor")
            raise serializers.ValidationError({name: [error]})
    page_of_rows = pages.page_by if callable(rows) else pages.page_of
    page = page_of_rows(request._request, rows, order, size_of(filters.get("limit", "")))
    return {
        "results": serializer_class(page.rows, many=True).data,
        "next": _link(request, "after", page.after),
        "previous": _link(request, "before", page.before),
    }


def size_of(text):
    """Clamped, never refused: a client that asks for too much gets what there is."""
    try:
        return min(max(int(text), 1), PAGE_LIMIT)
    except ValueError:
        return PAGE_SIZE


def _link(request, name, cursor):
    if not cursor:
        return None
    query = {key: value for key, value in request.query_params.items() if key not in ("after", "before")}
    return request.build_absolute_uri(f"{request.path}?{urlencode(query | {name: cursor})}")


def page_serializer(name, row):
    """For the OpenAPI document: the shape of a page of these rows."""
    fields = {
        "results": row(many=True),
        "next": serializers.URLField(allow_null=True, help_text=gettext_lazy("下一页；没有时为 null。")),
        "previous": serializers.URLField(allow_null=True, help_text=gettext_lazy("上一页；没有时为 null。")),
    }
    return type(name, (serializers.Serializer,), fields)


# -- versions ---------------------------------------------------------------------------------------------------------
def tag_of(obj):
    return f'"{obj.version}"'


def tagged(request, obj, data):
    """An answer with the version of the object as its tag; 304 for who has it already."""
    tag = tag_of(obj)
    known = {entry.strip().removeprefix("W/") for entry in request.headers.get("If-None-Match", "").split(",")}
    response = Response(status=304) if tag in known else Response(data)
    response["ETag"] = tag
    return response


def expected_version(request, obj, body):
    """The version the caller saw, from If-Match or from the body; refused when neither is there."""
    header = request.headers.get("If-Match")
    if header is not None:
        if tag_of(obj) not in {entry.strip() for entry in header.split(",")}:
            raise Problem("version_mismatch", _("您看到的版本已不是最新的，请重新读取后再改。"))
        return obj.version
    if body.get("version") is None:
        raise Problem("version_required", _("请用 If-Match 标头或 version 字段说明您所改的是哪一版。"))
    return body["version"]


# -- rates ------------------------------------------------------------------------------------------------------------
def count(key, rate):
    """Count one event against "600/60" (times per seconds): 0, or how many seconds to wait.

    The window is fixed and the counter atomic. When the cache is down everyone gets through: a portal that stands still
    because nobody can count is worse than one that is not counted.
    """
    times, seconds = (int(part) for part in rate.split("/"))
    now = time.time()
    slot = f"rate:{key}:{int(now // seconds)}"
    try:
        cache.add(slot, 0, timeout=seconds + 5)
        used = cache.incr(slot)
    except Exception:  # noqa: BLE001 - whatever the cache's client raises, fails open
        return 0
    if not used or used <= times:
        return 0
    return max(1, int(seconds - now % seconds))


@contextmanager
def slot(names, seconds):
    """One of a few places for work that takes long, as long as it takes; yields whether there was one.

    After so many seconds a place counts as free, whoever died in it. Without a cache there is always one.
    """
    mine = next((name for name in names if _takes(f"slot:{name}", seconds)), None)
    try:
        yield mine is not None
    finally:
        if mine is not None:
            with suppress(Exception):
                cache.delete(f"slot:{mine}")


def _takes(name, seconds):
    try:
        return cache.add(name, 1, timeout=seconds)
    except Exception:  # noqa: BLE001 - whatever the cache's client raises, fails open
        return True


class CallerThrottle(BaseThrottle):
    """Per token, else per person, else per address."""

    def allow_request(self, request, view):
        self.seconds = count(*self.caller(request))
        return self.seconds == 0

    def caller(self, request):
        if request.auth is not None:
            return f"token:{request.auth.code}", settings.API_RATES["token"]
        if request.user and request.user.is_authenticated:
            return f"staff:{request.user.pk}", settings.API_RATES["staff"]
        return f"address:{request.META.get('REMOTE_ADDR')}", settings.API_RATES["anonymous"]

    def wait(self):
        return self.seconds
