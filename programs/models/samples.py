from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.lib.codes import public_code
from programs.models.programs import ExactDecoder, ExactEncoder


class ProgramSample(models.Model):
    """A made-up person on whom a program is tried: facts only, never a name. Shipped ones say what must come out."""

    code = models.CharField(max_length=12, unique=True, default=public_code, editable=False)
    program = models.ForeignKey("programs.Program", models.CASCADE, related_name="samples")
    note = models.CharField(_("说明"), max_length=60, blank=True)
    # In the shape that `manage.py match` reads.
    facts = models.JSONField(encoder=ExactEncoder, decoder=ExactDecoder)
    # {"eligible": …, "amount": …} where somebody has settled it; null where it is only tried.
    expected = models.JSONField(null=True, blank=True, encoder=ExactEncoder, decoder=ExactDecoder)
    position = models.PositiveIntegerField(default=0)
    added_by = models.ForeignKey("members.Staff", models.PROTECT, null=True, related_name="+")
    added_at = models.DateTimeField(default=timezone.now)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["program", "position", "pk"]

    def __str__(self):
        return self.note or str(_("样例"))
