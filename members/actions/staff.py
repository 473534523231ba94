"""Staff: edit, suspend, resume, leave, hand over. What somebody held moves on in the same transaction."""

from datetime import timedelta

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Greatest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from members import audit, handover
from members.access import Refusal, Stale, may
from members.actions.sessions import end_sessions
from members.handover import Holding
from members.models import ApiToken, Deputy, Job, Organization, OrganizationGrant, RoleAssignment, SecurityPolicy, Staff
from members.models.staff import Role
from members.roles import ADMINISTRATORS, OWN

# What others may change about a person, and what a person may change about themselves.
EDITABLE = ("name", "post", "email", "phone")
OWN_EDITABLE = ("post", "email", "phone")
PERSONAL = {"name", "email", "phone"}


@transaction.atomic
def edit_staff(actor, staff, version, values):
    require(actor, "staff.edit", staff)
    return _change(actor, staff, version, {name: values[name] for name in EDITABLE if name in values})


@transaction.atomic
def edit_own_details(actor, version, values):
    """Name and login stay with the unit; the rest everybody keeps up to date for themselves."""
    return _change(actor, actor, version, {name: values[name] for name in OWN_EDITABLE if name in values})


def _change(actor, staff, version, values):
    old = Staff.objects.select_related("changed_by").get(pk=staff.pk)
    changed = [name for name, value in values.items() if getattr(old, name) != value]
    stamp = {"version": F("version") + 1, "changed_by": actor, "changed_at": timezone.now()}
    if "email" in changed:
        stamp["email_set_by_other_at"] = None if actor == staff else stamp["changed_at"]
    if not Staff.objects.filter(pk=staff.pk, version=version).update(**values, **stamp):
        raise Stale(old, by=old.changed_by, at=old.changed_at)
    changes = {n: ["…", "…"] if n in PERSONAL else [getattr(old, n), values[n]] for n in changed}
    audit.record(actor, "staff.edit", staff, organization=old.organization, changes=changes)
    return Staff.objects.get(pk=staff.pk)


@transaction.atomic
def suspend_staff(actor, staff, *, reason, successor=None):
    """Out at once, everywhere. The roles stay, and rest; what was being worked on moves on."""
    require(actor, "staff.edit", staff)
    staff = _lock(staff)
    if not staff.is_active:
        raise Refusal(_("%(name)s 已经停用。") % {"name": staff})
    _refuse_last_of_their_kind(staff)
    _move_on(actor, staff, successor)
    _deactivate(actor, staff, reason)
    audit.record(actor, "staff.suspend", staff, organization=staff.organization, reason=reason)
    return staff


@transaction.atomic
def resume_staff(actor, staff):
    """Back again. Someone who had left comes back without roles, and with a new password to choose."""
    require(actor, "staff.edit", staff)
    staff = _lock(staff)
    if staff.is_active:
        raise Refusal(_("%(name)s 没有停用。") % {"name": staff})
    staff.is_active, staff.inactive_reason, staff.left_at = True, "", None
    staff.must_change_password = True
    staff.changed_by, staff.changed_at = actor, timezone.now()
    fields = ["is_active", "inactive_reason", "left_at", "must_change_password", "changed_by", "changed_at"]
    staff.save(update_fields=fields)
    audit.record(actor, "staff.resume", staff, organization=staff.organization)
    return staff


def suspend_unused(now=None):
    """Accounts that nobody has used for long are shut; their work goes back to the queue. Returns how many.

    The last admin of a unit and the last of each of the three administrators stay: somebody must be able to resume
    the others.
    """
    days = SecurityPolicy.current().unused_days
    if not days:
        return 0
    since = (now or timezone.now()) - timedelta(days=days)
    # Greatest() of PostgreSQL passes over NULL: who never signed in counts from the day of the account.
    unused = (
        Staff.objects.active().alias(seen=Greatest("last_login", "created_at", "changed_at")).filter(seen__lt=since)
    )
    return sum(_suspend_unused(staff, days) for staff in unused.order_by("pk"))


@transaction.atomic
def _suspend_unused(staff, days):
    staff = _lock(staff)
    try:
        _refuse_last_of_their_kind(staff)
        _move_on(None, staff, None)
    except Refusal:
        return False
    reason = _("%(days)d 天没有登录，自动停用") % {"days": days}
    _deactivate(None, staff, reason)
    audit.record(None, "staff.suspend", staff, organization=staff.organization, reason=reason)
    return True


@transaction.atomic
def depart_staff(actor, staff, *, reason, successor=None):
    """Leaves for good: work handed over, roles ended, sessions over. The account stays, because records name it."""
    require(actor, "staff.handover", staff)
    staff = _lock(staff)
    if staff.left_at:
        raise Refusal(_("%(name)s 已经办理离岗。") % {"name": staff})
    if staff.is_active:
        _refuse_last_of_their_kind(staff)
    _move_on(actor, staff, successor)
    now = timezone.now()
    RoleAssignment.objects.open().filter(staff=staff).update(ended_at=now, ended_by=actor)
    staff.left_at = now
    staff.save(update_fields=["left_at"])
    _deactivate(actor, staff, reason)
    audit.record(actor, "staff.depart", staff, organization=staff.organization, reason=reason)
    return staff


@transaction.atomic
def hand_over_work(actor, staff, *, reason, successor=None):
    """Only the work: somebody changes the desk or is away for long."""
    require(actor, "staff.handover", staff, allow_oneself=True)
    if not handover.held_by(staff):
        raise Refusal(_("%(name)s 名下没有待交接的工作。") % {"name": staff})
    _move_on(actor, staff, successor, reason=reason)


def colleagues_of(staff):
    """Who could take over: active, of the same unit."""
    return Staff.objects.active().filter(organization=staff.organization_id).exclude(pk=staff.pk).order_by("name", "pk")


def _move_on(actor, staff, successor, reason=""):
    if successor is not None and not colleagues_of(staff).filter(pk=successor.pk).exists():
        raise Refusal(_("只能交给同一单位的在用同事。"), field="successor")
    if successor is None and (left := [str(h.label) for h, _n in handover.held_by(staff) if h.needs_successor]):
        raise Refusal(_("%(what)s必须交给一位同事。") % {"what": _("、").join(left)}, field="successor")
    moved = handover.move_all(actor, staff, successor)
    if moved:
        whom = {"successor": ["", successor.code if successor else "queue"]}
        changes = {**whom, **{code: [number, 0] for code, number in moved.items()}}
        audit.record(actor, "staff.hand_over", staff, organization=staff.organization, reason=reason, changes=changes)


def _deactivate(actor, staff, reason):
    staff.is_active, staff.inactive_reason = False, reason[:200]
    staff.save(update_fields=["is_active", "inactive_reason"])
    end_sessions(actor, staff, reason=reason)


def _lock(staff):
    """The unit's row first: two admins who leave in the same moment queue up, and the second is the last one."""
    Organization.objects.select_for_update(no_key=True).get(pk=staff.organization_id)
    return Staff.objects.select_for_update(no_key=True, of=("self",)).select_related("organization").get(pk=staff.pk)


def require(actor, permission, staff, *, allow_oneself=False):
    """May this person do this to that colleague? Administrators are left alone by admins of a unit."""
    if not may(actor, permission, staff.organization):
        raise PermissionDenied
    if actor.pk == staff.pk and not allow_oneself:
        raise Refusal(_("不能为自己办理，请另一位管理员办理。"))
    if actor.permissions[permission] == OWN and staff.roles & ADMINISTRATORS:
        raise Refusal(_("系统、安全、审计管理员的账号由系统管理员办理。"))


def _refuse_last_of_their_kind(staff):
    """The last admin of a unit needs a successor first; so does the last of each of the three administrators."""
    for role in staff.roles & (ADMINISTRATORS | {"unit_admin"}):
        refuse_last_holder(staff, role)


def refuse_last_holder(staff, role):
    others = Staff.objects.active().exclude(pk=staff.pk).holding(role)
    if role == "unit_admin":
        others = others.filter(organization=staff.organization_id)
    if role in ADMINISTRATORS | {"unit_admin"} and not others.exists():
        words = {"name": staff, "role": Role(role).label}
        raise Refusal(_("%(name)s 是最后一位%(role)s，请先让另一位同事担任%(role)s。") % words)


# -- What this app's own people hold ----------------------------------------------------------------------------------
def _open_jobs(staff):
    return Job.objects.filter(owner=staff, state__in=[Job.State.WAITING, Job.State.RUNNING])


def _stop_jobs(actor, staff, successor):
    """Their result would be for the eyes of the person who asked: it is not inherited, it is asked for again."""
    now = timezone.now()
    _open_jobs(staff).filter(state=Job.State.WAITING).update(state=Job.State.CANCELLED, finished_at=now)
    _open_jobs(staff).update(cancel_requested_at=now)


def _deputyships(staff):
    return Deputy.objects.open().filter(Q(staff=staff) | Q(deputy=staff))


def _end_deputyships(actor, staff, successor):
    _deputyships(staff).update(ended_at=timezone.now(), ended_by=actor)


handover.register(
    Holding(
        "jobs",
        gettext_lazy("进行中的后台作业"),
        gettext_lazy("停止；结果只给发起人看，接手的同事需要时另行发起。"),
        lambda staff: _open_jobs(staff).count(),
        _stop_jobs,
    )
)
handover.register(
    Holding(
        "deputies",
        gettext_lazy("代理安排"),
        gettext_lazy("结束；仍需代理的，请另行指定。"),
        lambda staff: _deputyships(staff).count(),
        _end_deputyships,
    )
)


def _open_tokens(staff):
    return ApiToken.objects.open().filter(staff=staff)


def _revoke_tokens(actor, staff, successor):
    """They act under the name of the one who goes."""
    _open_tokens(staff).update(revoked_at=timezone.now(), revoked_by=actor)


handover.register(
    Holding(
        "tokens",
        gettext_lazy("接口令牌"),
        gettext_lazy("撤销；仍需对接的，请为接手的同事另建。"),
        lambda staff: _open_tokens(staff).count(),
        _revoke_tokens,
    )
)


def _live_grants(staff):
    return OrganizationGrant.objects.live().filter(user=staff)


def _revoke_grants(actor, staff, successor):
    """Given by another unit to this person, so not passed on. The clock revokes none: they rest with the account."""
    if actor is not None:
        _live_grants(staff).update(revoked_at=timezone.now(), revoked_by=actor)


handover.register(
    Holding(
        "grants",
        gettext_lazy("其他单位的授权"),
        gettext_lazy("收回；接手的同事需要时，请授权单位另行授权。"),
        lambda staff: _live_grants(staff).count(),
        _revoke_grants,
    )
)
