"""What only proves that the machinery works."""

from celery import shared_task

from members.actions import heartbeats


@shared_task(name="portal.tasks.heartbeat")
def heartbeat(name):
    """Beat sends it, the broker carries it, a worker's process runs it, the database keeps it: all four are alive."""
    heartbeats.record_heartbeat(name)
