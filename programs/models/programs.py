import json
from decimal import Decimal

import pgtrigger
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, RangeOperators
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.models import Organization, Staff
from programs.facts import pick

# What was in force once: a case of that day is judged by it, though it may have been withdrawn since.
IN_FORCE = ("released", "withdrawn")


class ExactEncoder(json.JSONEncoder):
    """Sums go in as JSON numbers. A double holds them exactly: they have fifteen digits at most (facts.MOST_MONEY)."""

    def default(self, value):
        if isinstance(value, Decimal):
            return int(value) if value == value.to_integral_value() else float(value)
        return super().default(value)


class ExactDecoder(json.JSONDecoder):
    """Sums come out as decimals, from the first character on."""

    def __init__(self, **options):
        super().__init__(parse_float=Decimal, **options)


class DateRange(models.Func):
    """[valid_from, valid_to): two released versions never hold on the same day."""

    function = "daterange"


class ProgramQuerySet(models.QuerySet):
    def with_version(self, on=None):
        """Each with `shown_id`: the version that holds on the day, or else the last that did, or else a draft."""
        versions = ProgramVersion.objects.filter(program=models.OuterRef("pk")).order_by("-number")
        wanted = (versions.holding_on(on or timezone.localdate()), versions.filter(state__in=IN_FORCE), versions)
        return self.annotate(
            shown_id=models.functions.Coalesce(*(models.Subquery(rows.values("pk")[:1]) for rows in wanted))
        )

    def ever_in_force(self):
        """Those of which a version was released, whether it holds now or not: the others know only who writes them."""
        return self.filter(pk__in=ProgramVersion.objects.filter(state__in=IN_FORCE).values("program_id"))

    def released_on(self, day):
        """Those of which a version holds on that day, in the printed order."""
        return self.filter(pk__in=ProgramVersion.objects.holding_on(day).values("program_id"))


class Program(models.Model):
    """A program of a unit, by its code; what it says is in its versions."""

    code = models.SlugField(_("项目编号"), max_length=20, unique=True)
    # As the newest version says it; for lists, choices and the audit.
    name = models.CharField(_("名称"), max_length=120, blank=True)
    name_en = models.CharField(_("英文名称"), max_length=160, blank=True)
    organization = models.ForeignKey(
        "members.Organization", models.PROTECT, verbose_name=_("主管单位"), related_name="programs"
    )
    # A container holds programs and cannot be applied for itself (P06, P08).
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, verbose_name=_("上级项目"), related_name="parts"
    )
    is_container = models.BooleanField(default=False)
    # The cooperation agreement whose ceiling limits what is paid (agreement_cap_yuan).
    agreement = models.ForeignKey(
        "members.Agreement", models.PROTECT, null=True, blank=True, verbose_name=_("合作协议"), related_name="programs"
    )
    # The printed order of the catalogue.
    position = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)

    objects = ProgramQuerySet.as_manager()

    class Meta:
        ordering = ["position", "code"]
        # What may be granted to someone of another unit (ProgramGrant).
        permissions = [("edit_program", "may edit this program"), ("release_program", "may release this program")]

    def __str__(self):
        return pick((self.name, self.name_en)) or self.code


class ProgramVersionQuerySet(models.QuerySet):
    def holding_on(self, day):
        """What was in force on that day: a case of that day is judged by it, whatever came later."""
        return self.filter(Q(valid_to=None) | Q(valid_to__gt=day), state__in=IN_FORCE, valid_from__lte=day)

    def unfinished(self):
        """Drafts and what waits for its release."""
        return self.filter(state__in=[ProgramVersion.State.DRAFT, ProgramVersion.State.SUBMITTED])

    def in_print(self):
        return self.order_by("program__position", "program__code")


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
    definition = models.JSONField(encoder=ExactEncoder, decoder=ExactDecoder)
    # Names the definition, so that what was read once is read once (programs.catalogue).
    checksum = models.CharField(max_length=64, default="")
    name = models.CharField(_("名称"), max_length=120)
    name_en = models.CharField(_("英文名称"), max_length=160, blank=True)
    kind = models.CharField(_("帮扶类别"), max_length=40, blank=True)
    # The other classifications, the groups it is meant for, the funds it is paid from: codes, a place's own among them.
    kinds = ArrayField(models.CharField(max_length=60), default=list, blank=True, verbose_name=_("项目分类"))
    groups = ArrayField(models.CharField(max_length=60), default=list, blank=True, verbose_name=_("帮扶人群"))
    fund_codes = ArrayField(models.CharField(max_length=60), default=list, blank=True, verbose_name=_("基金编号"))
    areas = ArrayField(models.CharField(max_length=12), default=list, blank=True, verbose_name=_("适用地区"))
    # Its sentences, for the search box.
    search_text = models.TextField(blank=True)
    policies = models.ManyToManyField(
        "members.PolicyDocument", blank=True, verbose_name=_("政策依据"), related_name="+"
    )
    valid_from = models.DateField(_("生效日期"), null=True, blank=True)
    valid_to = models.DateField(_("失效日期"), null=True, blank=True)
    written_by = models.ForeignKey("members.Staff", models.PROTECT, null=True, related_name="+")
    # Everybody who wrote any part of it, the last one included: none of them may release it.
    writer_ids = ArrayField(models.BigIntegerField(), default=list, blank=True)
    submitted_by = models.ForeignKey("members.Staff", models.PROTECT, null=True, related_name="+")
    submitted_at = models.DateTimeField(null=True, blank=True)
    released_by = models.ForeignKey("members.Staff", models.PROTECT, null=True, related_name="+")
    released_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey("members.Staff", models.PROTECT, null=True, related_name="+")
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    note = models.CharField(_("修改说明"), max_length=500, blank=True)
    # Why it was returned or withdrawn.
    reason = models.CharField(_("原因"), max_length=500, blank=True)
    # For editing by two people at once; not the number of the version.
    revision = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(auto_now=True)

    objects = ProgramVersionQuerySet.as_manager()

    class Meta:
        ordering = ["program", "-number"]
        indexes = [
            GinIndex(fields=["areas"], name="program_version_areas"),
            GinIndex(fields=["kinds"], name="program_version_kinds"),
            GinIndex(fields=["groups"], name="program_version_groups"),
            GinIndex(fields=["fund_codes"], name="program_version_funds"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["program", "number"], name="one_version_per_number"),
            models.UniqueConstraint(
                fields=["program"],
                condition=models.Q(state__in=["draft", "submitted"]),
                name="one_open_draft_per_program",
            ),
            models.CheckConstraint(
                condition=~models.Q(state__in=IN_FORCE) | models.Q(valid_from__isnull=False, released_at__isnull=False),
                name="released_version_has_its_day",
            ),
            models.CheckConstraint(
                condition=models.Q(valid_to=None) | models.Q(valid_to__gte=models.F("valid_from")),
                name="version_ends_after_it_begins",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="withdrawn")
                | (models.Q(valid_to__isnull=False, withdrawn_at__isnull=False) & ~models.Q(reason="")),
                name="withdrawn_with_day_and_reason",
            ),
            models.CheckConstraint(
                condition=models.Q(released_by=None)
                | (
                    (models.Q(submitted_by=None) | ~models.Q(released_by=models.F("submitted_by")))
                    & (models.Q(written_by=None) | ~models.Q(released_by=models.F("written_by")))
                    & ~models.Q(writer_ids__contains=[models.F("released_by")])
                ),
                name="released_by_a_second_person",
            ),
            ExclusionConstraint(
                name="one_version_in_force_per_day",
                expressions=[
                    ("program", RangeOperators.EQUAL),
                    (DateRange("valid_from", "valid_to"), RangeOperators.OVERLAPS),
                ],
                condition=models.Q(state__in=IN_FORCE),
            ),
        ]
        triggers = [
            pgtrigger.Protect(
                name="released_text_stays",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__state__in=IN_FORCE)
                & (
                    pgtrigger.Q(old__definition__df=pgtrigger.F("new__definition"))
                    | pgtrigger.Q(old__valid_from__df=pgtrigger.F("new__valid_from"))
                    | ~pgtrigger.Q(new__state__in=IN_FORCE)
                ),
            ),
            pgtrigger.Protect(
                name="released_row_stays",
                operation=pgtrigger.Delete,
                condition=pgtrigger.Q(old__state__in=IN_FORCE),
            ),
        ]

    def __str__(self):
        return _("%(name)s 第 %(number)s 版") % {"name": pick((self.name, self.name_en)), "number": self.number}

    @property
    def holds(self):
        """Is it in force today?"""
        today = timezone.localdate()
        return bool(
            self.state in IN_FORCE and self.valid_from <= today and (self.valid_to is None or self.valid_to > today)
        )

    def is_by(self, staff):
        """Did this person write any part of it, or hand it in? Then another one releases it."""
        return staff.pk in {*self.writer_ids, self.written_by_id, self.submitted_by_id}

    @property
    def is_without_condition(self):
        """It would hold for everybody: either that is meant, or somebody forgot to say for whom."""
        return not self.program.is_container and self.definition.get("condition") is None

    @property
    def writers(self):
        """All who wrote in it, in the order in which they began."""
        known = Staff.objects.in_bulk(self.writer_ids)
        return [known[pk] for pk in self.writer_ids if pk in known]

    @property
    def organization(self) -> Organization:
        return self.program.organization
