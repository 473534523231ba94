from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.lib.codes import public_code
from portal.lib.encrypted_fields import BlindIndexField, EncryptedJSONField


class RelationQuerySet(models.QuerySet):
    def open(self):
        """Those that hold today."""
        return self.filter(models.Q(ended_on=None) | models.Q(ended_on__gt=timezone.localdate()))


class DeclaredRelation(models.Model):
    """Kin or interest that a person of staff declares, so that they do not handle that family's case (优亲厚友).

    Who it is stands in one envelope; a blind index finds the number without opening any. Ended, never deleted.
    """

    class Kind(models.TextChoices):
        KIN = "kin", _("亲属")
        INTEREST = "interest", _("利害关系")

    class Relation(models.TextChoices):
        SPOUSE = "spouse", _("配偶")
        PARENT = "parent", _("父母")
        CHILD = "child", _("子女")
        SIBLING = "sibling", _("兄弟姐妹")
        GRANDPARENT = "grandparent", _("祖父母、外祖父母")
        GRANDCHILD = "grandchild", _("孙子女、外孙子女")
        IN_LAW = "in_law", _("配偶的近亲属")
        OTHER_KIN = "other_kin", _("其他亲属")
        DEBT = "debt", _("借贷或债务")
        BUSINESS = "business", _("经营或投资往来")
        TENANCY = "tenancy", _("租赁")
        FRIEND = "friend", _("朋友、同学、邻居等")
        OTHER = "other", _("其他利害关系")

    KIN = frozenset({"spouse", "parent", "child", "sibling", "grandparent", "grandchild", "in_law", "other_kin"})

    code = models.CharField(max_length=12, unique=True, default=public_code, editable=False)
    staff = models.ForeignKey("members.Staff", models.CASCADE, related_name="relations")
    kind = models.CharField(_("类别"), max_length=10, choices=Kind)
    relation = models.CharField(_("关系"), max_length=20, choices=Relation)
    # {"name": …, "number": …, "note": …}
    private = EncryptedJSONField()
    number_index = BlindIndexField(source="number", db_index=True)
    declared_on = models.DateField(_("申报日期"), default=timezone.localdate)
    ended_on = models.DateField(_("解除日期"), null=True, blank=True)
    end_reason = models.CharField(_("解除原因"), max_length=200, blank=True)

    objects = RelationQuerySet.as_manager()

    class Meta:
        ordering = ["-declared_on", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ended_on=None) | models.Q(ended_on__gte=models.F("declared_on")),
                name="relation_ends_after_it_was_declared",
            )
        ]

    def __str__(self):
        """For the audit: what kind of relation, not who."""
        return self.get_relation_display()

    @property
    def name(self):
        return self.private.get("name", "")

    @property
    def number(self):
        return self.private.get("number", "")

    @property
    def note(self):
        return self.private.get("note", "")


class RelationStatement(models.Model):
    """Once a year: "what I declared is complete", or "I have nothing to declare"."""

    staff = models.ForeignKey("members.Staff", models.CASCADE, related_name="relation_statements")
    year = models.PositiveSmallIntegerField(_("年度"))
    # How many relations stood when it was made; none means "nothing to declare".
    count = models.PositiveSmallIntegerField()
    made_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-year"]
        constraints = [models.UniqueConstraint(fields=["staff", "year"], name="one_statement_a_year")]

    def __str__(self):
        return str(self.year)
