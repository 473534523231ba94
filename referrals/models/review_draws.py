"""随机审核人: who looks at help a second time, drawn by lot where its program asks for it (portal.lib.draws)."""

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.models.audit import APPEND_ONLY, NO_TRUNCATE
from portal.lib.codes import public_code
from portal.lib.encrypted_fields import EncryptedJSONField


class ReviewerDraw(models.Model):
    """Promised when the help was proposed, drawn when the first approver agreed. What was drawn with stays."""

    code = models.CharField(max_length=12, unique=True, default=public_code, editable=False)
    line = models.OneToOneField("referrals.AidLine", models.PROTECT, related_name="reviewer_draw")
    # The digest of the secret, shown from the beginning; the secret itself until it is drawn with.
    commitment = models.CharField(max_length=64)
    private = EncryptedJSONField(default=dict)
    # Who may be drawn, by the public codes of staff; its digest; the secret, told now; the seed of both.
    text = models.TextField(blank=True)
    digest = models.CharField(max_length=64, blank=True)
    secret = models.CharField(max_length=64, blank=True)
    seed = models.CharField(max_length=64, blank=True)
    pool = ArrayField(models.CharField(max_length=12), default=list)
    promised_at = models.DateTimeField(default=timezone.now)

    class Meta:
        triggers = [
            pgtrigger.Protect(name="kept", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(name="promised", fields=["code", "line", "commitment", "promised_at"]),
            pgtrigger.Protect(
                name="drawn_once",
                operation=pgtrigger.Update,
                condition=~pgtrigger.Q(old__digest="")
                & (
                    pgtrigger.Q(old__digest__df=pgtrigger.F("new__digest"))
                    | pgtrigger.Q(old__text__df=pgtrigger.F("new__text"))
                    | pgtrigger.Q(old__secret__df=pgtrigger.F("new__secret"))
                    | pgtrigger.Q(old__seed__df=pgtrigger.F("new__seed"))
                    | pgtrigger.Q(old__pool__df=pgtrigger.F("new__pool"))
                ),
            ),
        ]

    def __str__(self):
        return f"{self.line_id} {self.code}"

    @property
    def is_drawn(self):
        return bool(self.digest)


class ReviewerTurn(models.Model):
    """Whose turn it is: the first of the draw; after somebody who cannot, the next, with the reason. Append-only."""

    draw = models.ForeignKey(ReviewerDraw, models.PROTECT, related_name="turns")
    number = models.PositiveSmallIntegerField()
    staff = models.ForeignKey("members.Staff", models.PROTECT, related_name="+")
    # Why the one before could not; empty for the first.
    reason = models.CharField(_("原因"), max_length=200, blank=True)
    drawn_by = models.ForeignKey("members.Staff", models.PROTECT, related_name="+")
    drawn_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["draw", "number"], name="one_reviewer_for_a_turn")]
        triggers = [APPEND_ONLY, NO_TRUNCATE]

    def __str__(self):
        return f"{self.number} {self.staff}"
