"""Tokens of the API: made by the unit's administrator, accepted by the person they act for, revoked by either."""

import secrets
from datetime import datetime, time, timedelta

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from members import audit
from members.access import Refusal, may
from members.kinds import SCOPES
from members.models import ApiToken
from members.tokens import hash_of, written

LONGEST_DAYS = 365


@transaction.atomic
def make_token(actor, staff, name, scopes, last_day):
    """(token, what the holder keeps), the second only for who makes it for themselves."""
    if not may(actor, "token.manage", staff.organization):
        raise PermissionDenied
    _refuse_scopes(staff, scopes)
    _refuse_day(last_day)
    if not staff.is_active:
        raise Refusal(_("%(staff)s 的账号已停用，不能用其身份。") % {"staff": staff}, field="staff")
    end = timezone.make_aware(datetime.combine(last_day + timedelta(days=1), time()))
    token = ApiToken.objects.create(
        organization=staff.organization, staff=staff, name=name, scopes=sorted(scopes), made_by=actor, expires_at=end
    )
    audit.record(
        actor, "token.make", token, organization=token.organization,
        changes={"staff": ["", staff.code], "scopes": ["", ", ".join(token.scopes)], "until": ["", str(last_day)]},
    )  # fmt: skip
    return token, (_give_secret(actor, token) if staff.pk == actor.pk else None)


@transaction.atomic
def accept_token(actor, token):
    """The person it acts for agrees, and is the only one to see it."""
    token = ApiToken.objects.select_for_update(of=("self",)).select_related("organization").get(pk=token.pk)
    if token.staff_id != actor.pk:
        raise PermissionDenied
    if token.state != "waiting":
        raise Refusal(_("这个令牌已经接受过、过期或撤销，不能再显示。需要时请单位管理员另建一个。"))
    _refuse_scopes(actor, token.scopes)
    return _give_secret(actor, token)


@transaction.atomic
def revoke_token(actor, token):
    if token.staff_id != actor.pk and not may(actor, "token.manage", token.organization):
        raise PermissionDenied
    now = timezone.now()
    if not ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=now, revoked_by=actor):
        raise Refusal(_("这个令牌已经撤销过了。"))
    audit.record(actor, "token.revoke", token, organization=token.organization)


def _give_secret(actor, token):
    secret = secrets.token_urlsafe(32)
    token.secret_hash, token.accepted_at = hash_of(secret), timezone.now()
    token.save(update_fields=["secret_hash", "accepted_at"])
    audit.record(actor, "token.accept", token, organization=token.organization)
    return written(token, secret)


def _refuse_scopes(staff, scopes):
    if not scopes:
        raise Refusal(_("请至少选一项。"), field="scopes")
    lacking = [scope for scope in scopes if scope not in SCOPES or scope not in staff.permissions]
    if lacking:
        words = _("、").join(str(SCOPES.get(scope, scope)) for scope in lacking)
        raise Refusal(_("%(staff)s 自己没有这些权限：%(words)s。") % {"staff": staff, "words": words}, field="scopes")


def _refuse_day(last_day):
    today = timezone.localdate()
    if not today <= last_day <= today + timedelta(days=LONGEST_DAYS - 1):
        raise Refusal(_("有效期从今天起，最长一年。"), field="last_day")
