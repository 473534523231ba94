from functools import reduce
from operator import or_

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.kinds import PolicyStatus
from portal.lib.codes import public_code

# Stands in for a day of issue that the sources do not print, so that such documents come last.
UNKNOWN_DAY = "0001-01-01"


class PolicyQuerySet(models.QuerySet):
    def newest_first(self):
        """For pages by key: `order` is ["-listed_on", "code"]."""
        unknown = models.Value(UNKNOWN_DAY, output_field=models.DateField())
        return self.annotate(listed_on=Coalesce("issued_on", unknown))

    def mentioning(self, text):
        """A library holds hundreds of documents, not millions: reading them through is fast enough."""
        fields = ("title", "short_name", "number", "issuers", "summary")
        return self.filter(reduce(or_, (models.Q(**{f"{name}__icontains": text}) for name in fields)))

    def public(self):
        return self.filter(is_public=True)


class PolicyDocument(models.Model):
    """A document that programs, rules and settings rest on. What its source does not tell stays empty.

    `short_name` is what this portal calls it; it stands in for a title that is not known and is never taken for one.
    """

    code = models.CharField(max_length=12, unique=True, default=public_code, editable=False)
    title = models.CharField(_("标题"), max_length=200, blank=True)
    short_name = models.CharField(_("本平台简称"), max_length=60, blank=True)
    number = models.CharField(_("文号"), max_length=60, blank=True)
    issuers = ArrayField(models.CharField(max_length=60), default=list, blank=True, verbose_name=_("发文机关"))
    issued_on = models.DateField(_("印发日期"), null=True, blank=True)
    effective_on = models.DateField(_("施行日期"), null=True, blank=True)
    status = models.CharField(_("效力"), max_length=20, choices=PolicyStatus, blank=True)
    # Empty: the whole country.
    area = models.ForeignKey(
        "members.Area", models.PROTECT, null=True, blank=True, verbose_name=_("适用区域"), related_name="policies"
    )
    is_public = models.BooleanField(_("主动公开"), default=False)
    # The stored file (portal.lib.uploads), if there is one.
    file_key = models.CharField(max_length=32, blank=True, editable=False)
    file_name = models.CharField(max_length=100, blank=True, editable=False)
    file_size = models.PositiveIntegerField(default=0, editable=False)
    summary = models.TextField(_("摘要"), max_length=2000, blank=True)
    source = models.CharField(_("来源说明"), max_length=300, blank=True)
    replaced_by = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, verbose_name=_("被何文件替代"), related_name="replaces"
    )
    # Which entry of the shipped list this is; empty for documents that people entered.
    shipped_as = models.CharField(max_length=40, null=True, unique=True, editable=False)
    changed_by = models.ForeignKey("members.Staff", models.PROTECT, null=True, related_name="+")
    changed_at = models.DateTimeField(default=timezone.now)
    version = models.PositiveIntegerField(default=1)

    objects = PolicyQuerySet.as_manager()

    class Meta:
        ordering = ["code"]
        constraints = [
            models.UniqueConstraint(
                fields=["number"],
                condition=~models.Q(number=""),
                name="one_policy_per_number",
                violation_error_message=_("政策文件库中已有这个文号的文件。"),
            ),
            models.CheckConstraint(
                condition=~models.Q(title="", short_name="", number=""),
                name="policy_can_be_named",
                violation_error_message=_("标题、简称、文号至少填写一项。"),
            ),
            models.CheckConstraint(
                condition=~models.Q(replaced_by=models.F("id")), name="policy_not_replaced_by_itself"
            ),
        ]

    @property
    def file_kind(self):
        return self.file_name.rsplit(".", 1)[-1]

    def __str__(self):
        return self.title or self.short_name or self.number
