"""Addresses that are told what happens: set up, tried, paused and removed by the unit's administrator."""

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from members import audit, webhooks
from members.access import Refusal, may
from members.models import Webhook, WebhookDelivery
from portal.lib import outgoing

MOST = 10


@transaction.atomic
def make_webhook(actor, organization, address, events, algorithm):
    """(the address, its secret), the second only here."""
    _demand(actor, organization)
    if not events or not set(events) <= webhooks.EVENTS.keys():
        raise Refusal(_("请至少选一种事件。"), field="events")
    if organization.webhooks.count() >= MOST:
        raise Refusal(_("一个单位最多 %(n)s 个推送地址。") % {"n": MOST})
    try:
        outgoing.resolve(outgoing.read(address))
    except outgoing.Refused as refused:
        raise Refusal(refused.reason, field="address") from refused
    secret = webhooks.new_secret()
    webhook = Webhook.objects.create(
        organization=organization, address=address, events=sorted(events), algorithm=algorithm, secret=secret,
        made_by=actor,
    )  # fmt: skip
    audit.record(
        actor, "webhook.make", webhook, organization=organization,
        changes={"host": [None, outgoing.read(address).authority], "events": [None, ", ".join(webhook.events)]},
    )  # fmt: skip
    return webhook, secret


@transaction.atomic
def try_webhook(actor, webhook):
    """A message of its own kind, sent as every other; with it a pause after failures ends."""
    _demand(actor, webhook.organization)
    if webhook.paused_at:
        raise Refusal(_("已经暂停，恢复后再试发。"))
    Webhook.objects.filter(pk=webhook.pk).update(down_until=None)
    return webhooks.put(webhook, webhooks.TEST, {})


@transaction.atomic
def pause_webhook(actor, webhook):
    """What happens meanwhile is not told later."""
    _demand(actor, webhook.organization)
    if not Webhook.objects.filter(pk=webhook.pk, paused_at=None).update(paused_at=timezone.now()):
        raise Refusal(_("已经暂停了。"))
    audit.record(actor, "webhook.pause", webhook, organization=webhook.organization)


@transaction.atomic
def resume_webhook(actor, webhook):
    _demand(actor, webhook.organization)
    if not Webhook.objects.filter(pk=webhook.pk, paused_at__isnull=False).update(
        paused_at=None, down_until=None, failing_since=None
    ):
        raise Refusal(_("没有暂停，不用恢复。"))
    audit.record(actor, "webhook.resume", webhook, organization=webhook.organization)


@transaction.atomic
def remove_webhook(actor, webhook):
    """With its secret and the record of what was sent; that it was there stays in the audit."""
    _demand(actor, webhook.organization)
    audit.record(actor, "webhook.remove", webhook, organization=webhook.organization)
    webhook.delete()


@transaction.atomic
def send_again(actor, delivery):
    """One that was given up, from the beginning and under the same id."""
    _demand(actor, delivery.webhook.organization)
    if delivery.webhook.paused_at:
        raise Refusal(_("已经暂停，恢复后再重新发送。"))
    rows = WebhookDelivery.objects.filter(pk=delivery.pk, state=WebhookDelivery.State.DEAD)
    if not rows.update(state=WebhookDelivery.State.WAITING, attempts=0, next_at=None):
        raise Refusal(_("这一条没有放弃，不用重新发送。"))
    Webhook.objects.filter(pk=delivery.webhook_id).update(down_until=None)
    webhooks.outbox.put(webhooks.TOPIC, {"delivery": delivery.code})


def _demand(actor, organization):
    if not may(actor, "webhook.manage", organization):
        raise PermissionDenied
