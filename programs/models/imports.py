from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.lib.codes import public_code
from programs.models.programs import ExactDecoder, ExactEncoder


class ProgramImport(models.Model):
    """A file of programs that was handed in: read, looked at, then made into drafts wholly or not at all.

    The file is kept to be given back with its errors marked.
    """

    code = models.CharField(max_length=12, unique=True, default=public_code, editable=False)
    file_name = models.CharField(_("文件"), max_length=120)
    content = models.BinaryField()
    definitions = models.JSONField(encoder=ExactEncoder, decoder=ExactDecoder)
    # [{program, place, message, sheet, row, column}]
    faults = models.JSONField(default=list)
    uploaded_by = models.ForeignKey("members.Staff", models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField(default=timezone.now)
    applied_at = models.DateTimeField(null=True, blank=True)
    # Codes of what became a draft.
    applied = models.JSONField(default=list)

    class Meta:
        ordering = ["-pk"]

    def __str__(self):
        return self.file_name
