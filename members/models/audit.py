import pgtrigger
from django.db import models


class AuditEntry(models.Model):
    """One line of the audit: who did or saw what, when, from where. Names are kept as text, ids as hints.

    Append-only in the database. `members.audit.record` is the only writer.
    """

    at = models.DateTimeField(db_index=True)
    action = models.CharField(max_length=60)
    outcome = models.CharField(max_length=10, default="done")
    actor_id = models.BigIntegerField(null=True)
    actor_name = models.CharField(max_length=80)
    actor_organization_id = models.BigIntegerField(null=True)
    actor_organization_name = models.CharField(max_length=120, blank=True)
    actor_roles = models.CharField(max_length=200, blank=True)
    object_type = models.CharField(max_length=40, blank=True)
    object_code = models.CharField(max_length=60, blank=True)
    object_name = models.CharField(max_length=120, blank=True)
    organization_id = models.BigIntegerField(null=True)
    reason = models.CharField(max_length=500, blank=True)
    changes = models.JSONField(default=dict)
    ip = models.GenericIPAddressField(null=True)
    session = models.CharField(max_length=16, blank=True)
    request_id = models.CharField(max_length=32, blank=True)

    class Meta:
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        ]
