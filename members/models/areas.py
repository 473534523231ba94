from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Concat, Left
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.kinds import AreaTag, Level
from members.models.audit import APPEND_ONLY
from portal.lib.codes import public_code

# How many digits of the twelve name a division of each level; the rest are zeros.
DIGITS = {Level.PROVINCE: 2, Level.CITY: 4, Level.COUNTY: 6, Level.TOWN: 9, Level.VILLAGE: 12}
MUNICIPALITIES = {"11", "12", "31", "50"}


def level_of(code):
    """The level that the form of a twelve-digit code tells: 230302000000 is a county, 230302001000 a town."""
    return next(level for level, digits in DIGITS.items() if not code[digits:].strip("0"))


def padded(code, level):
    """The code of the division of this level that a longer code lies in."""
    return code[: DIGITS[level]].ljust(12, "0")


def parent_codes(code):
    """Where the division above may be, nearest first. The first that exists is the parent.

    Districts of a municipality and counties run by a province (省直辖县级) have no city above them; the towns of a city
    without districts lie in the city itself, which their padded county code names.
    """
    level = level_of(code)
    if level == Level.PROVINCE:
        return []
    above = list(DIGITS)[list(DIGITS).index(level) - 1]
    codes = [padded(code, above)]
    if level == Level.COUNTY and (code[:2] in MUNICIPALITIES or code[2:4] == "90"):
        codes.append(padded(code, Level.PROVINCE))
    return codes


class AreaQuerySet(models.QuerySet):
    def current(self, on=None):
        """Those in force on this day."""
        on = on or timezone.localdate()
        return self.filter(Q(valid_to=None) | Q(valid_to__gte=on), Q(valid_from=None) | Q(valid_from__lte=on))

    def below(self, area):
        """Everything under this area, the area itself left out."""
        if area.level == Level.VILLAGE:
            return self.none()
        return self.filter(**{area.level: area.code}).exclude(pk=area.pk)

    def resolve(self, code):
        """The division that stands today for this code, through mergers and renamings; None if nobody knows it.

        A successor is in force when it is named, so the chain is as long as the number of reforms since: one or two.
        """
        area = self.filter(code=code).select_related("replaced_by").first()
        while area and area.replaced_by:
            area = area.replaced_by
        return area

    def search(self, words):
        """By the beginning of the code, or by any part of the name."""
        words = words.strip()
        if words.isascii() and words.isdigit():
            return self.filter(code__startswith=words[:12])
        return self.filter(name__contains=words) if words else self


def _ancestor(column, level, *, may_be_blank=True):
    """The column holds the code's own beginning, filled with zeros; blank where there is no such level above."""
    digits = DIGITS[level]
    own = Q(**{column: Concat(Left("code", digits), Value("0" * (12 - digits)))})
    return own | Q(**{column: ""}) if may_be_blank else own


class Area(models.Model):
    """An administrative division, by its twelve-digit code.

    The four columns of ancestors make "this area and below" one comparison. A division that was merged or renamed
    stays, with its last day and its successor, so that old records still resolve.
    """

    code = models.CharField(_("区划代码"), max_length=12, unique=True)
    name = models.CharField(_("名称"), max_length=60)
    level = models.CharField(_("层级"), max_length=10, choices=Level)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    province = models.CharField(max_length=12, db_index=True)
    city = models.CharField(max_length=12, blank=True, db_index=True)
    county = models.CharField(max_length=12, blank=True, db_index=True)
    town = models.CharField(max_length=12, blank=True, db_index=True)
    valid_from = models.DateField(_("启用日期"), null=True, blank=True)
    valid_to = models.DateField(_("停用日期"), null=True, blank=True)
    replaced_by = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="replaces")
    source = models.CharField(_("来源"), max_length=200)
    tags = ArrayField(
        models.CharField(max_length=20, choices=AreaTag), default=list, blank=True, verbose_name=_("重点帮扶地区")
    )

    objects = AreaQuerySet.as_manager()

    class Meta:
        ordering = ["code"]
        indexes = [models.Index(fields=["parent", "code"], name="area_children")]
        constraints = [
            models.CheckConstraint(condition=Q(code__regex=r"^[1-9][0-9]{11}$"), name="area_code_has_twelve_digits"),
            models.CheckConstraint(
                condition=_ancestor("province", Level.PROVINCE, may_be_blank=False)
                & _ancestor("city", Level.CITY)
                & _ancestor("county", Level.COUNTY)
                & _ancestor("town", Level.TOWN),
                name="area_ancestors_follow_its_code",
            ),
            models.CheckConstraint(
                condition=Q(level=Level.PROVINCE, province=F("code"), city="", county="", town="")
                | Q(level=Level.CITY, city=F("code"), county="", town="")
                | Q(level=Level.COUNTY, county=F("code"), town="")
                | Q(level=Level.TOWN, town=F("code"))
                | (Q(level=Level.VILLAGE) & ~Q(town="") & ~Q(town=F("code"))),
                name="area_level_follows_its_code",
            ),
            models.CheckConstraint(
                condition=Q(valid_from=None) | Q(valid_to=None) | Q(valid_to__gte=F("valid_from")),
                name="area_ends_after_it_begins",
            ),
            models.CheckConstraint(
                condition=Q(replaced_by=None) | (Q(valid_to__isnull=False) & ~Q(replaced_by=F("id"))),
                name="area_replaced_only_when_ended",
            ),
        ]

    def __str__(self):
        return self.name

    @property
    def tag_words(self):
        return [AreaTag(tag).label for tag in self.tags]

    @property
    def is_current(self):
        today = timezone.localdate()
        return (self.valid_to is None or self.valid_to >= today) and (not self.valid_from or self.valid_from <= today)

    @property
    def ancestor_codes(self):
        """From the province down to the one above this."""
        codes = [self.province, self.city, self.county, self.town]
        return [code for code in codes if code and code != self.code]


class AreaChange(models.Model):
    """What happened to a division: it came, got another name, or another took its place. Append-only."""

    class Kind(models.TextChoices):
        ADDED = "added", _("新设")
        RENAMED = "renamed", _("更名")
        REPLACED = "replaced", _("由另一区划接替")

    area = models.ForeignKey(Area, models.PROTECT, related_name="changes")
    kind = models.CharField(max_length=10, choices=Kind)
    happened_on = models.DateField(_("生效日期"))
    old_name = models.CharField(max_length=60, blank=True)
    new_name = models.CharField(max_length=60, blank=True)
    successor = models.ForeignKey(Area, models.PROTECT, null=True, blank=True, related_name="+")
    note = models.CharField(_("依据"), max_length=200, blank=True)
    recorded_by = models.ForeignKey("members.Staff", models.PROTECT, null=True, related_name="+")
    recorded_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-happened_on", "-pk"]
        triggers = [APPEND_ONLY]

    def __str__(self):
        return self.get_kind_display()


class AreaImport(models.Model):
    """A workbook of divisions that was handed in: read, looked at, then applied wholly or not at all.

    The rows wait here as text between preview and "apply"; the file is kept to be given back with its errors marked.
    """

    code = models.CharField(max_length=12, unique=True, default=public_code, editable=False)
    file_name = models.CharField(max_length=120)
    content = models.BinaryField()
    rows = models.JSONField()
    source = models.CharField(_("数据来源"), max_length=200)
    valid_from = models.DateField(_("启用日期"), null=True, blank=True)
    uploaded_by = models.ForeignKey("members.Staff", models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField(default=timezone.now)
    applied_at = models.DateTimeField(null=True)
    applied_by = models.ForeignKey("members.Staff", models.PROTECT, null=True, related_name="+")
    counts = models.JSONField(default=dict)

    class Meta:
        ordering = ["-pk"]

    def __str__(self):
        return self.file_name
