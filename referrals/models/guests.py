"""A receiver that nobody signs in for yet: one referral behind a link and a code told on another way, for some days."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.lib.codes import public_code


class GuestAccess(models.Model):
    """The link goes to a post by mail, the code is told by telephone. The database holds digests of both."""

    class Ended(models.TextChoices):
        BY_SENDER = "by_sender", _("转出单位关闭")
        REPLACED = "replaced", _("改发了新的链接")
        LOCKED = "locked", _("验证码多次不对，已锁定")

    code = models.CharField(max_length=12, unique=True, default=public_code, editable=False)
    referral = models.ForeignKey("referrals.Referral", models.PROTECT, related_name="guests")
    post = models.ForeignKey("members.ContactPost", models.PROTECT, related_name="+", verbose_name=_("联系岗位"))
    email = models.EmailField(_("该岗位的工作邮箱"))
    token_hash = models.CharField(max_length=64, unique=True)
    # Empty once it was used: each look asks for a new one.
    code_hash = models.CharField(max_length=64, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)
    made_by = models.ForeignKey("members.Staff", models.PROTECT, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(_("有效期至"))
    opened_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    ended = models.CharField(max_length=10, choices=Ended, blank=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["referral"], condition=Q(ended_at=None), name="one_open_guest_access_of_a_referral"
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None, ended="") | (Q(ended_at__isnull=False) & ~Q(ended="")),
                name="guest_access_ended_somehow",
            ),
        ]

    def __str__(self):
        return self.code

    @property
    def is_open(self):
        return self.ended_at is None and self.expires_at > timezone.now()
