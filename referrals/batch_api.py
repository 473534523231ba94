"""Lists of a program for other systems: made, filled, closed, decided, paid and handed out; and the printed lists, as
rows. By the actions of the pages, and no more than they show. Mounted by portal/api.py under /api/v1/."""

from collections.abc import Callable
from dataclasses import dataclass

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import path
from django.utils.translation import gettext as _g
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.response import Response

from members import audit
from members.access import may
from members.models import Organization
from members.rest import Resource, counts_once
from portal.lib import api, openapi
from programs.models import Program, Round
from referrals import batch_lists, batches_shown
from referrals.actions import batch_decisions, batch_draws, batch_stations, batches
from referrals.list_kinds import BatchState
from referrals.models import AidLine, Batch
from referrals.rest import Unit, made, version_field, words
from referrals.views.batch_decisions import opened_list
from referrals.views.batches import find_batch

MOST_ROWS = 1000


# -- what goes out ----------------------------------------------------------------------------------------------------
class ProgramOfList(serializers.Serializer):
    code = serializers.CharField(help_text=_("项目编号。"))
    name = serializers.CharField(help_text=_("项目名称。"))


class BatchSummary(serializers.Serializer):
    code = serializers.CharField(help_text=_("编号，用在地址里。"))
    version = serializers.IntegerField(help_text=_("版本；办理时须说明所见的是哪一版。"))
    label = serializers.CharField(help_text=_("名称。"))
    program = ProgramOfList(help_text=_("哪个项目。"))
    state = serializers.ChoiceField(BatchState.choices, help_text=_("状态。"))
    organization = Unit(help_text=_("建立名册的单位。"))
    holder = Unit(help_text=_("名册现在在哪个单位。"))
    since = serializers.DateField(allow_null=True, help_text=_("从哪天；没有的为 null。"))
    until = serializers.DateField(allow_null=True, help_text=_("到哪天；没有的为 null。"))
    due_on = serializers.DateField(allow_null=True, help_text=_("期限；没有的为 null。"))
    is_late = serializers.BooleanField(help_text=_("已逾期。"))
    digest = serializers.CharField(help_text=_("封存时的摘要；还没有封存的为空。"))
    changed_at = serializers.DateTimeField(help_text=_("最近变动。"))


class StationRow(serializers.Serializer):
    number = serializers.IntegerField(help_text=_("项目的第几步；0 为项目没有写明的审批。"))
    label = serializers.CharField(help_text=_("环节。"))
    actor = serializers.CharField(help_text=_("谁来办。"))
    is_done = serializers.BooleanField(help_text=_("已完成。"))
    is_now = serializers.BooleanField(help_text=_("现在办到这里。"))
    wanting = serializers.CharField(help_text=_("还缺什么；没有的为空。"))


class ListedRow(serializers.Serializer):
    code = serializers.CharField(help_text=_("这一行的编号。"))
    number = serializers.IntegerField(help_text=_("序号。"))
    name = serializers.CharField(source="shown_name", help_text=_("姓名；现在不能查看的为空。"))
    amount = serializers.DecimalField(
        14, 2, source="shown_sum", allow_null=True, help_text=_("金额（元）；审批时定的为 null。")
    )
    aid = serializers.SerializerMethodField(help_text=_("帮扶的编号；还没有的为空。"))
    aid_state = serializers.SerializerMethodField(help_text=_("帮扶办到哪里；还没有的为空。"))
    is_listed = serializers.BooleanField(help_text=_("还在名册上；false 为已剔除。"))
    is_drawn = serializers.BooleanField(help_text=_("抽中走访。"))
    check_result = serializers.SerializerMethodField(help_text=_("走访结果；没有的为空。"))
    received_on = serializers.DateField(allow_null=True, help_text=_("签收日期；没有的为 null。"))

    def get_aid(self, row) -> str:
        return row.line.code if row.line else ""

    def get_aid_state(self, row) -> str:
        return row.line.state if row.line else ""

    def get_check_result(self, row) -> str:
        return row.check_result.result if row.check_result else ""


class BatchDetail(BatchSummary):
    stations = StationRow(many=True, help_text=_("这个项目的名册走哪些环节，办到哪里。"))
    rows = ListedRow(many=True, help_text=_("名册上的人，按序号。"))


class ListColumn(serializers.Serializer):
    code = serializers.CharField(help_text=_("栏目的代码。"))
    label = serializers.CharField(help_text=_("栏目的名称。"))


class PrintableList(serializers.Serializer):
    code = serializers.CharField(help_text=_("用表的代码，用在地址里。"))
    title = serializers.CharField(help_text=_("印制的名称。"))
    sheets = serializers.IntegerField(help_text=_("一式几份。"))
    columns = ListColumn(many=True, help_text=_("栏目，按顺序。"))


class FilledList(PrintableList):
    month = serializers.DateField(allow_null=True, help_text=_("哪个月；不按月签收的为 null。"))
    rows = serializers.ListField(
        child=serializers.ListField(child=serializers.CharField(allow_blank=True)),
        help_text=_("每个人一行，按栏目的顺序，都是文字。"),
    )


class RefusedRow(serializers.Serializer):
    number = serializers.IntegerField(help_text=_("序号。"))
    why = serializers.CharField(help_text=_("为什么没有办成。"))


class RowsDone(serializers.Serializer):
    done = serializers.IntegerField(help_text=_("办成几人。"))
    refused = RefusedRow(many=True, help_text=_("没有办成的，每个人各自说明。"))


# -- what comes in ----------------------------------------------------------------------------------------------------
class BatchFilters(api.Filters):
    show = serializers.ChoiceField(
        [("open", _("在办")), ("late", _("已逾期")), ("ended", _("已了结")), ("all", _("全部"))],
        required=False, help_text=_("默认全部。"),
    )  # fmt: skip
    program = serializers.CharField(required=False, max_length=20, help_text=_("项目编号。"))


class NewBatch(api.StrictSerializer):
    program = serializers.CharField(max_length=20, help_text=_("项目编号。"))
    label = words(80, _("名称，不写人的姓名。"), required=True)
    round = serializers.CharField(required=False, max_length=12, help_text=_("批次的编号；没有分批次的不给。"))
    since = serializers.DateField(required=False, allow_null=True, help_text=_("从哪天。"))
    until = serializers.DateField(required=False, allow_null=True, help_text=_("到哪天。"))


class Versioned(api.StrictSerializer):
    version = version_field()


class WithReason(Versioned):
    reason = words(300, _("原因。"), required=True)


class LinesToAdd(Versioned):
    aid = serializers.ListField(
        child=serializers.CharField(max_length=12), max_length=MOST_ROWS, help_text=_("等待审批的帮扶的编号。")
    )


class Handing(Versioned):
    done_on = serializers.DateField(help_text=_("办理日期。"))
    to = serializers.CharField(required=False, max_length=12, help_text=_("系统里的收件单位；不在系统里的不给。"))
    to_words = words(80, _("系统外的收件方。"), allow_blank=True)
    note = words(500, _("说明。"), allow_blank=True)


class DecidingBatch(Versioned):
    decided_on = serializers.DateField(help_text=_("审定日期。"))
    note = words(500, _("意见。"), allow_blank=True)


class Rows(api.StrictSerializer):
    rows = serializers.ListField(
        child=serializers.CharField(max_length=12), max_length=MOST_ROWS, help_text=_("哪些行：编号。")
    )


class Paying(Rows):
    day = serializers.DateField(help_text=_("支付日期。"))
    reference = words(40, _("整批的凭证号；每个人的后面自动加序号。"), required=True)
    period = serializers.DateField(required=False, help_text=_("按期发放的：从哪天起的一段。"))


class Receiving(Rows):
    day = serializers.DateField(help_text=_("领取日期。"))
    signer = words(40, _("代领人；本人领取的不给。"), allow_blank=True)
    month = serializers.DateField(required=False, help_text=_("按月签收的：哪个月的第一天。"))


# -- the deeds, as one table ------------------------------------------------------------------------------------------
def _plainly(act, *names):
    def do(request, batch, version, said):
        act(request.user, batch, version, **{name: said.get(name, "") for name in names})

    return do


def _add(request, batch, version, said):
    lines = AidLine.objects.visible_to(request.user).filter(code__in=said["aid"])
    batches.add_lines(request.user, batch, version, list(lines))


def _cancel(request, batch, version, said):
    batches.cancel_batch(request.user, batch, version, said["reason"])


def _decline(request, batch, version, said):
    batch_decisions.decline_batch(request.user, batch, version, said["reason"])


def _hand_on(request, batch, version, said):
    to = get_object_or_404(Organization.objects.active(), code=said["to"]) if said.get("to") else None
    values = {"to": to, "done_on": said["done_on"], "to_words": said.get("to_words", ""), "note": said.get("note", "")}
    batch_stations.hand_on(request.user, batch, version, values)


def _rows(act):
    def do(request, batch, said):
        return act(request.user, batch, said.pop("rows"), **said)

    return do


@dataclass(frozen=True)
class BatchDeed:
    verb: str
    label: str
    permission: str
    body: type
    act: Callable
    # Row by row, each by itself: the answer says which did not go.
    is_by_row: bool = False


DEEDS = {
    deed.verb: deed
    for deed in (
        BatchDeed("add", _("添加人员"), "batch.edit", LinesToAdd, _add),
        BatchDeed("freeze", _("封存名册"), "batch.edit", Versioned, _plainly(batches.freeze_batch)),
        BatchDeed("cancel", _("取消名册"), "batch.edit", WithReason, _cancel),
        BatchDeed("draw", _("随机抽取"), "batch.edit", Versioned, _plainly(batch_draws.draw_sample)),
        BatchDeed("hand-on", _("上报或登记一步"), "batch.edit", Handing, _hand_on),
        BatchDeed(
            "approve", _("批准名册"), "batch.approve", DecidingBatch,
            _plainly(batch_decisions.approve_batch, "decided_on", "note"),
        ),
        BatchDeed("decline", _("不批准，退回材料"), "batch.approve", WithReason, _decline),
        BatchDeed("finish", _("办结名册"), "batch.edit", Versioned, _plainly(batch_decisions.finish_batch)),
        BatchDeed("pay", _("登记支付"), "aid.pay", Paying, _rows(batch_decisions.pay_rows), is_by_row=True),
        BatchDeed("settle", _("复核支付"), "fund.approve", Rows, _rows(batch_decisions.settle_rows), is_by_row=True),
        BatchDeed(
            "receive", _("登记签收"), "aid.deliver", Receiving, _rows(batch_decisions.receive_rows), is_by_row=True
        ),
    )
}  # fmt: skip


# -- views ------------------------------------------------------------------------------------------------------------
def shown(request, code):
    """As the page shows it: names of those whose name is open, and the line that says who looked."""
    batch = find_batch(request, code)
    page = batches_shown.page_of_batch(request.user, batch)
    names = {"rows": [None, len(page["rows"])]} if page["names"] else None
    audit.record(request.user, "batch.view", batch, organization=batch.organization, changes=names, reason=_g("接口"))
    return batch, {**BatchSummary(batch).data, "stations": page["stations"], "rows": page["rows"]}


def answer(request, code, status=200):
    batch, page = shown(request, code)
    stations, rows = StationRow(page["stations"], many=True).data, ListedRow(page["rows"], many=True).data
    response = made(batch, {**page, "stations": stations, "rows": rows}, status)
    response.of = code
    return response


class TellsOfAList(Resource):
    """The same request again is answered with the list as this person may see it by then."""

    def tell(self, request, of, status):
        return answer(request, of, status)


@extend_schema_view(
    get=extend_schema(
        operation_id="list_batches", tags=["batches"], summary=_("名册"), parameters=[BatchFilters],
        responses=api.page_serializer("BatchPage", BatchSummary),
        description=_("本单位建立的和报来的，监督的看辖区内的；新的在前。需要 batch.view。"),
    ),
    post=extend_schema(
        operation_id="make_batch", tags=["batches"], summary=_("建立名册"), request=NewBatch,
        responses={201: BatchDetail}, description=_("按项目现在的版本。需要 batch.edit。"),
    ),
)  # fmt: skip
class Batches(TellsOfAList):
    permission = {"GET": "batch.view", "POST": "batch.edit"}

    def get(self, request):
        asked = api.filters_of(request, BatchFilters)
        rows = Batch.objects.visible_to(request.user).as_rows()
        narrow = {"open": rows.open, "late": rows.late, "ended": lambda: rows.exclude(pk__in=rows.open().values("pk"))}
        rows = narrow.get(asked.get("show"), lambda: rows)()
        if asked.get("program"):
            rows = rows.filter(program__code=asked["program"])
        return Response(api.page_of(request, rows, ["-pk"], asked, BatchSummary))

    @counts_once
    def post(self, request):
        said = self.body_of(NewBatch)
        program = get_object_or_404(Program, code=said["program"])
        held = get_object_or_404(Round, program=program, code=said["round"]) if said.get("round") else None
        values = {"label": said["label"], "round": held, "since": said.get("since"), "until": said.get("until")}
        return answer(request, batches.make_batch(request.user, program, values).code, 201)


@extend_schema_view(
    get=extend_schema(
        operation_id="retrieve_batch", tags=["batches"], summary=_("一份名册"), responses=BatchDetail,
        description=_("环节和名册上的人；姓名只给现在可以查看的。需要 batch.view；看一次记一次。"),
    )
)  # fmt: skip
class OneBatch(Resource):
    permission = "batch.view"

    def get(self, request, code):
        return answer(request, code)


class DeedOperation(openapi.Operation):
    """What the document says of a deed is read from the table."""

    def get_operation_id(self):
        return f"{self.view.deed.verb.replace('-', '_')}_batch"

    def get_tags(self):
        return ["batches"]

    def get_summary(self):
        return str(self.view.deed.label)

    def get_description(self):
        return _g("由名册所在的单位办理，需要 %(permission)s。") % {"permission": self.view.deed.permission}

    def get_request_serializer(self):
        return self.view.deed.body

    def get_response_serializers(self):
        return RowsDone if self.view.deed.is_by_row else BatchDetail


class OneDeed(TellsOfAList):
    permission = "batch.view"
    schema = DeedOperation()
    deed = None

    @counts_once
    def post(self, request, code, verb):
        deed, batch = DEEDS[verb], find_batch(request, code)
        if not may(request.user, deed.permission, batch.holder):
            raise PermissionDenied
        said = dict(self.body_of(deed.body))
        if deed.is_by_row:
            done, refused = deed.act(request, batch, said)
            told = [{"number": row.number, "why": str(why)} for row, why in refused]
            return Response({"done": done, "refused": told})
        version = api.expected_version(request, batch, said)
        deed.act(request, batch, version, said)
        return answer(request, code)


def deed_view(deed):
    """A view of its own for each: it names the permission that a token must have been given."""
    return type("OneDeed", (OneDeed,), {"deed": deed, "permission": deed.permission})


@extend_schema_view(
    get=extend_schema(
        operation_id="list_batch_lists", tags=["batches"], summary=_("名册的用表"),
        responses=PrintableList(many=True), description=_("有哪些表、哪些栏目、一式几份。需要 batch.export。"),
    )
)  # fmt: skip
class BatchLists(Resource):
    permission = "batch.export"

    def get(self, request, code):
        batch = find_batch(request, code)
        if not may(request.user, "batch.export", batch.holder):
            raise PermissionDenied
        lists = [] if batch.state == BatchState.DRAFT else batch_lists.lists_of(batch)
        return Response([_printable(one) for one in lists])


def _printable(one):
    columns = [{"code": code, "label": str(label)} for code, label in one.columns]
    return {"code": one.code, "title": str(one.title), "sheets": one.sheets, "columns": columns}


class MonthFilter(api.StrictSerializer):
    month = serializers.RegexField(
        r"^[1-9][0-9]{3}-(0[1-9]|1[0-2])$",
        required=False,
        help_text=_("按月签收的表：哪个月；不给时为还没有签收的第一个月。"),
    )


@extend_schema_view(
    get=extend_schema(
        operation_id="retrieve_batch_list", tags=["batches"], summary=_("填好的用表"), parameters=[MonthFilter],
        responses=FilledList,
        description=_("有一个人的内容不能查看，整份都不给；每次都记入审计。需要 batch.export，由名册所在的单位读取。"),
    )
)  # fmt: skip
class OneBatchList(Resource):
    permission = "batch.export"

    def get(self, request, code, which):
        asked = MonthFilter(data=request.query_params)
        asked.is_valid(raise_exception=True)
        batch, wanted, rows = opened_list(request, code, which, asked.validated_data.get("month", ""))
        if batch is None:
            raise Http404
        filled = [[text for _code, text in values] for _row, _permitted, values in rows]
        return Response({**_printable(wanted), "month": wanted.month, "rows": filled})


EXAMPLES = {
    "BatchSummary": {
        "code": "b7k2m9", "version": 4, "label": "2026 年秋季第一批",
        "program": {"code": "P12", "name": "希望工程助学"},
        "state": "frozen", "organization": {"code": "t1", "name": "某市团委"},
        "holder": {"code": "t1", "name": "某市团委"}, "since": None, "until": None, "due_on": None, "is_late": False,
        "digest": "5f0c…", "changed_at": "2026-11-02T09:12:00+08:00",
    },
}  # fmt: skip

urlpatterns = [
    path("batches/", Batches.as_view(), name="batches"),
    path("batches/<slug:code>/", OneBatch.as_view(), name="batch"),
    path("batches/<slug:code>/lists/", BatchLists.as_view(), name="batch_lists"),
    path("batches/<slug:code>/lists/<slug:which>/", OneBatchList.as_view(), name="batch_list"),
    *[
        path(
            f"batches/<slug:code>/{verb}/", deed_view(deed).as_view(), {"verb": verb},
            name="batch_deed",
        )
        for verb, deed in DEEDS.items()
    ],
]  # fmt: skip
