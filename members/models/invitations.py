from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.lib.codes import public_code

from .staff import Role


class InvitationQuerySet(models.QuerySet):
    def open(self):
        """Neither used nor withdrawn; perhaps expired, and then it can be sent again."""
        return self.filter(accepted_at=None, revoked_at=None)


class Invitation(models.Model):
    """A link by which one new colleague makes an account. It works once, for seven days, and can be withdrawn.

    The database holds only a digest of the link's token, so a copy of the database opens no door.
    """

    code = models.CharField(max_length=12, unique=True, default=public_code, editable=False)
    organization = models.ForeignKey(
        "members.Organization", models.CASCADE, verbose_name=_("加入单位"), related_name="invitations"
    )
    label = models.CharField(_("备注"), max_length=40, help_text=_("例如“救助科新来的同事”，只在本单位列表中显示。"))
    email = models.EmailField(_("工作邮箱"), blank=True)
    post = models.CharField(_("岗位"), max_length=40, blank=True)
    roles = ArrayField(models.CharField(max_length=30, choices=Role), default=list, blank=True, verbose_name=_("角色"))
    token_hash = models.CharField(max_length=64, unique=True)
    # Counts the times a link was made: the token is derived from it, so an old link dies when a new one is made.
    round = models.PositiveSmallIntegerField(default=1)
    invited_by = models.ForeignKey("members.Staff", models.PROTECT, related_name="+")
    invited_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(_("有效期至"))
    accepted_at = models.DateTimeField(null=True, blank=True)
    accepted_by = models.ForeignKey("members.Staff", models.SET_NULL, null=True, blank=True, related_name="+")
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_by = models.ForeignKey("members.Staff", models.PROTECT, null=True, blank=True, related_name="+")

    objects = InvitationQuerySet.as_manager()

    class Meta:
        ordering = ["-invited_at", "-pk"]

    def __str__(self):
        return self.label

    @property
    def is_expired(self):
        return self.expires_at <= timezone.now()
