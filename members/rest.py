"""What every API view of ours stands on: the permission it names, refusals as problems, and counting once."""

import hashlib
import json
import re
from datetime import timedelta
from functools import wraps

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework import exceptions
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response
from rest_framework.views import APIView

from members.access import Refusal, Stale
from members.audit import origin_of_request
from members.models import IdempotentAnswer
from portal.lib import api, encryption

KEPT = timedelta(hours=24)
# After this long a request that has not answered is taken for dead.
LEASE = timedelta(seconds=60)
_KEY = re.compile(r"[\x21-\x7e]{1,100}")


class Resource(APIView):
    """An API view of ours. `permission` is "organization.view", or {"GET": …, "PATCH": …}."""

    permission = None

    def permission_for(self, method):
        method = "GET" if method in {"HEAD", "OPTIONS"} else method
        return self.permission.get(method) if isinstance(self.permission, dict) else self.permission

    def body_of(self, serializer_class, **options):
        """The checked body of the request."""
        serializer = serializer_class(data=self.request.data, **options)
        serializer.is_valid(raise_exception=True)
        return serializer.validated_data

    def finalize_response(self, request, response, *args, **kwargs):
        response = super().finalize_response(request, response, *args, **kwargs)
        response.headers.setdefault("Cache-Control", "no-store, private")
        return response


class Nothing(Resource):
    """An address under /api/ that there is not."""

    permission = "api.view"
    schema = None

    def initial(self, request, *args, **kwargs):
        super().initial(request, *args, **kwargs)
        raise exceptions.NotFound


def explain(error, context):
    """Refusals of our actions in the same shape as every other error."""
    context = {**context, "instance": origin_of_request.get().request_id}
    if isinstance(error, Stale):
        error = api.Problem("conflict", error.message)
    elif isinstance(error, Refusal):
        fields = [{"field": error.field, "code": "refused", "message": str(error.message)}] if error.field else []
        error = api.Problem("refused", error.message, fields)
    response = api.explain(error, context)
    if response.status_code == 401:
        response["WWW-Authenticate"] = 'Bearer realm="portal"'
    return response


# -- a request counts once --------------------------------------------------------------------------------------------
def counts_once(post):
    """With an Idempotency-Key the same request is carried out once, and a repetition gets the same answer.

    The answer is written in the transaction of the deed, so there is never the one without the other. Only success is
    kept: what was refused may be tried again with the same key. An answer that tells of people is not kept: where a
    response names what it tells of (`of`), the view's `tell(request, of)` reads it anew, by what may be seen by then.
    """

    @wraps(post)
    def guarded(view, request, *args, **kwargs):
        key = request.headers.get("Idempotency-Key")
        if key is None:
            return post(view, request, *args, **kwargs)
        if not _KEY.fullmatch(key):
            raise api.Problem("malformed", _("Idempotency-Key 须为 1 到 100 个可见的英文字符。"))
        row, is_mine = _reserve(request, key)
        if not is_mine:
            return _repeat(view, request, row)
        is_answered = False
        try:
            with transaction.atomic():
                response = post(view, request, *args, **kwargs)
                if is_answered := response.status_code < 300:
                    _keep(row, response)
        finally:
            if not is_answered:
                row.delete()
        return response

    return guarded


def _reserve(request, key):
    """(row, whether this request is to carry out the deed)."""
    now = timezone.now()
    body = json.dumps(request.data, sort_keys=True)
    asked = [request.method, request.path, body, str(request.user.organization_id), getattr(request.auth, "code", "")]
    digest = hashlib.sha256("\n".join(asked).encode()).hexdigest()
    IdempotentAnswer.objects.filter(staff=request.user, started_at__lt=now - KEPT).delete()
    row, is_new = IdempotentAnswer.objects.get_or_create(
        staff=request.user, key=key, defaults={"digest": digest, "started_at": now}
    )
    if is_new:
        return row, True
    if row.digest != digest:
        raise api.Problem("key_reused", _("这个 Idempotency-Key 已用于内容不同的请求，请换一个。"))
    if row.status is not None:
        return row, False
    dead = IdempotentAnswer.objects.filter(pk=row.pk, status=None, started_at__lt=now - LEASE)
    if not dead.update(started_at=now):
        raise api.Problem("in_progress", _("同一个请求正在处理，请稍候再问。"))
    return row, True


def _keep(row, response):
    """What was said, and of which version; an answer without a body has none when it is repeated."""
    of = getattr(response, "of", None)
    said = {"of": of} if of else {"data": response.data, "etag": response.get("ETag", "")}
    body = JSONRenderer().render(said).decode()
    row.status = response.status_code
    row.body = encryption.encrypt_text(body, "idempotentanswer", "body", row.pk)
    row.save(update_fields=["status", "body"])


def _repeat(view, request, row):
    said = json.loads(encryption.decrypt_text(row.body, "idempotentanswer", "body", row.pk))
    if "of" in said:
        response = view.tell(request, said["of"], row.status)
    else:
        response = Response(said["data"], status=row.status, headers={"ETag": said["etag"]} if said["etag"] else {})
    response.headers["Idempotency-Replayed"] = "true"
    return response
