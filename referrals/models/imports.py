"""Tables of people that were handed in: the file, what each row would become, and what it became.

Rows are personal data of people who may not be in the system yet: sealed, seen by the importing unit alone, deleted
when nobody needs them any more (`KEPT_FOR`).
"""

from datetime import timedelta

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.lib.codes import public_code
from portal.lib.encrypted_fields import EncryptedJSONField

# So long rows and file lie here: to be applied, and after that to be taken back.
KEPT_FOR = timedelta(days=14)


def two_weeks_from_now():
    return timezone.now() + KEPT_FOR


class ImportKind(models.TextChoices):
    SURVEY = "survey", _("走访摸排表")
    MEMBER_LIST = "member_list", _("成员单位名单")
    PLATFORM = "platform", _("信息平台名单")
    OTHER = "other", _("其他名单")
    # Lines of help a unit gave by its own ways, each with the person it was given to.
    AID = "aid", _("已给予的帮扶")


class Verdict(models.TextChoices):
    """What a row would become."""

    WRONG = "wrong", _("有错")
    HELD = "held", _("不导入")
    CONFLICT = "conflict", _("有冲突")
    CHANGED = "changed", _("补充")
    NEW = "new", _("新增")
    SAME = "same", _("相同")


class Choice(models.TextChoices):
    """What to do with a row whose content contradicts the record."""

    UNDECIDED = "", _("未定")
    OURS = "ours", _("保留系统")
    THEIRS = "theirs", _("以文件为准")
    ANOTHER = "another", _("不是同一人，新增")


class ImportQuerySet(models.QuerySet):
    def visible_to(self, staff):
        """A unit's imports are seen where the unit's people may import; never by units above."""
        if "person.import" not in staff.permissions:
            return self.none()
        return self.filter(organization=staff.organization_id)

    def handed_in_by(self, staff):
        """What a unit has pushed to another one: how it stands, not what is in it."""
        if "person.import" not in staff.permissions:
            return self.none()
        return self.filter(source=staff.organization_id).exclude(organization=staff.organization_id)

    def waiting(self):
        """Looked through and not decided upon; or handed in by another unit and not opened."""
        return self.filter(state__in=[PeopleImport.State.HANDED_IN, PeopleImport.State.CHECKED])


class PeopleImport(models.Model):
    """One table on its way into the records of one unit."""

    class State(models.TextChoices):
        HANDED_IN = "handed_in", _("待接收")
        CHECKING = "checking", _("检查中")
        UNREAD = "unread", _("需要处理")
        CHECKED = "checked", _("待导入")
        APPLYING = "applying", _("导入中")
        APPLIED = "applied", _("已导入")
        UNDOING = "undoing", _("撤销中")
        UNDONE = "undone", _("已撤销")
        DISCARDED = "discarded", _("已放弃")

    class Mode(models.TextChoices):
        ALL = "all", _("全部或全不")
        GOOD = "good", _("只导入能导入的行")

    code = models.CharField(max_length=12, unique=True, default=public_code, editable=False)
    organization = models.ForeignKey("members.Organization", models.PROTECT, related_name="people_imports")
    # Who made the list: a member unit, or nobody but the importing unit itself.
    source = models.ForeignKey(
        "members.Organization", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("名单来自")
    )
    kind = models.CharField(_("名单种类"), max_length=20, choices=ImportKind, default=ImportKind.SURVEY)
    platform = models.CharField(_("信息平台"), max_length=40, blank=True)
    label = models.CharField(_("批次名称"), max_length=80, blank=True)
    as_of = models.DateField(_("数据日期"), default=timezone.localdate)
    file_key = models.CharField(max_length=32, blank=True)
    file_name = models.CharField(max_length=120, blank=True)
    file_kind = models.CharField(max_length=10, blank=True)
    marked_key = models.CharField(max_length=32, blank=True)
    # The headings as they stand in the file, and which of our columns each of them is: ["name", "", "number"].
    header_row = models.PositiveIntegerField(default=0)
    headings = models.JSONField(default=list)
    columns = models.JSONField(default=list)
    state = models.CharField(max_length=12, choices=State, default=State.CHECKING)
    mode = models.CharField(max_length=4, choices=Mode, blank=True)
    problem = models.CharField(max_length=300, blank=True)
    counts = models.JSONField(default=dict)
    # Numbers of rows that could not be taken back.
    stayed = ArrayField(models.PositiveIntegerField(), default=list)
    job = models.ForeignKey("members.Job", models.SET_NULL, null=True, related_name="+")
    uploaded_by = models.ForeignKey("members.Staff", models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField(default=timezone.now)
    checked_at = models.DateTimeField(null=True)
    applied_by = models.ForeignKey("members.Staff", models.PROTECT, null=True, related_name="+")
    applied_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey("members.Staff", models.PROTECT, null=True, related_name="+")
    closed_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(default=two_weeks_from_now)
    purged_at = models.DateTimeField(null=True)

    objects = ImportQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["organization", "-id"], name="import_of_organization"),
            models.Index(fields=["expires_at"], name="import_to_purge", condition=Q(purged_at=None)),
        ]

    def __str__(self):
        return self.label or self.get_kind_display()

    @property
    def is_at_work(self):
        return self.state in {self.State.CHECKING, self.State.APPLYING, self.State.UNDOING}

    @property
    def can_be_undone(self):
        return self.state == self.State.APPLIED and self.purged_at is None


class ImportRow(models.Model):
    """One row of such a table.

    `private`: {"values": {column: value}, "faults": [[column, sentence]], "differences": [[column, ours, theirs]],
    "before": {…}} - the last is what an undo restores.
    """

    code = models.CharField(max_length=12, unique=True, default=public_code, editable=False)
    people_import = models.ForeignKey(PeopleImport, models.CASCADE, related_name="rows")
    number = models.PositiveIntegerField()
    verdict = models.CharField(max_length=8, choices=Verdict)
    choice = models.CharField(max_length=8, choices=Choice, default=Choice.UNDECIDED, blank=True)
    private = EncryptedJSONField(default=dict)
    # Rows of one household have the same: a keyed hash of what the file says of it.
    household_index = models.BinaryField(null=True)
    person = models.ForeignKey("referrals.Person", models.SET_NULL, null=True, related_name="import_rows")
    # Found by name, birth and place alone: somebody has to say whether it is the same one.
    is_alike = models.BooleanField(default=False)
    # The version that was compared, and the one that the import made of it.
    version = models.PositiveIntegerField(null=True)
    version_made = models.PositiveIntegerField(null=True)
    is_created = models.BooleanField(default=False)
    is_written = models.BooleanField(default=False)
    # The entry of the ledger that it became.
    aid = models.ForeignKey("referrals.AidLine", models.SET_NULL, null=True, related_name="+")

    # What was in a file stays what it was, whatever becomes of the person.
    STAYS_WITH_PERSON = True

    class Meta:
        ordering = ["number"]
        indexes = [
            models.Index(fields=["people_import", "verdict", "number"], name="import_rows"),
            models.Index(fields=["person"], name="import_row_of_person", condition=Q(is_written=True)),
        ]
        constraints = [models.UniqueConstraint(fields=["people_import", "number"], name="one_import_row_per_number")]

    def __str__(self):
        return str(self.number)


class HeadingMemory(models.Model):
    """Which of our columns a unit's own heading means; "" for one that it leaves out."""

    organization = models.ForeignKey("members.Organization", models.CASCADE, related_name="+")
    heading = models.CharField(max_length=60)
    column = models.CharField(max_length=60, blank=True)
    said_by = models.ForeignKey("members.Staff", models.PROTECT, related_name="+")
    said_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "heading"], name="one_memory_per_unit_and_heading")
        ]

    def __str__(self):
        return self.heading
