"""Dead letters get another chance."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from members import audit
from members.access import Refusal
from members.models import OutboxMessage


@transaction.atomic
def retry_message(actor, message):
    if not _revive(OutboxMessage.objects.filter(pk=message.pk)):
        raise Refusal(_("这条消息已经在重新投递，不需要再点。"))
    audit.record(actor, "outbox.retry", message, reason=message.topic)
    return message


@transaction.atomic
def retry_all(actor):
    """Returns how many."""
    number = _revive(OutboxMessage.objects.all())
    if not number:
        raise Refusal(_("没有投递失败的消息。"))
    audit.record(actor, "outbox.retry", changes={"messages": [None, number]})
    return number


def _revive(messages):
    return messages.filter(dead_at__isnull=False).update(
        dead_at=None, attempts=0, locked_until=None, available_at=timezone.now()
    )
