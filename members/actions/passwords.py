"""Passwords: setting one, forcing a new one, unlocking who was locked out."""

from allauth.mfa.models import Authenticator
from axes.models import AccessAttempt
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from members import audit
from members.access import Refusal, may
from members.actions.sessions import end_sessions
from members.models import PasswordRecord, SecurityPolicy, Staff

# As many old passwords as any policy may ask about.
KEPT_RECORDS = 24


@transaction.atomic
def set_password(actor, staff, password):
    """A new password, chosen by its owner: the old one goes to the records."""
    if staff.pk and staff.has_usable_password():
        PasswordRecord.objects.create(staff=staff, password=staff.password)
    staff.set_password(password)
    staff.password_changed_at = timezone.now()
    staff.must_change_password = False
    staff.save(update_fields=["password", "password_changed_at", "must_change_password"])
    stale = PasswordRecord.objects.filter(staff=staff).values("pk")[KEPT_RECORDS:]
    PasswordRecord.objects.filter(pk__in=list(stale.values_list("pk", flat=True))).delete()
    audit.record(actor, "password.change", staff, organization=staff.organization)
    return staff


@transaction.atomic
def force_password_change(actor, staff, *, reason=""):
    """The next page this person opens asks for a new password."""
    _require(actor, "session.end", staff)
    Staff.objects.filter(pk=staff.pk).update(must_change_password=True)
    audit.record(actor, "password.force", staff, organization=staff.organization, reason=reason)


@transaction.atomic
def unlock_staff(actor, staff):
    """The way back for someone who was locked out: the counted failures are forgotten."""
    _require(actor, "staff.unlock", staff)
    attempts = AccessAttempt.objects.filter(username=staff.username.lower())
    if not attempts.exists():
        raise Refusal(_("%(name)s 没有被锁定，可以直接登录。") % {"name": staff})
    attempts.delete()
    audit.record(actor, "staff.unlock", staff, organization=staff.organization)


@transaction.atomic
def sign_out_everywhere(actor, staff, *, reason):
    """For a machine that was lost or a suspicion: all sessions end, and a new password is asked for."""
    force_password_change(actor, staff, reason=reason)
    end_sessions(actor, staff, reason=reason)


@transaction.atomic
def reset_second_factor(actor, staff, *, reason):
    """For someone who lost telephone, key and codes: all are forgotten, and set up anew at the next sign-in."""
    _require(actor, "staff.unlock", staff)
    removed, _details = Authenticator.objects.filter(user=staff).delete()
    if not removed:
        raise Refusal(_("%(name)s 还没有设置第二重验证。") % {"name": staff})
    end_sessions(actor, staff, reason="second factor reset")
    audit.record(actor, "second_factor.reset", staff, organization=staff.organization, reason=reason)


def _require(actor, permission, staff):
    if not may(actor, permission, staff.organization):
        raise PermissionDenied
    if actor.pk == staff.pk:
        raise Refusal(_("不能为自己办理，请另一位安全管理员办理。"))


@transaction.atomic
def edit_security_policy(actor, version, values):
    """Change the rules for passwords and sessions. They hold from the next sign-in or the next new password on."""
    if not may(actor, "security.edit"):
        raise PermissionDenied
    SecurityPolicy.objects.get_or_create(pk=1)
    old = SecurityPolicy.objects.select_for_update().get(pk=1)
    if old.version != version:
        raise Refusal(_("登录安全设置刚被他人修改，下面是最新内容，请核对后再保存。"))
    changes = {name: [getattr(old, name), value] for name, value in values.items() if getattr(old, name) != value}
    for name, value in values.items():
        setattr(old, name, value)
    old.version += 1
    old.save()
    audit.record(actor, "security_policy.edit", old, changes=changes)
    return old
