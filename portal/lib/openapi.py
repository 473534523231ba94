"""The OpenAPI document made complete, and made readable: errors of every operation, examples, a page of it."""

import json
import re

from django.utils.translation import gettext as _
from drf_spectacular.openapi import AutoSchema

from portal.lib.api import PROBLEM_TYPE, PROBLEMS

# How drf-spectacular writes the words of a choice: * `province` - 省
_CHOICE = re.compile(r"\* `([^`]+)` - (.+)")
FHIR_TYPE = "application/fhir+json"
SECURITY = [{"token": []}, {"session": []}]
# Which errors an operation may answer with, by its method.
_ALWAYS = (400, 401, 403, 429)
_BODY = (413, 415, 422)
_METHODS = ("get", "post", "put", "patch", "delete")


class Operation(AutoSchema):
    """One operation: who may call is the same everywhere and is told in `complete`."""

    def get_auth(self):
        return SECURITY


def complete(result, generator, request, public):
    """A hook of drf-spectacular: what holds for every operation is written once, here."""
    result["info"]["description"] = _(
        "供其他系统使用的接口。两种身份：登录会话（网页里），或接口令牌（Authorization: Bearer）。"
        "内容只用 JSON；时间为 ISO 8601；错误为 RFC 9457；文字随 Accept-Language 用中文或英文。"
    )
    schemas = result.setdefault("components", {}).setdefault("schemas", {})
    schemas["Problem"] = _problem_schema()
    result["components"]["securitySchemes"] = {
        "token": {"type": "http", "scheme": "bearer", "description": _("接口令牌，见“接口令牌”页面。")},
        "session": {"type": "apiKey", "in": "cookie", "name": "sessionid", "description": _("网页登录会话。")},
    }
    for path, operations in result["paths"].items():
        for method, operation in operations.items():
            if method in _METHODS:
                _add_errors(operation, method, path, is_versioned=_names_version(operation, result))
    return result


def _names_version(operation, document):
    """Does a body say which version was seen?"""
    body = next(iter(operation.get("requestBody", {}).get("content", {}).values()), {})
    name = body.get("schema", {}).get("$ref", "").rsplit("/", 1)[-1]
    return "version" in document["components"]["schemas"].get(name, {}).get("properties", {})


def _add_errors(operation, method, path, *, is_versioned):
    for entry in operation.get("parameters", []):
        if entry["in"] == "path":
            entry.setdefault("description", _("编号；区划为十二位代码。"))
    statuses = [*_ALWAYS]
    if "{" in path:
        statuses.append(404)
    if method != "get":
        statuses += _BODY
    if method == "post":
        statuses.append(409)
    if method in ("patch", "put", "delete") or is_versioned:
        statuses += [409, 412, 428]
    for status in statuses:
        reason = "；".join(f"{code} {title}" for code, (of, title) in PROBLEMS.items() if of == status)
        operation["responses"].setdefault(str(status), {"description": reason, "content": _error_of(operation)})
    if "/{code}/" in path and method == "get" and "ETag" in operation.get("description", ""):
        operation["responses"]["304"] = {"description": _("没有变化。")}
    if method == "post":
        operation.setdefault("parameters", []).append(
            {
                "in": "header", "name": "Idempotency-Key", "schema": {"type": "string", "maxLength": 100},
                "description": _("自拟的唯一字符串。24 小时内用同一个键重发同一请求，只办一次，回答相同。"),
            }
        )  # fmt: skip
    if method in ("patch", "put") or is_versioned:
        operation.setdefault("parameters", []).append(
            {
                "in": "header", "name": "If-Match", "schema": {"type": "string", "maxLength": 100},
                "description": _("您所改的版本，即读取时的 ETag；或在内容里给 version。"),
            }
        )  # fmt: skip


def _error_of(operation):
    """A problem; to whoever speaks FHIR an OperationOutcome."""
    if any(FHIR_TYPE in answer.get("content", ()) for answer in operation["responses"].values()):
        return {FHIR_TYPE: {"schema": {"type": "object", "description": "OperationOutcome"}}}
    return {PROBLEM_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}


def _problem_schema():
    text = {"type": "string"}
    field = {
        "type": "object",
        "required": ["field", "code", "message"],
        "properties": {
            "field": {**text, "description": _("哪个字段；嵌套的用点连接，针对整体的为空。")},
            "code": {**text, "description": _("错误代码，不随语言变化。")},
            "message": {**text, "description": _("给人看的说明。")},
        },
    }
    return {
        "type": "object",
        "required": ["type", "title", "status", "code", "detail"],
        "properties": {
            "type": {**text, "description": _("错误种类的地址，指向接口说明。")},
            "title": {**text, "description": _("错误种类的名称。")},
            "status": {"type": "integer", "description": _("HTTP 状态码。")},
            "code": {**text, "enum": list(PROBLEMS), "description": _("错误代码，不随语言变化。")},
            "detail": {**text, "description": _("发生了什么，该怎么办。")},
            "instance": {**text, "description": _("请求编号，报告问题时附上。")},
            "errors": {"type": "array", "items": field, "description": _("逐个字段的错误。")},
        },
    }


# -- for people -------------------------------------------------------------------------------------------------------
def as_page(document, host):
    """The document as a template draws it: groups of operations with parameters, examples and errors."""
    groups = {}
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            if method in _METHODS:
                group = groups.setdefault(operation.get("tags", ["api"])[0], [])
                group.append(_operation(document, path, method, operation, host))
    return groups


def _operation(document, path, method, operation, host):
    taken, body = next(iter(operation.get("requestBody", {}).get("content", {}).items()), ("", {}))
    body = body.get("schema")
    example = example_of(body, document) if body else None
    good = next(((status, answer) for status, answer in operation["responses"].items() if status[0] == "2"), None)
    content = next(iter((good[1].get("content") or {}).values()), None) if good else None
    return {
        "id": operation["operationId"],
        "method": method.upper(),
        "path": path,
        "summary": operation.get("summary", ""),
        "description": operation.get("description", ""),
        "parameters": [_parameter(entry, document) for entry in operation.get("parameters", [])],
        "fields": _fields(body, document) if body else [],
        "request": _curl(path, method, example, host, taken),
        "status": good[0] if good else "",
        "response": pretty(example_of(content["schema"], document)) if content else "",
        "response_fields": _fields(content["schema"], document) if content else [],
        "errors": [
            (status, answer["description"])
            for status, answer in sorted(operation["responses"].items())
            if status >= "4"
        ],
    }


def _parameter(entry, document):
    schema = resolve(entry.get("schema", {}), document)
    return {
        "name": entry["name"],
        "in": entry["in"],
        "required": entry.get("required", False),
        "type": type_of(schema),
        "description": _said(entry.get("description") or schema.get("description", "")),
        "choices": _choices(schema, entry.get("description", "")),
    }


def _fields(schema, document):
    schema = resolve(schema, document)
    if set(schema.get("properties", {})) >= {"results", "next"}:
        schema = resolve(schema["properties"]["results"]["items"], document)
    required = set(schema.get("required", []))
    found = []
    for name, field in schema.get("properties", {}).items():
        whole = resolve(field, document)
        inner = resolve(whole.get("items", {}), document)
        found.append(
            {
                "name": name,
                "required": name in required,
                "type": type_of(whole),
                "description": _said(field.get("description") or field.get("title") or ""),
                "choices": _choices(whole, field.get("description", "")) or _choices(inner, ""),
            }
        )
    return found


def _said(description):
    """Without the list of choices that drf-spectacular adds below; the page shows it by itself."""
    return description.split("\n\n* `")[0] if not description.startswith("* `") else ""


def _choices(schema, description):
    """[(value, words)] of a closed list."""
    words = dict(_CHOICE.findall(f"{description}\n{schema.get('description', '')}"))
    return [(value, words.get(str(value), "")) for value in schema.get("enum", [])]


def resolve(schema, document):
    """A schema without references at its top."""
    if "$ref" in schema:
        return resolve(document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[-1]], document)
    for name in ("allOf", "oneOf", "anyOf"):
        if schema.get(name):
            kept = {key: value for key, value in schema.items() if key != name}
            return resolve(schema[name][0], document) | kept
    return schema


def type_of(schema):
    kind = schema.get("type", "object")
    kind = next((entry for entry in kind if entry != "null"), "null") if isinstance(kind, list) else kind
    return f"{kind} ({schema['format']})" if schema.get("format") else kind


def example_of(schema, document, depth=0):
    """A value that a schema describes."""
    schema = resolve(schema, document)
    if "example" in schema:
        return schema["example"]
    if schema.get("enum"):
        return schema["enum"][0]
    kind = type_of(schema).split(" ")[0]
    if kind == "object" and depth < 5:
        return {name: example_of(field, document, depth + 1) for name, field in schema.get("properties", {}).items()}
    if kind == "array":
        return [example_of(schema.get("items", {}), document, depth + 1)]
    formats = {"date": "2026-11-20", "date-time": "2026-11-20T09:30:00+08:00", "uri": "https://…"}
    plain = {"integer": 1, "number": 1.0, "boolean": False, "string": formats.get(schema.get("format"), "…")}
    return plain.get(kind, {})


def pretty(value):
    return json.dumps(value, ensure_ascii=False, indent=2)


def _curl(path, method, body, host, content_type):
    lines = [f"curl {host}{path}"]
    if method != "get":
        lines[0] = f"curl -X {method.upper()} {host}{path}"
    lines.append('-H "Authorization: Bearer $TOKEN"')
    if body is not None:
        text = json.dumps(body, ensure_ascii=False)
        lines += [f'-H "Content-Type: {content_type}"', f"-d '{text}'"]
    return " \\\n  ".join(lines)
