"""Long work over the audit, asked for by those who look after it."""

from django.db import transaction

from members import audit, jobs


@transaction.atomic
def export_audit(actor, filters):
    """Filters are codes and dates, as the screen holds them in its address."""
    job = jobs.start(actor, "audit.export", filters)
    audit.record(actor, "audit.export", job, reason="&".join(f"{name}={value}" for name, value in filters.items()))
    return job


@transaction.atomic
def verify_audit(actor):
    job = jobs.start(actor, "audit.verify")
    audit.record(actor, "audit.verify", job)
    return job
