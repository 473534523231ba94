"""材料: the papers of a person as files, each sealed; what it is, until when it holds, and what it proves."""

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.models.audit import KEPT
from portal.lib.codes import public_code
from portal.lib.encrypted_fields import EncryptedJSONField
from portal.lib.uploads import CONTENT_TYPES, PICTURES
from referrals.items import item_of_paper
from referrals.kinds import PaperKind
from referrals.models.disclosures import Provision
from referrals.models.people import Person


class DocumentQuerySet(models.QuerySet):
    def standing(self):
        """Those that nobody has put aside."""
        return self.filter(put_aside_at=None).exclude(file_key="")

    def in_time(self, on=None):
        on = on or timezone.localdate()
        return self.standing().filter(Q(valid_until=None) | Q(valid_until__gte=on))

    def near(self, staff):
        """Of people in sight, passed on or shared. Of anybody else a paper is not even looked for: else the work it
        takes would tell that it is there."""
        given = Provision.objects.reaching(staff)
        seen = Q(person__in=Person.objects.visible_to(staff)) | Q(person__in=given.values("person"))
        return self.filter(seen | Q(person__in=given.values("person__merged_into")))

    def without_envelope(self):
        """For those who see that there is a paper and not what it is called."""
        return self.defer("private")


class Document(models.Model):
    """One file. Its name and title lie in the envelope: people write names of people into both.

    Facts, categories, government aid and guardians point to the paper that proves them. Put aside it is shown to
    nobody; some weeks later the file is erased and the row stays as the trace of it.
    """

    code = models.CharField(max_length=12, unique=True, default=public_code, editable=False)
    person = models.ForeignKey("referrals.Person", models.PROTECT, related_name="documents", verbose_name=_("困难群众"))
    kind = models.CharField(_("材料种类"), max_length=40, choices=PaperKind)
    # {"title": …, "file_name": …}
    private = EncryptedJSONField(default=dict)
    issued_on = models.DateField(_("出具日期"), null=True, blank=True)
    valid_until = models.DateField(_("有效期至"), null=True, blank=True)
    # The consent that it belongs to: an authority to act for somebody, say.
    consent = models.ForeignKey(
        "referrals.Consent", models.PROTECT, null=True, blank=True, related_name="documents", verbose_name=_("同意")
    )
    file_key = models.CharField(max_length=32, blank=True, editable=False)
    preview_key = models.CharField(max_length=32, blank=True, editable=False)
    file_kind = models.CharField(max_length=10, editable=False)
    file_size = models.PositiveIntegerField(editable=False)
    checksum = models.CharField(max_length=64, blank=True, editable=False)
    uploaded_by = models.ForeignKey("members.Staff", models.PROTECT, null=True, related_name="+")
    uploaded_at = models.DateTimeField(default=timezone.now)
    changed_by = models.ForeignKey("members.Staff", models.PROTECT, null=True, related_name="+")
    changed_at = models.DateTimeField(default=timezone.now)
    put_aside_by = models.ForeignKey("members.Staff", models.PROTECT, null=True, related_name="+")
    put_aside_at = models.DateTimeField(null=True, blank=True)
    put_aside_reason = models.CharField(_("移除的原因"), max_length=200, blank=True)
    version = models.PositiveIntegerField(default=1)

    objects = DocumentQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["person", "-id"], name="documents_of_person"),
            # The clock looks for what was put aside and still has its file.
            models.Index(fields=["put_aside_at"], condition=~Q(file_key="", preview_key=""), name="documents_aside"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "checksum"],
                condition=Q(put_aside_at=None) & ~Q(checksum=""),
                name="one_copy_of_a_file_per_person",
            ),
            models.UniqueConstraint(fields=["file_key"], condition=~Q(file_key=""), name="one_document_per_file"),
            models.UniqueConstraint(
                fields=["preview_key"], condition=~Q(preview_key=""), name="one_document_per_preview"
            ),
            models.CheckConstraint(
                condition=Q(issued_on=None) | Q(valid_until=None) | Q(valid_until__gte=F("issued_on")),
                name="document_ends_after_it_begins",
            ),
            models.CheckConstraint(
                condition=Q(put_aside_at=None, put_aside_reason="")
                | (Q(put_aside_at__isnull=False) & ~Q(put_aside_reason="")),
                name="document_put_aside_for_a_reason",
            ),
        ]
        triggers = [KEPT]

    def __str__(self):
        """For the audit: nobody's name."""
        return f"{self.get_kind_display()} {self.code}"

    @property
    def title(self):
        return self.private.get("title", "")

    @property
    def file_name(self):
        return self.private.get("file_name", "")

    @property
    def item(self):
        """The item of the data dictionary under which a receiver may see it."""
        return item_of_paper(self.kind)

    @property
    def content_type(self):
        return CONTENT_TYPES[self.file_kind]

    @property
    def is_picture(self):
        return self.file_kind in PICTURES

    @property
    def is_standing(self):
        return self.put_aside_at is None and bool(self.file_key)

    @property
    def is_expired(self):
        return self.valid_until is not None and self.valid_until < timezone.localdate()

    @property
    def served_name(self):
        """For the disk of whoever takes it: what it is and which one, never who."""
        return f"{self.get_kind_display()}-{self.code}.{self.file_kind}"
