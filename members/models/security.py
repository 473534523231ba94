from datetime import timedelta

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class SecurityPolicy(models.Model):
    """What is asked of passwords and sessions, once per deployment. Without a row, the defaults below hold.

    Two schools contradict each other: the classified-protection rules (等保) want character classes and a change every
    90 days, OWASP ASVS and NIST forbid exactly that. The deployment chooses; the former is the default.
    """

    class Mode(models.TextChoices):
        CLASSIFIED = "classified", _("等级保护：字符种类、定期更换")
        MODERN = "modern", _("ASVS/NIST：只看长度和常见口令")

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    mode = models.CharField(_("口令规则"), max_length=12, choices=Mode, default=Mode.CLASSIFIED)
    min_length = models.PositiveSmallIntegerField(_("最短长度"), default=10)
    classes = models.PositiveSmallIntegerField(
        _("字符种类"), default=3, help_text=_("大写字母、小写字母、数字、符号四类中至少几类。只在等级保护规则下生效。")
    )
    max_age_days = models.PositiveSmallIntegerField(
        _("更换周期（天）"), default=90, help_text=_("只在等级保护规则下生效。")
    )
    history = models.PositiveSmallIntegerField(_("不得重复最近几次的口令"), default=5)
    failures = models.PositiveSmallIntegerField(_("连续输错几次后锁定"), default=5)
    lock_minutes = models.PositiveSmallIntegerField(_("锁定时长（分钟）"), default=30)
    idle_minutes = models.PositiveSmallIntegerField(_("无操作退出（分钟）"), default=20)
    session_hours = models.PositiveSmallIntegerField(_("登录最长有效（小时）"), default=12)
    session_limit = models.PositiveSmallIntegerField(
        _("同一人最多同时登录几处"), default=0, help_text=_("0 表示不限制；超过时最早的一处被退出。")
    )
    unused_days = models.PositiveSmallIntegerField(
        _("多久不登录自动停用（天）"), default=90, help_text=_("0 表示不自动停用。停用后由单位管理员恢复。")
    )
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(pk=1), name="one_security_policy"),
            models.CheckConstraint(condition=models.Q(min_length__gte=8), name="password_of_eight_at_least"),
            models.CheckConstraint(condition=models.Q(classes__gte=1, classes__lte=4), name="four_classes_at_most"),
            models.CheckConstraint(condition=models.Q(failures__gte=3, failures__lte=20), name="lock_after_a_few"),
            models.CheckConstraint(condition=models.Q(idle_minutes__gte=5), name="idle_five_minutes_at_least"),
        ]

    def __str__(self):
        return str(_("登录安全"))

    @classmethod
    def current(cls):
        return cls.objects.filter(pk=1).first() or cls(pk=1)

    @property
    def asks_for_classes(self):
        return self.classes if self.mode == self.Mode.CLASSIFIED else 0

    def is_too_old(self, changed_at):
        """Is a password of that moment due for a change? One that was never set by its owner is not reckoned here."""
        if self.mode != self.Mode.CLASSIFIED or not self.max_age_days or changed_at is None:
            return False
        return timezone.now() - changed_at > timedelta(days=self.max_age_days)


class PasswordRecord(models.Model):
    """A password that was used before, as its hash: it may not come back soon."""

    staff = models.ForeignKey("members.Staff", models.CASCADE, related_name="password_records")
    password = models.CharField(max_length=200)
    set_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-set_at", "-pk"]

    def __str__(self):
        return f"{self.staff_id} {self.set_at:%Y-%m-%d}"
