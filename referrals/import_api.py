"""Lists of people from other systems, by the same road as workbooks: taken in, looked through, decided, written by a
job. Mounted by portal/api.py under /api/v1/."""

from django.shortcuts import get_object_or_404
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.response import Response

from members.profiles import profile_of
from members.rest import Resource, counts_once
from portal.lib import api
from portal.lib.forms import refuse_hidden_marks
from referrals.actions import imports as actions
from referrals.import_columns import columns
from referrals.imports_shown import lines_of
from referrals.models import PeopleImport
from referrals.models.imports import Choice, ImportKind, Verdict


# -- shapes -----------------------------------------------------------------------------------------------------------
class RowsField(serializers.ListField):
    """Objects of plain values under our own names; what is in them is judged row by row, as in a workbook."""

    child = serializers.DictField(child=serializers.JSONField(allow_null=True), allow_empty=False)

    def to_internal_value(self, data):
        rows = super().to_internal_value(data)
        known = columns(self.parent.initial_data.get("kind", "") if self.parent else "").keys()
        for number, row in enumerate(rows, start=1):
            if unknown := sorted(row.keys() - known):
                words = {"number": number, "names": "、".join(name[:60] for name in unknown[:5])}
                raise serializers.ValidationError(_("第 %(number)s 行有不认识的字段：%(names)s。") % words)
            if any(isinstance(value, dict) or _is_deep(value) for value in row.values()):
                raise serializers.ValidationError(_("第 %(number)s 行的值应是文字、数字或列表。") % {"number": number})
        return rows


def _is_deep(value):
    return isinstance(value, list) and any(isinstance(one, list | dict) for one in value)


class NewImport(api.StrictSerializer):
    kind = serializers.ChoiceField(ImportKind.choices, help_text=_("名单种类。"))
    platform = serializers.CharField(
        required=False, allow_blank=True, max_length=40, help_text=_("信息平台的名称，须在本地参数里。")
    )
    label = serializers.CharField(
        required=False, allow_blank=True, max_length=80, validators=[refuse_hidden_marks],
        help_text=_("批次名称；不要写人的姓名。"),
    )  # fmt: skip
    as_of = serializers.DateField(required=False, help_text=_("数据日期，默认今天。"))
    rows = RowsField(
        min_length=1, max_length=actions.MOST_API_ROWS,
        help_text=_("每人一个对象，字段与模板的列相同：name、number、relation、category、fact.hardship_level 等。"),
    )  # fmt: skip

    def validate_platform(self, value):
        if value and value not in profile_of(self.context["staff"].organization.area).platforms:
            raise serializers.ValidationError(_("本地参数里没有这个信息平台。"))
        return value

    def validate_as_of(self, value):
        if value > timezone.localdate():
            raise serializers.ValidationError(_("数据日期晚于今天。"))
        return value


class ImportState(serializers.ModelSerializer):
    state = serializers.SerializerMethodField(
        help_text=_("checking、unread、checked、applying、applied、undoing、undone …")
    )
    job = serializers.SlugRelatedField("code", read_only=True, help_text=_("正在做或做完的作业。"))
    stayed = serializers.ListField(child=serializers.IntegerField(), help_text=_("撤销时保留不动的行。"))

    class Meta:
        model = PeopleImport
        fields = (
            "code", "kind", "platform", "label", "as_of", "state", "problem", "counts", "stayed", "job", "uploaded_at",
            "checked_at", "applied_at", "expires_at",
        )  # fmt: skip
        read_only_fields = fields
        extra_kwargs = {
            "code": {"help_text": _("名单的编号。")},
            "problem": {"help_text": _("为什么没有检查完。")},
            "uploaded_at": {"help_text": _("什么时候送来。")},
            "checked_at": {"help_text": _("什么时候检查完。")},
            "applied_at": {"help_text": _("什么时候写入。")},
            "counts": {"help_text": _("各种结果的行数：new、same、changed、conflict、wrong、held、written_new 等。")},
            "expires_at": {"help_text": _("读出的各行保留到什么时候。")},
        }

    def get_state(self, row) -> str:
        return str(actions.standing_state(row))


class Told(serializers.Serializer):
    column = serializers.CharField(help_text=_("哪一项，用文字；整行的问题为空。"))
    message = serializers.CharField(help_text=_("原因。"))


class Differs(serializers.Serializer):
    column = serializers.CharField(help_text=_("哪一项，用文字。"))
    ours = serializers.CharField(help_text=_("系统里的内容，号码遮盖。"))
    theirs = serializers.CharField(help_text=_("送来的内容，号码遮盖。"))


class ImportRowState(serializers.Serializer):
    code = serializers.CharField(help_text=_("这一行的编号。"))
    number = serializers.IntegerField(help_text=_("第几行，从 1 数起。"))
    verdict = serializers.ChoiceField(Verdict.choices, help_text=_("会怎样。"))
    choice = serializers.CharField(allow_blank=True, help_text=_("冲突选定以哪一边为准。"))
    person = serializers.CharField(allow_null=True, help_text=_("系统里这个人的编号；看不到的为 null。"))
    faults = Told(many=True, help_text=_("有什么错。"))
    differences = Differs(many=True, help_text=_("与系统里有什么不同。"))


class RowFilters(api.Filters):
    verdict = serializers.ChoiceField(Verdict.choices, required=False, help_text=_("只要这一种结果的行。"))


class Applying(api.StrictSerializer):
    mode = serializers.ChoiceField(PeopleImport.Mode.choices, help_text=_("all：全部或全不；good：只写能写的行。"))
    conflicts = serializers.ChoiceField(
        [(Choice.OURS.value, Choice.OURS.label), (Choice.THEIRS.value, Choice.THEIRS.label)], required=False,
        help_text=_("没有选定的冲突都以哪一边为准；可能是同一人的要在网页上逐行确认。"),
    )  # fmt: skip


EXAMPLES = {
    "ImportState": {
        "code": "k7m2p9x4ht", "kind": "platform", "platform": "低收入人口动态监测信息平台", "label": "11 月",
        "as_of": "2026-11-01", "state": "checked", "problem": "", "counts": {"new": 12, "same": 88, "wrong": 1},
        "stayed": [], "job": "w3f8r6t2nb", "uploaded_at": "2026-11-02T09:00:00+08:00",
        "checked_at": "2026-11-02T09:00:04+08:00", "applied_at": None, "expires_at": "2026-11-16T09:00:04+08:00",
    },
}  # fmt: skip


# -- views ------------------------------------------------------------------------------------------------------------
def found(request, code):
    return get_object_or_404(PeopleImport.objects.visible_to(request.user).select_related("job"), code=code)


@extend_schema_view(
    get=extend_schema(
        operation_id="list_people_imports", tags=["people-imports"], summary=_("名单列表"), parameters=[api.Filters],
        description=_("本单位的，新的在前。需要 person.import。"),
        responses=api.page_serializer("PeopleImportPage", ImportState),
    ),
    post=extend_schema(
        operation_id="create_people_import", tags=["people-imports"], summary=_("送来一份名单"), request=NewImport,
        responses={202: ImportState},
        description=_(
            "需要 person.import。与上传工作簿用同样的规则：先检查，问 GET 得到结果，再用 apply 写入。"
            "也可以用 application/x-ndjson，第一行是不带 rows 的说明，其后每行一人，最大 5 MB。"
        ),
    ),
)  # fmt: skip
class Imports(Resource):
    permission = "person.import"
    parser_classes = [api.JSONOnly, api.LinesOnly]

    def get(self, request):
        asked = api.filters_of(request, api.Filters)
        rows = PeopleImport.objects.visible_to(request.user).select_related("job")
        return Response(api.page_of(request, rows, ["-id"], asked, ImportState))

    @counts_once
    def post(self, request):
        values = dict(self.body_of(NewImport, context={"staff": request.user}))
        row = actions.upload_rows(request.user, values.pop("rows"), values)
        return Response(ImportState(row).data, status=202)


@extend_schema_view(
    get=extend_schema(
        operation_id="retrieve_people_import", tags=["people-imports"], summary=_("一份名单办到哪里了"),
        responses=ImportState, description=_("需要 person.import。"),
    )
)  # fmt: skip
class OneImport(Resource):
    permission = "person.import"

    def get(self, request, code):
        return Response(ImportState(found(request, code)).data)


@extend_schema_view(
    get=extend_schema(
        operation_id="list_people_import_rows", tags=["people-imports"], summary=_("名单的各行"),
        parameters=[RowFilters],
        responses=api.page_serializer("PeopleImportRowPage", ImportRowState),
        description=_("需要 person.import。号码遮盖；看一次记一次。"),
    )
)  # fmt: skip
class ImportRows(Resource):
    permission = "person.import"

    def get(self, request, code):
        row = found(request, code)
        asked = api.filters_of(request, RowFilters)
        rows = row.rows.select_related("person")
        if "verdict" in asked:
            rows = rows.filter(verdict=asked["verdict"])
        answer = api.page_of(request, rows, ["number"], asked, _Plain)
        answer["results"] = [ImportRowState(_state(line)).data for line in lines_of(request.user, answer["results"])]
        actions.see_rows(request.user, row, len(answer["results"]))
        return Response(answer)


class _Plain:
    """The rows themselves: they are put into words together."""

    def __init__(self, rows, many):
        self.data = list(rows)


def _state(line):
    row = line.row
    return {
        "code": row.code, "number": row.number, "verdict": row.verdict, "choice": row.choice,
        "person": row.person.code if row.person_id else None,
        "faults": [{"column": column, "message": message} for column, message in line.faults],
        "differences": [
            {"column": column, "ours": ours, "theirs": theirs} for column, ours, theirs in line.differences
        ],
    }  # fmt: skip


@extend_schema_view(
    post=extend_schema(
        operation_id="apply_people_import", tags=["people-imports"], summary=_("写入"), request=Applying,
        responses={202: ImportState}, description=_("需要 person.import。由作业写入，整份在一个事务里。"),
    )
)  # fmt: skip
class ApplyImport(Resource):
    permission = "person.import"

    @counts_once
    def post(self, request, code):
        row, asked = found(request, code), self.body_of(Applying)
        if "conflicts" in asked:
            actions.choose_all(request.user, row, asked["conflicts"])
        row = actions.begin_apply(request.user, row, asked["mode"])
        return Response(ImportState(row).data, status=202)


@extend_schema_view(
    post=extend_schema(
        operation_id="undo_people_import", tags=["people-imports"], summary=_("撤销"), request=None,
        responses={202: ImportState}, description=_("需要 person.import。之后有人办理过的行保留，列在 stayed 里。"),
    )
)  # fmt: skip
class UndoImport(Resource):
    permission = "person.import"

    @counts_once
    def post(self, request, code):
        row = actions.begin_undo(request.user, found(request, code))
        return Response(ImportState(row).data, status=202)


urlpatterns = [
    path("people-imports/", Imports.as_view(), name="people_imports"),
    path("people-imports/<slug:code>/", OneImport.as_view(), name="people_import"),
    path("people-imports/<slug:code>/rows/", ImportRows.as_view(), name="people_import_rows"),
    path("people-imports/<slug:code>/apply/", ApplyImport.as_view(), name="apply_people_import"),
    path("people-imports/<slug:code>/undo/", UndoImport.as_view(), name="undo_people_import"),
]
