from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, RangeOperators
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class DateRange(models.Func):
    """[valid_from, valid_to): two released versions never hold on the same day."""

    function = "daterange"


class Program(models.Model):
    """A program of a unit, by its code; what it says is in its versions."""

    code = models.SlugField(_("项目编号"), max_length=20, unique=True)
    organization = models.ForeignKey(
        "members.Organization", models.PROTECT, verbose_name=_("主管单位"), related_name="programs"
    )
    # A container holds programs and cannot be applied for itself (P06, P08).
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, verbose_name=_("上级项目"), related_name="parts"
    )
    is_container = models.BooleanField(default=False)
    # The printed order of the catalogue.
    position = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["position", "code"]

    def __str__(self):
        return self.code


class ProgramVersion(models.Model):
    """What a program says from one day to another: the whole definition, judged by programs.matching.

    A released version never changes; a case is judged by the version of its day.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("草稿")
        SUBMITTED = "submitted", _("待发布")
        RELEASED = "released", _("已发布")
        WITHDRAWN = "withdrawn", _("已撤回")

    program = models.ForeignKey(Program, models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    # The schema of programs/reading.py; the columns below repeat parts of it for lists and search.
    definition = models.JSONField()
    name = models.CharField(_("名称"), max_length=120)
    name_en = models.CharField(_("英文名称"), max_length=160, blank=True)
    kind = models.CharField(_("帮扶类别"), max_length=40, blank=True)
    areas = ArrayField(models.CharField(max_length=12), default=list, blank=True, verbose_name=_("适用地区"))
    valid_from = models.DateField(_("生效日期"), null=True, blank=True)
    valid_to = models.DateField(_("失效日期"), null=True, blank=True)
    written_by = models.ForeignKey("members.Staff", models.PROTECT, null=True, related_name="+")
    submitted_by = models.ForeignKey("members.Staff", models.PROTECT, null=True, related_name="+")
    released_by = models.ForeignKey("members.Staff", models.PROTECT, null=True, related_name="+")
    released_at = models.DateTimeField(null=True, blank=True)
    note = models.CharField(_("修改说明"), max_length=500, blank=True)
    # For editing by two people at once; not the number of the version.
    revision = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["program", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["program", "number"], name="one_version_per_number"),
            models.UniqueConstraint(
                fields=["program"],
                condition=models.Q(state__in=["draft", "submitted"]),
                name="one_open_draft_per_program",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="released") | models.Q(valid_from__isnull=False, released_at__isnull=False),
                name="released_version_has_its_day",
            ),
            models.CheckConstraint(
                condition=models.Q(released_by=None)
                | models.Q(submitted_by=None)
                | ~models.Q(released_by=models.F("submitted_by")),
                name="released_by_a_second_person",
            ),
            ExclusionConstraint(
                name="one_released_version_per_day",
                expressions=[
                    ("program", RangeOperators.EQUAL),
                    (DateRange("valid_from", "valid_to"), RangeOperators.OVERLAPS),
                ],
                condition=models.Q(state="released"),
            ),
        ]

    def __str__(self):
        return f"{self.name} v{self.number}"
