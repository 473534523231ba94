"""What the API of casework stands on: people found as on the screen, words and files that come in, one page a list."""

import base64
import binascii
from functools import partial
from io import BytesIO

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils.translation import gettext as _g
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.response import Response

from members import audit
from members.models import Area
from members.rest import Resource
from portal.lib import api, telephones, uploads
from portal.lib.forms import refuse_hidden_marks
from referrals import minors
from referrals.actions.moves import Moved
from referrals.actions.referrals import AlreadyReferred
from referrals.models import Referral
from referrals.permissions import find_person

CODE_LENGTH = 12
SCANS = ("pdf", *uploads.PICTURES)


class CaseResource(Resource):
    """A view of referrals: whoever comes second is told who was first, and where it stands now."""

    def handle_exception(self, error):
        if isinstance(error, Moved):
            error = api.Problem("conflict", error.message, stands(error.current))
        elif isinstance(error, AlreadyReferred):
            error = api.Problem("conflict", error.message, self._other(error.existing))
        return super().handle_exception(error)

    def _other(self, existing):
        is_seen = Referral.objects.visible_to(self.request.user).filter(pk=existing.pk).exists()
        return [{"field": "", "code": "already_referred", "message": existing.code if is_seen else ""}]


def stands(referral):
    """Of a refused move: the state and the version it is in, for a program to go on from."""
    return [
        {"field": "state", "code": str(referral.state), "message": str(referral.get_state_display())},
        {"field": "version", "code": "current", "message": str(referral.version)},
    ]


# -- what comes in ----------------------------------------------------------------------------------------------------
def words(limit, help_text, **options):
    """Text of a person: bounded, and without marks that hide."""
    return serializers.CharField(
        max_length=limit, help_text=help_text, validators=[refuse_hidden_marks], **{"required": False, **options}
    )


def several(choices, help_text, **options):
    return serializers.ListField(
        child=serializers.ChoiceField(choices), max_length=len(choices), help_text=help_text,
        **{"required": False, **options},
    )  # fmt: skip


@extend_schema_field({"type": "string", "pattern": r"^\d{12}$"})
class AreaField(serializers.Field):
    """A division by its code of twelve digits, one that is still there."""

    def to_internal_value(self, data):
        is_code = isinstance(data, str) and len(data) == CODE_LENGTH and data.isascii() and data.isdigit()
        area = Area.objects.current().filter(code=data).first() if is_code else None
        if area is None:
            raise serializers.ValidationError(_g("没有这个区划，或已撤并。"))
        return area


class PhoneField(serializers.CharField):
    def __init__(self, **options):
        super().__init__(max_length=telephones.MAX_LENGTH, **options)

    def to_internal_value(self, data):
        text = super().to_internal_value(data)
        return str(telephones.read(text)) if text else ""


class FileField(serializers.Serializer):
    """A file inside of JSON; looked at like every file that comes by a form."""

    name = words(200, _("文件名。"), required=True)
    content = serializers.CharField(help_text=_("内容，base64；PDF、JPEG 或 PNG。"))

    def validate(self, attrs):
        try:
            content = base64.b64decode(attrs["content"], validate=True)
        except (binascii.Error, ValueError):
            raise serializers.ValidationError({"content": _g("不是合法的 base64。")}) from None
        upload = SimpleUploadedFile(attrs["name"], content)
        upload.file = BytesIO(content)
        return uploads.check(upload, SCANS)


def version_field():
    return serializers.IntegerField(
        required=False, min_value=1, max_value=2**31 - 1, help_text=_("您所看到的版本；用了 If-Match 就不用给。")
    )


# -- what is read -----------------------------------------------------------------------------------------------------
class Unit(serializers.Serializer):
    code = serializers.CharField(help_text=_("单位编号。"))
    name = serializers.CharField(help_text=_("单位名称。"))

    class Meta:
        ref_name = "UnitOfCasework"


def opened(request, code, permission="person.view", reason=""):
    """A person as the page opens them: in sight, allowed, a minor with an approval; one line says who looked."""
    person = find_person(request.user, code, permission)
    audit.record(request.user, "person.view", person, organization=person.keeper, reason=reason or _g("接口"))
    return person


def told_to(staff, serializer_class):
    """A serializer whose words depend on who asks."""
    return partial(serializer_class, context={"staff": staff})


def listed(request, rows, order, asked, serializer_class, *, tells=True):
    """A page of rows; one line when it shows names or words of people."""
    answer = api.page_of(request, rows, order, asked, serializer_class)
    if answer["results"] and tells and minors.tells_names(request.user):
        audit.record(request.user, "person.list", changes={"rows": [None, len(answer["results"])]})
    return answer


def made(row, data, status=201):
    """What was made or changed, with its version."""
    headers = {"ETag": api.tag_of(row)} if hasattr(row, "version") else {}
    return Response(data, status=status, headers=headers)
