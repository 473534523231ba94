from datetime import date

import pgtrigger
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.db import models
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from members import roles
from portal.lib.codes import public_code
from portal.lib.prepared import Prepared


class Role(models.TextChoices):
    FINDER = "finder", _("发现人员")
    TOWN_CASEWORKER = "town_caseworker", _("镇街经办")
    BUREAU_OFFICER = "bureau_officer", _("民政局经办")
    BUREAU_APPROVER = "bureau_approver", _("民政局审批")
    MEMBER_OFFICER = "member_officer", _("成员单位经办")
    CHARITY_REVIEWER = "charity_reviewer", _("慈善经办")
    CHARITY_APPROVER = "charity_approver", _("慈善审批")
    CHARITY_FINANCE = "charity_finance", _("财务")
    PARTNER_AGENT = "partner_agent", _("合作单位")
    LIAISON_OFFICER = "liaison_officer", _("联络员")
    CATALOGUE_ADMIN = "catalogue_admin", _("目录管理员")
    UNIT_ADMIN = "unit_admin", _("单位管理员")
    SUPERVISOR = "supervisor", _("监督审计")
    SYSTEM_ADMIN = "system_admin", _("系统管理员")
    SECURITY_ADMIN = "security_admin", _("安全管理员")
    AUDIT_ADMIN = "audit_admin", _("审计管理员")


class StaffQuerySet(models.QuerySet):
    def active(self):
        return self.filter(is_active=True)

    def holding(self, role):
        """Those who hold a role in their own right today."""
        return self.filter(pk__in=RoleAssignment.objects.held().filter(role=role).values("staff"))


class StaffManager(BaseUserManager.from_queryset(StaffQuerySet)):
    def get_by_natural_key(self, username):
        return self.get(**{f"{self.model.USERNAME_FIELD}__iexact": username})


class Staff(AbstractBaseUser, PermissionsMixin):
    """A person of staff: one named account, one organization, several roles.

    PermissionsMixin is here for django-guardian, which asks it for groups; `is_superuser` is held false by the
    database, because a superuser would walk past every check.
    """

    # Of this object only: grants do not count for it (members.access.without_grants).
    has_only_roles = False

    code = models.CharField(max_length=12, unique=True, default=public_code, editable=False)
    username = models.CharField(
        _("登录名"), max_length=40, unique=True, validators=[UnicodeUsernameValidator()],
        error_messages={"unique": _("这个登录名已有人使用。")},
    )  # fmt: skip
    name = models.CharField(_("姓名"), max_length=40)
    organization = models.ForeignKey(
        "members.Organization", models.PROTECT, verbose_name=_("所在单位"), related_name="staff"
    )
    post = models.CharField(_("岗位"), max_length=40, blank=True)
    email = models.EmailField(_("工作邮箱"), blank=True)
    phone = models.CharField(_("办公电话"), max_length=30, blank=True)
    is_active = models.BooleanField(_("在用"), default=True)
    # Suspended: not active, and not left. Why, in the words of whoever decided it.
    inactive_reason = models.CharField(_("停用原因"), max_length=200, blank=True)
    left_at = models.DateTimeField(null=True, blank=True)
    language = models.CharField(_("界面语言"), max_length=10, default="zh-hans")
    # While this is fresh no reset link goes to the address: who sets it must not be able to take the account over.
    email_set_by_other_at = models.DateTimeField(null=True, blank=True)
    password_changed_at = models.DateTimeField(null=True, blank=True)
    must_change_password = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now)
    version = models.PositiveIntegerField(default=1)
    changed_by = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="+")
    changed_at = models.DateTimeField(default=timezone.now)

    objects = StaffManager()

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = []

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(condition=models.Q(is_superuser=False), name="nobody_is_superuser"),
            models.UniqueConstraint(models.functions.Lower("username"), name="username_in_any_case"),
        ]

    def __str__(self):
        return self.name

    @property
    def state(self):
        if self.is_active:
            return "active"
        return "left" if self.left_at else "suspended"

    @property
    def roles(self):
        """The codes of the roles this person holds in their own right today, read once per object."""
        return self._held[0]

    @property
    def deputised_roles(self):
        """{role: code of the person it is carried for}: case roles of absent colleagues (Deputy)."""
        return self._held[1]

    @cached_property
    def _held(self):
        """Own roles, and the case roles of those this person stands in for, in one query.

        Weighty ones pass only where the absent colleague chose the deputy: otherwise one person's word would be enough
        to make an approver.
        """
        found = _roles_held(staff=self.pk, unit=self.organization_id, today=timezone.localdate())
        own = frozenset(role for role, staff, _code in found if staff == self.pk)
        others = {role: code for role, staff, code in found if staff != self.pk and role not in own}
        fits = {role: code for role, code in others.items() if not any(roles.exclude_each_other(role, r) for r in own)}
        return own, fits

    @cached_property
    def permissions(self):
        """permission -> reach, over all roles held or carried for an absent colleague today."""
        return roles.permissions_of(self.roles | self.deputised_roles.keys())

    @property
    def roles_as_written(self):
        """For the audit: own roles, and those carried for somebody as `role(代 code)`."""
        carried = [f"{role}(代 {code})" for role, code in self.deputised_roles.items()]
        return ",".join(sorted(self.roles) + sorted(carried))

    @property
    def needs_second_factor(self):
        return bool(roles.NEEDS_SECOND_FACTOR & (self.roles | self.deputised_roles.keys()))


def _exclusion():
    """SQL: refuse a role beside one that excludes it. The person's row is locked, so that two proposals queue up."""
    alone = ", ".join(f"'{role}'" for role in sorted(roles.ADMINISTRATORS))
    case = ", ".join(f"'{role}'" for role in sorted(roles.CASE_ROLES))
    return f"""
        IF NEW.ended_at IS NULL THEN
            PERFORM 1 FROM members_staff WHERE id = NEW.staff_id FOR NO KEY UPDATE;
            IF EXISTS (
                SELECT 1 FROM members_roleassignment other
                WHERE other.staff_id = NEW.staff_id AND other.ended_at IS NULL
                    AND other.id IS DISTINCT FROM NEW.id AND other.role <> NEW.role
                    AND (
                        other.role IN ({alone}) OR NEW.role IN ({alone})
                        OR (other.role = 'catalogue_admin' AND NEW.role IN ({case}))
                        OR (NEW.role = 'catalogue_admin' AND other.role IN ({case}))
                    )
            ) THEN
                RAISE EXCEPTION 'roles exclude each other' USING ERRCODE = 'check_violation';
            END IF;
        END IF;
        RETURN NEW;
    """  # noqa: S608 - built from the table of roles


class RoleAssignmentQuerySet(models.QuerySet):
    def open(self):
        return self.filter(ended_at=None)

    def held(self):
        """Confirmed and not ended."""
        return self.filter(ended_at=None, confirmed_at__isnull=False)

    def pending(self):
        """Proposed, waiting for a second person."""
        return self.filter(ended_at=None, confirmed_at=None)

    def waiting_for(self, staff):
        """What this person may confirm: nothing of their own, nothing they proposed."""
        if "role.confirm" not in staff.permissions:
            return self.none()
        return self.pending().exclude(staff=staff).exclude(proposed_by=staff)


class RoleAssignment(models.Model):
    """A role a person holds: proposed by one, confirmed by another, ended but never deleted.

    Rows without a proposer come from the installation (`bin/up`, the demo world): somebody has to be the first.
    """

    staff = models.ForeignKey(Staff, models.CASCADE, related_name="role_assignments")
    role = models.CharField(_("角色"), max_length=30, choices=Role)
    proposed_by = models.ForeignKey(Staff, models.PROTECT, null=True, related_name="+")
    proposed_at = models.DateTimeField(default=timezone.now)
    confirmed_by = models.ForeignKey(Staff, models.PROTECT, null=True, blank=True, related_name="+")
    confirmed_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(Staff, models.PROTECT, null=True, blank=True, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = RoleAssignmentQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["staff", "role"], condition=models.Q(ended_at=None), name="one_open_assignment_per_role"
            ),
            models.CheckConstraint(
                condition=models.Q(confirmed_by=None)
                | models.Q(proposed_by=None)
                | ~models.Q(confirmed_by=models.F("proposed_by")),
                name="role_confirmed_by_another",
            ),
            models.CheckConstraint(
                condition=~models.Q(proposed_by=models.F("staff")) & ~models.Q(confirmed_by=models.F("staff"))
                | models.Q(proposed_by=None),
                name="nobody_grants_to_oneself",
            ),
            models.CheckConstraint(
                condition=models.Q(confirmed_at=None)
                | models.Q(proposed_by=None)
                | models.Q(confirmed_by__isnull=False)
                | ~models.Q(role__in=sorted(roles.NEEDS_SECOND_FACTOR)),
                name="weighty_role_confirmed_by_someone",
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="roles_exclude_each_other",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("role", "staff_id", "ended_at"),
                func=_exclusion(),
            )
        ]

    def __str__(self):
        return self.get_role_display()


class DeputyQuerySet(models.QuerySet):
    def live(self, day=None):
        """Those that hold today: begun, not over, not ended early."""
        day = day or timezone.localdate()
        return self.filter(since__lte=day, until__gte=day, ended_at=None)

    def open(self):
        """Those that hold today or will."""
        return self.filter(until__gte=timezone.localdate(), ended_at=None)


class Deputy(models.Model):
    """A colleague of the same unit who carries somebody's case roles for some days, under their own name.

    Only case roles pass on, never those of administrators or of the unit's admin; and because every decision names the
    person who made it, a deputy still cannot approve what they themselves proposed.
    """

    code = models.CharField(max_length=12, unique=True, default=public_code, editable=False)
    staff = models.ForeignKey(Staff, models.CASCADE, related_name="deputies", verbose_name=_("本人"))
    deputy = models.ForeignKey(Staff, models.CASCADE, related_name="deputies_for", verbose_name=_("代理人"))
    since = models.DateField(_("开始日期"))
    until = models.DateField(_("结束日期"))
    reason = models.CharField(_("原因"), max_length=200)
    set_by = models.ForeignKey(Staff, models.PROTECT, related_name="+")
    set_at = models.DateTimeField(default=timezone.now)
    ended_by = models.ForeignKey(Staff, models.PROTECT, null=True, blank=True, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = DeputyQuerySet.as_manager()

    class Meta:
        ordering = ["-since", "-pk"]
        constraints = [
            models.CheckConstraint(condition=~models.Q(staff=models.F("deputy")), name="deputy_is_another"),
            models.CheckConstraint(
                condition=models.Q(until__gte=models.F("since")), name="deputy_ends_after_beginning"
            ),
        ]

    def __str__(self):
        return f"{self.deputy}（代 {self.staff}）"


def _rows_of_roles(staff, unit, today):
    carried = Deputy.objects.live(today).filter(deputy=staff, staff__is_active=True, staff__organization=unit)
    chosen = carried.filter(set_by=models.F("staff"))
    held = RoleAssignment.objects.held().filter(
        models.Q(staff=staff)
        | models.Q(staff__in=carried.values("staff"), role__in=roles.CASE_ROLES - roles.NEEDS_SECOND_FACTOR)
        | models.Q(staff__in=chosen.values("staff"), role__in=roles.CASE_ROLES)
    )
    return held.values_list("role", "staff", "staff__code")


_roles_held = Prepared(_rows_of_roles, staff=int, unit=int, today=date)
