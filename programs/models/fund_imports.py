from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.lib.codes import public_code


class FundImport(models.Model):
    """A statement of income that was handed in: read, looked at, then booked wholly or not at all.

    What it says of donors is kept only until it is booked: rows and file are emptied then.
    """

    code = models.CharField(max_length=12, unique=True, default=public_code, editable=False)
    fund = models.ForeignKey("programs.Fund", models.CASCADE, related_name="imports")
    file_name = models.CharField(_("文件"), max_length=120)
    content = models.BinaryField()
    # [[row number in the file, [text, …]], …]
    rows = models.JSONField(default=list)
    uploaded_by = models.ForeignKey("members.Staff", models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField(default=timezone.now)
    applied_at = models.DateTimeField(null=True)
    # How many lines it made, and how many were there already.
    counts = models.JSONField(default=dict)

    class Meta:
        ordering = ["-pk"]

    def __str__(self):
        return self.file_name
