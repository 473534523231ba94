"""Messages to a unit's own system: signed, without a word about anybody, sent until they arrive or are given up."""

import base64
import hashlib
import hmac as plain_hmac
import json
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives import hashes, hmac
from django.utils import timezone

from members import outbox, webhooks
from members.models import AuditEntry, OutboxMessage, Webhook, WebhookDelivery
from tests.make.people import make_person
from tests.make.referrals import make_referral
from tests.make.units import make_webhook
from tests.receiver import Receiver
from tests.worker import wait_until

pytestmark = pytest.mark.django_db
MOVED = "referral.moved"


@pytest.fixture(autouse=True)
def here(settings):
    settings.WEBHOOK_NETWORKS, settings.WEBHOOK_PLAIN_HTTP, settings.WEBHOOK_PORTS = ["127.0.0.0/8"], True, []


@pytest.fixture
def receiver():
    with Receiver() as running:
        yield running


def deliver():
    """What a worker does with everything that waits, whenever it is due."""
    OutboxMessage.pending.update(available_at=timezone.now(), locked_until=None)
    WebhookDelivery.objects.update(next_at=None)
    Webhook.objects.update(down_until=None)
    outbox.sweep(send=lambda ids, lease, **_options: outbox.deliver(ids, lease), room=1000)


def unsigned(secret):
    return base64.b64decode(secret.removeprefix("whsec_"))


# -- what is told -----------------------------------------------------------------------------------------------------
def test_both_sides_are_told_of_a_move_by_ids_and_state_alone(cast, receiver):
    for unit in (cast.bureau, cast.charity, cast.other_charity):
        make_webhook(unit, receiver.url)
    person = make_person(cast.town, name="测试甲")
    referral = make_referral(
        cast.bureau_officer, cast.charity, person=person, state="rejected", by=cast.charity_reviewer
    )
    told = [(one.webhook.organization, one.event, one.data["verb"]) for one in WebhookDelivery.objects.order_by("pk")]
    assert told == [
        (cast.charity, "referral.arrived", "send"), (cast.bureau, MOVED, "send"), (cast.bureau, MOVED, "reject"),
        (cast.charity, MOVED, "reject"),
    ]  # fmt: skip
    deliver()
    bodies = [body for _path, _headers, body in receiver.heard]
    assert len(bodies) == 4
    last = json.loads(bodies[-1])
    assert last["data"] == {
        "referral": referral.code, "number": referral.number, "state": "rejected", "version": referral.version,
        "verb": "reject", "step": referral.steps.last().code,
    }  # fmt: skip
    assert ("测试甲" in b"".join(bodies).decode(), person.code in b"".join(bodies).decode()) == (False, False)


def test_nobody_is_told_who_did_not_ask_paused_or_was_suspended(cast, receiver):
    make_webhook(cast.charity, receiver.url, events=["referral.late"])
    make_webhook(cast.charity, receiver.url, paused_at=timezone.now())
    make_webhook(cast.bureau, receiver.url)
    type(cast.bureau).objects.filter(pk=cast.bureau.pk).update(is_suspended=True)
    webhooks.announce(MOVED, [cast.bureau, cast.charity], {})
    assert not WebhookDelivery.objects.exists()


@pytest.mark.parametrize("algorithm", ["sha256", "sm3"])
def test_a_message_is_signed_with_id_time_and_body(cast, receiver, algorithm):
    webhook = make_webhook(cast.charity, receiver.url, algorithm=algorithm)
    webhooks.put(webhook, MOVED, {"referral": "a"})
    deliver()
    [(_path, headers, body)] = receiver.heard
    told = b".".join([headers["Webhook-Id"].encode(), headers["Webhook-Timestamp"].encode(), body])
    if algorithm == "sha256":
        digest = plain_hmac.new(unsigned(webhook.secret), told, hashlib.sha256).digest()
    else:
        signed = hmac.HMAC(unsigned(webhook.secret), hashes.SM3())
        signed.update(told)
        digest = signed.finalize()
    name = {"sha256": "v1", "sm3": "v1sm3"}[algorithm]
    assert headers["Webhook-Signature"] == f"{name},{base64.b64encode(digest).decode()}"
    assert abs(int(headers["Webhook-Timestamp"]) - timezone.now().timestamp()) < 300
    assert json.loads(body)["id"] == headers["Webhook-Id"] == WebhookDelivery.objects.get().code


# -- until it arrives -------------------------------------------------------------------------------------------------
def test_what_fails_is_tried_again_later_and_later_and_given_up_in_the_end(cast, receiver, browse):
    receiver.status = 503
    webhook = make_webhook(cast.charity, receiver.url)
    webhooks.put(webhook, MOVED, {})
    waits = []
    for _try in range(webhooks.MAX_ATTEMPTS):
        deliver()
        if pending := OutboxMessage.pending.first():
            waits.append(pending.available_at - timezone.now())
    assert [wait > earlier for earlier, wait in zip(waits, waits[1:], strict=False)] == [True] * (len(waits) - 1)
    delivery = WebhookDelivery.objects.get()
    assert (delivery.state, delivery.attempts, delivery.status) == ("dead", webhooks.MAX_ATTEMPTS, 503)
    assert len({headers["Webhook-Id"] for _path, headers, _body in receiver.heard}) == 1
    admin = browse(cast.charity_admin)
    assert "事件推送送不出去" in admin.get("/").content.decode()
    assert "HTTP 503" in admin.get(f"/webhooks/{webhook.code}/").content.decode()
    receiver.status = 200
    admin.post(f"/webhooks/deliveries/{delivery.code}/")
    deliver()
    delivery.refresh_from_db()
    assert (delivery.state, Webhook.objects.get().failing_since) == ("delivered", None)
    assert "事件推送送不出去" not in admin.get("/").content.decode()


def test_while_an_address_does_not_answer_others_wait_without_losing_a_try(cast, receiver):
    receiver.status = 500
    webhook = make_webhook(cast.charity, receiver.url)
    first, second = (webhooks.put(webhook, MOVED, {"n": number}) for number in (1, 2))
    for delivery in (first, second):
        webhooks.send(delivery.code)
    second.refresh_from_db()
    assert (len(receiver.heard), second.attempts, second.state) == (1, 0, "waiting")
    assert second.next_at == Webhook.objects.get().down_until


def test_an_address_that_moved_inside_meanwhile_is_not_told(cast, receiver, settings):
    webhook = make_webhook(cast.charity, receiver.url)
    webhooks.put(webhook, MOVED, {})
    settings.WEBHOOK_NETWORKS = []
    deliver()
    assert (receiver.heard, "内部网络" in WebhookDelivery.objects.get().reason) == ([], True)


@pytest.mark.django_db(transaction=True)
@pytest.mark.slow
def test_a_worker_tells_it_by_itself(background, cast, receiver):
    make_webhook(cast.charity, receiver.url)
    make_referral(cast.bureau_officer, cast.charity)
    wait_until(lambda: WebhookDelivery.objects.filter(state="delivered").exists())
    assert json.loads(receiver.heard[0][2])["event"] == "referral.arrived"


# -- the screens ------------------------------------------------------------------------------------------------------
def said(url, **more):
    return {"address": url, "events": [MOVED], "algorithm": "sha256", **more}


def test_an_administrator_sets_it_up_tries_it_and_sees_the_secret_once(cast, browse, receiver):
    admin = browse(cast.charity_admin)
    page = admin.post("/webhooks/new/", said(receiver.url))
    webhook, secret = Webhook.objects.get(), page.context["secret"]
    assert page.headers["Cache-Control"] == "no-store, private"
    assert (webhook.secret, webhook.organization) == (secret, cast.charity)
    raw = Webhook.objects.filter(pk=webhook.pk).extra(select={"raw": "encode(secret, 'escape')"}).values_list("raw")
    assert secret not in str(raw[0])
    for url in ("/webhooks/", f"/webhooks/{webhook.code}/"):
        assert secret not in admin.get(url).content.decode()
    admin.post(f"/webhooks/{webhook.code}/test/")
    deliver()
    assert json.loads(receiver.heard[0][2])["event"] == "webhook.test"
    assert "已送达" in admin.get(f"/webhooks/{webhook.code}/").content.decode()
    line = AuditEntry.objects.get(action="webhook.make")
    assert (line.actor_id, receiver.url in str(line.changes)) == (cast.charity_admin.pk, False)


def test_it_is_paused_resumed_and_removed(cast, browse, receiver):
    admin, webhook = browse(cast.charity_admin), make_webhook(cast.charity, receiver.url)
    url = f"/webhooks/{webhook.code}/"
    waiting = webhooks.put(webhook, MOVED, {})
    admin.post(f"{url}pause/")
    assert "恢复后再试发" in admin.post(f"{url}test/", follow=True).content.decode()
    deliver()
    waiting.refresh_from_db()
    assert (waiting.state, receiver.heard) == ("dropped", [])
    admin.post(f"{url}resume/")
    assert Webhook.objects.get().state == "live"
    assert "不再收到消息" in admin.get(f"{url}delete/").content.decode()
    admin.post(f"{url}delete/")
    assert not Webhook.objects.exists()
    done = AuditEntry.objects.filter(object_code=webhook.code).order_by("pk").values_list("action", flat=True)
    assert list(done) == ["webhook.pause", "webhook.resume", "webhook.remove"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"address": "http://10.0.0.1/"}, "address"), ({"address": "https://169.254.169.254/latest"}, "address"),
        ({"address": "gopher://example.org/"}, "address"), ({"events": []}, "events"),
        ({"events": ["person.changed"]}, "events"), ({"algorithm": "md5"}, "algorithm"),
    ],
)  # fmt: skip
def test_what_is_no_address_or_no_event_is_refused(change, field, cast, browse, receiver):
    page = browse(cast.charity_admin).post("/webhooks/new/", said(receiver.url, **change))
    assert field in page.context["form"].errors
    assert not Webhook.objects.exists()


def test_old_records_go_and_what_waits_stays(cast, receiver):
    webhook = make_webhook(cast.charity, receiver.url)
    for state in ("delivered", "dead", "waiting"):
        WebhookDelivery.objects.create(
            webhook=webhook, event=MOVED, state=state, made_at=timezone.now() - timedelta(days=31)
        )
    webhooks.prune()
    assert WebhookDelivery.objects.get().state == "waiting"
