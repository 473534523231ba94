from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members import roles
from portal.lib.codes import public_code


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


class StaffManager(BaseUserManager):
    def get_by_natural_key(self, username):
        return self.get(**{f"{self.model.USERNAME_FIELD}__iexact": username})


class Staff(AbstractBaseUser, PermissionsMixin):
    """A person of staff: one named account, one organization, several roles.

    PermissionsMixin is here for django-guardian, which asks it for groups; `is_superuser` is held false by the
    database, because a superuser would walk past every check.
    """

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
    language = models.CharField(_("界面语言"), max_length=10, default="zh-hans")
    password_changed_at = models.DateTimeField(null=True, blank=True)
    must_change_password = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now)
    version = models.PositiveIntegerField(default=1)

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
    def roles(self):
        """The codes of the roles held today, read once per object."""
        if not hasattr(self, "_roles"):
            held = self.role_assignments.filter(ended_at=None, confirmed_at__isnull=False)
            self._roles = frozenset(held.values_list("role", flat=True))
        return self._roles

    @property
    def permissions(self):
        """permission -> reach, over all roles held today."""
        if not hasattr(self, "_permissions"):
            self._permissions = roles.permissions_of(self.roles)
        return self._permissions


class RoleAssignment(models.Model):
    """A role a person holds: proposed by one, confirmed by another, ended but never deleted."""

    staff = models.ForeignKey(Staff, models.CASCADE, related_name="role_assignments")
    role = models.CharField(_("角色"), max_length=30, choices=Role)
    proposed_by = models.ForeignKey(Staff, models.PROTECT, null=True, related_name="+")
    proposed_at = models.DateTimeField(default=timezone.now)
    confirmed_by = models.ForeignKey(Staff, models.PROTECT, null=True, blank=True, related_name="+")
    confirmed_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(Staff, models.PROTECT, null=True, blank=True, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)

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
        ]

    def __str__(self):
        return self.get_role_display()
