import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.lib.codes import public_code
from referrals.items import Purpose


class WordingQuerySet(models.QuerySet):
    def in_force(self, on=None):
        on = on or timezone.localdate()
        return self.filter(state=ConsentWording.State.RELEASED, valid_from__lte=on)


class ConsentWording(models.Model):
    """What a family is told before it agrees: one purpose, one version, released by a second person, then frozen.

    Without an area it holds everywhere; a place may have a wording of its own, and the nearest one above holds.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("草稿")
        RELEASED = "released", _("已发布")
        RETIRED = "retired", _("已停用")

    # What is frozen with the release.
    TEXTS = ("title", "body", "necessity", "effect", "rights")

    code = models.CharField(max_length=12, unique=True, default=public_code, editable=False)
    purpose = models.CharField(_("用途"), max_length=30, choices=Purpose)
    area = models.ForeignKey(
        "members.Area", models.PROTECT, null=True, blank=True, verbose_name=_("适用区域"), related_name="+"
    )
    number = models.PositiveIntegerField(_("版本"))
    title = models.CharField(_("标题"), max_length=60)
    body = models.TextField(_("要做什么"), max_length=2000)
    necessity = models.TextField(_("为什么需要"), max_length=2000)
    effect = models.TextField(_("对您有什么影响"), max_length=2000)
    rights = models.TextField(_("您可以怎样做"), max_length=2000)
    note = models.CharField(_("修改说明"), max_length=300, blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    valid_from = models.DateField(_("启用日期"), null=True, blank=True)
    checksum = models.CharField(max_length=64, blank=True, editable=False)
    shipped_as = models.CharField(max_length=40, blank=True, editable=False)
    version = models.PositiveIntegerField(default=1)
    written_by = models.ForeignKey("members.Staff", models.PROTECT, null=True, related_name="+")
    written_at = models.DateTimeField(default=timezone.now)
    released_by = models.ForeignKey("members.Staff", models.PROTECT, null=True, related_name="+")
    released_at = models.DateTimeField(null=True, blank=True)
    retired_by = models.ForeignKey("members.Staff", models.PROTECT, null=True, related_name="+")
    retired_at = models.DateTimeField(null=True, blank=True)

    objects = WordingQuerySet.as_manager()

    class Meta:
        ordering = ["purpose", "area__code", "-number"]
        constraints = [
            models.UniqueConstraint(
                fields=["purpose", "area", "number"], nulls_distinct=False, name="one_wording_of_a_number"
            ),
            models.UniqueConstraint(
                fields=["purpose", "area"], condition=Q(state="draft"), nulls_distinct=False, name="one_wording_draft"
            ),
            models.CheckConstraint(
                condition=Q(state="draft") | (Q(valid_from__isnull=False) & ~Q(checksum="")),
                name="released_wording_has_a_day",
            ),
            models.CheckConstraint(
                condition=Q(released_by=None) | Q(written_by=None) | ~Q(released_by=models.F("written_by")),
                name="wording_released_by_another",
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="frozen_wording",
                when=pgtrigger.Before,
                operation=pgtrigger.Update | pgtrigger.Delete,
                condition=pgtrigger.Q(old__state__in=["released", "retired"]),
                func="""
                    IF TG_OP = 'DELETE' OR (to_jsonb(OLD) - 'state' - 'retired_at' - 'retired_by_id')
                        IS DISTINCT FROM (to_jsonb(NEW) - 'state' - 'retired_at' - 'retired_by_id')
                        OR (NEW.state = 'draft') THEN
                        RAISE EXCEPTION 'a released wording is frozen' USING ERRCODE = 'check_violation';
                    END IF;
                    RETURN NEW;
                """,
            )
        ]

    def __str__(self):
        return str(_("%(purpose)s告知书 第 %(number)s 版")) % {
            "purpose": self.get_purpose_display(),
            "number": self.number,
        }

    @property
    def paragraphs(self):
        """[(heading, text)] in the order of reading."""
        label = {name: self._meta.get_field(name).verbose_name for name in self.TEXTS}
        return [(label[name], getattr(self, name)) for name in self.TEXTS[1:]]
