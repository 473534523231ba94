"""Papers of people for other systems: the list, a new one, the file, put aside; by the same gate as the pages. Mounted
by portal/api.py under /api/v1/."""

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import path
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiResponse, extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.response import Response

from members.rest import Resource, counts_once
from portal.lib import api, uploads
from referrals import disclosure
from referrals.actions import documents as actions
from referrals.actions.provisions import see_received
from referrals.kinds import PaperKind
from referrals.models import Document, Person
from referrals.permissions import find_person
from referrals.rest import FileField, opened, words


class ReceivedDocument(serializers.Serializer):
    """What a receiver learns of a paper before opening it."""

    code = serializers.CharField(help_text=_("材料的编号。"))
    kind = serializers.ChoiceField(PaperKind.choices, help_text=_("材料种类。"))
    issued_on = serializers.DateField(allow_null=True, help_text=_("出具日期；没有登记时为 null。"))
    valid_until = serializers.DateField(allow_null=True, help_text=_("有效期至；没有期限时为 null。"))
    content_type = serializers.CharField(help_text=_("文件的类型，如 application/pdf。"))
    size = serializers.IntegerField(source="file_size", help_text=_("文件有多少字节。"))


class DocumentRow(ReceivedDocument):
    title = serializers.CharField(help_text=_("说明；没有时为空。"))
    file_name = serializers.CharField(help_text=_("上传时的文件名。"))
    sha256 = serializers.CharField(source="checksum", help_text=_("收存的文件的 SHA-256。"))
    uploaded_at = serializers.DateTimeField(help_text=_("什么时候收存。"))
    version = serializers.IntegerField(help_text=_("版本。"))


class NewDocument(api.StrictSerializer):
    kind = serializers.ChoiceField(PaperKind.choices, help_text=_("材料种类。"))
    title = words(80, _("说明，加密保存。"), allow_blank=True)
    issued_on = serializers.DateField(required=False, allow_null=True, help_text=_("出具日期。"))
    valid_until = serializers.DateField(required=False, allow_null=True, help_text=_("有效期至；没有期限的不填。"))
    file = FileField(help_text=_("文件：PDF、JPEG、PNG 或 HEIC。"))


class PuttingAside(api.StrictSerializer):
    reason = words(200, _("为什么移除。"), required=True)


EXAMPLES = {
    "DocumentRow": {
        "code": "k7m2p9x4ht", "kind": "diagnosis_certificate", "issued_on": "2026-10-11", "valid_until": None,
        "content_type": "application/pdf", "size": 182044, "title": "三月出院", "file_name": "诊断.pdf",
        "sha256": "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae",
        "uploaded_at": "2026-11-20T09:12:00+08:00", "version": 1,
    },
}  # fmt: skip


@extend_schema_view(
    get=extend_schema(
        operation_id="list_documents", tags=["documents"], summary=_("一个人的材料"), parameters=[api.Filters],
        description=_("新的在前，不含移除的；看一次记一次。需要 document.view。"),
        responses=api.page_serializer("DocumentPage", DocumentRow),
    ),
    post=extend_schema(
        operation_id="add_document", tags=["documents"], summary=_("收存一份材料"), request=NewDocument,
        responses={201: DocumentRow},
        description=_("需要 person.edit。类型按内容识别，照片重新绘制；同一份文件不重复收存。"),
    ),
)  # fmt: skip
class Documents(Resource):
    permission = {"GET": "document.view", "POST": "person.edit"}
    parser_classes = [api.JSONWithFiles]

    def get(self, request, code):
        asked = api.filters_of(request, api.Filters)
        person = opened(request, code, "document.view", _("材料"))
        return Response(api.page_of(request, person.documents.standing(), ["-pk"], asked, DocumentRow))

    @counts_once
    def post(self, request, code):
        person = find_person(request.user, code, "person.edit")
        values = dict(self.body_of(NewDocument))
        document = actions.add_document(request.user, person, values, values.pop("file"))
        return Response(DocumentRow(document).data, status=201)


@extend_schema_view(
    get=extend_schema(
        operation_id="list_received_documents", tags=["received"], summary=_("收到的清单里的材料"),
        parameters=[api.Filters], responses=api.page_serializer("ReceivedDocumentPage", ReceivedDocument),
        description=_("本人的同意此刻包括的材料；说明和原文件名不提供。看一次记一次。需要 received.view。"),
    )
)  # fmt: skip
class ReceivedDocuments(Resource):
    permission = "received.view"

    def get(self, request, code):
        asked = api.filters_of(request, api.Filters)
        provision = get_object_or_404(disclosure.received_by(request.user.organization), code=code)
        permitted, _rows = see_received(request.user, provision)
        rows = disclosure.papers(provision.person.merged_into or provision.person, permitted)
        return Response(api.page_of(request, rows, ["-pk"], asked, ReceivedDocument))


@extend_schema_view(
    get=extend_schema(
        operation_id="download_document", tags=["documents"], summary=_("下载一份材料"),
        responses={(200, "application/octet-stream"): OpenApiResponse({"type": "string", "format": "binary"})},
        description=_("登记的一方，或者本人的同意此刻包括这类材料的接收单位；每次下载都有记录。需要 document.view。"),
    )
)  # fmt: skip
class DocumentFile(Resource):
    permission = "document.view"

    def get(self, request, code):
        try:
            document, *_ways = disclosure.find_document(request.user, code)
            if actions.open_document(request.user, document, is_download=True):
                return uploads.download(document.file_key, document.served_name)
        except (Document.DoesNotExist, FileNotFoundError):
            pass
        raise Http404


@extend_schema_view(
    post=extend_schema(
        operation_id="put_aside_document", tags=["documents"], summary=_("移除一份材料"), request=PuttingAside,
        responses=DocumentRow, description=_("谁都不能再看，30 天后文件删除。需要 person.edit。"),
    )
)  # fmt: skip
class PutAsideDocument(Resource):
    permission = "person.edit"

    @counts_once
    def post(self, request, code):
        rows = Document.objects.filter(person__in=Person.objects.visible_to(request.user))
        document = get_object_or_404(rows.select_related("person"), code=code)
        document.person = find_person(request.user, document.person.code, "person.edit")
        actions.put_aside_document(request.user, document, self.body_of(PuttingAside)["reason"])
        return Response(DocumentRow(document).data)


urlpatterns = [
    path("people/<slug:code>/documents/", Documents.as_view(), name="documents"),
    path("received/<slug:code>/documents/", ReceivedDocuments.as_view(), name="received_documents"),
    path("documents/<slug:code>/file/", DocumentFile.as_view(), name="document_file"),
    path("documents/<slug:code>/put-aside/", PutAsideDocument.as_view(), name="put_aside_document"),
]
