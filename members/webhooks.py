"""Telling a unit's own system: which events there are, how a message is signed, how it is sent and tried again.

A message is written in the transaction of the change, beside its row in the outbox; a worker sends it. At least once,
always under the same id; not in order, which is why `data` carries the version. Signed after Standard Webhooks:
`webhook-signature: v1,<base64>` over "<id>.<timestamp>.<body>"; with SM3 the name is `v1sm3`.
"""

import base64
import json
import random
import secrets
from datetime import timedelta

from cryptography.hazmat.primitives import hashes, hmac
from django.utils import timezone
from django.utils.translation import gettext as _

from members import outbox
from members.models import Webhook, WebhookDelivery
from portal.lib import outgoing

TOPIC = "webhook.send"
TEST = "webhook.test"
PREFIX = "whsec_"
# How long to wait after each failed try; after the last it is given up.
PAUSES = [
    timedelta(seconds=30), timedelta(minutes=2), timedelta(minutes=10), timedelta(minutes=30), timedelta(hours=2),
    timedelta(hours=6), timedelta(hours=12),
]  # fmt: skip
MAX_ATTEMPTS = len(PAUSES) + 1
KEPT = timedelta(days=30)
_SCHEMES = {Webhook.Algorithm.SHA256: ("v1", hashes.SHA256), Webhook.Algorithm.SM3: ("v1sm3", hashes.SM3)}
# event -> its words; the rooms above name theirs when they are ready.
EVENTS = {}


def name_events(events):
    EVENTS.update(events)


def label_of(event):
    return str(_("试发") if event == TEST else EVENTS.get(event, event))


# -- What is told -----------------------------------------------------------------------------------------------------
def announce(event, organizations, data):
    """In the transaction of the change: a message for each live address of these units that asked for the event."""
    asked = Webhook.objects.live().filter(organization__in=organizations, events__contains=[event])
    for webhook in asked.order_by("pk"):
        put(webhook, event, data)


def put(webhook, event, data):
    delivery = WebhookDelivery.objects.create(webhook=webhook, event=event, data=data)
    outbox.put(TOPIC, {"delivery": delivery.code})
    return delivery


def new_secret():
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def message_of(delivery):
    """The body, byte for byte the same at every try."""
    told = {
        "id": delivery.code, "event": delivery.event, "at": timezone.localtime(delivery.made_at).isoformat(),
        "data": delivery.data,
    }  # fmt: skip
    return json.dumps(told, ensure_ascii=False, sort_keys=True).encode()


def headers_of(webhook, code, body, at):
    name, algorithm = _SCHEMES[Webhook.Algorithm(webhook.algorithm)]
    key = base64.b64decode(webhook.secret.removeprefix(PREFIX))
    signed = hmac.HMAC(key, algorithm())
    signed.update(b"%s.%d." % (code.encode(), at))
    signed.update(body)
    return {
        "Content-Type": "application/json", "User-Agent": "zhengci-portal/1", "Webhook-Id": code,
        "Webhook-Timestamp": str(at), "Webhook-Signature": f"{name},{base64.b64encode(signed.finalize()).decode()}",
    }  # fmt: skip


# -- Sending ----------------------------------------------------------------------------------------------------------
def send(code):
    """One try, in the transaction of its message of the outbox. What failed is put back with a longer pause."""
    rows = WebhookDelivery.objects.select_for_update(of=("self",)).select_related("webhook__organization")
    delivery = rows.filter(code=code, state=WebhookDelivery.State.WAITING).first()
    if delivery is None:
        return  # answered meanwhile, or its address was removed
    webhook, now = delivery.webhook, timezone.now()
    if webhook.paused_at or webhook.organization.is_suspended:
        _finish(delivery, WebhookDelivery.State.DROPPED)
    elif webhook.down_until and webhook.down_until > now:
        _again(delivery, webhook.down_until)  # it does not answer at present: that costs nobody a try
    else:
        _try(delivery, now)


def _try(delivery, now):
    webhook, body = delivery.webhook, message_of(delivery)
    delivery.attempts += 1
    delivery.tried_at, delivery.status, delivery.reason = now, None, ""
    try:
        delivery.status = outgoing.post(
            webhook.address, body, headers_of(webhook, delivery.code, body, int(now.timestamp()))
        )
    except outgoing.Refused as refused:
        delivery.reason = str(refused.reason)[:200]
    if delivery.status is not None and 200 <= delivery.status < 300:
        _finish(delivery, WebhookDelivery.State.DELIVERED)
        _note(webhook, delivered_at=now, down_until=None, failing_since=None)
    elif delivery.attempts >= MAX_ATTEMPTS:
        _finish(delivery, WebhookDelivery.State.DEAD)
        _note(webhook, failing_since=webhook.failing_since or now)
    else:
        at = now + PAUSES[delivery.attempts - 1] * random.uniform(0.9, 1.1)  # noqa: S311 - spreads, hides nothing
        _note(webhook, down_until=at)
        _again(delivery, at)


def _finish(delivery, state):
    delivery.state, delivery.next_at = state, None
    delivery.save()


def _again(delivery, at):
    delivery.next_at = at
    delivery.save()
    outbox.put(TOPIC, {"delivery": delivery.code}, available_at=at)


def _note(webhook, **values):
    Webhook.objects.filter(pk=webhook.pk).update(**values)


def count_failing(staff):
    """Addresses of the person's unit that something was given up for."""
    return Webhook.objects.live().filter(organization=staff.organization_id, failing_since__isnull=False).count()


def prune():
    """What was answered or given up long ago."""
    old = WebhookDelivery.objects.exclude(state=WebhookDelivery.State.WAITING).filter(made_at__lt=timezone.now() - KEPT)
    return old.delete()[0]
