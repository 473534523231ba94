"""Of referrals: each walked to its state by the actions themselves, as people would."""

from datetime import timedelta
from decimal import Decimal
from io import BytesIO

from django.utils import timezone

from portal.lib import uploads
from referrals.actions import decisions, follow_ups, outcomes, told_aid
from referrals.actions.referrals import approve_sending, draft_referral, edit_draft, send_referral
from referrals.actions.tellings import tell_bureau
from referrals.actions.urgent import go_urgent
from referrals.items import ITEMS as ITEMS_KNOWN
from referrals.models import AidLine, AidPaper, Referral
from tests.make.people import make_assessment, make_consent, make_need, make_person, make_safeguards
from tests.make.units import make_staff

ITEMS = ["name", "phone", "needs"]
URGENT_ITEMS = ["name", "phone", "address"]


def make_receiver(organization):
    """Takes what bureaus and charities send, of every kind of need."""
    organization.directions = [
        "bureau_to_charity", "charity_to_charity", "charity_to_bureau", "bureau_to_bureau",
    ]  # fmt: skip
    organization.save(update_fields=["directions"])
    return organization


def make_draft(actor, receiver, person=None, *, is_covered=True, **values):
    """With a need, a ground, and a consent that covers what it lists, unless told otherwise."""
    person = person or make_person(actor.organization)
    needs = values.pop("needs", None) or [make_need(person)]
    make_receiver(receiver)
    if is_covered:
        make_safeguards(person.keeper, receiver)
        make_consent(person, [receiver], actor=values.pop("asked_by", actor), items=ITEMS)
    values = {"ground": "policy_gap", "items": ITEMS, "circumstances": "收入不足以支付费用", **values}
    return draft_referral(actor, person, receiver, {"needs": needs, **values})


def make_referral(actor, receiver, *, state="sent", by=None, **values):
    """`actor` sends, `by` (someone who decides at the receiver) takes it as far as `state`."""
    referral = send_referral(actor, made := make_draft(actor, receiver, **values), made.version)
    if state == "sent":
        return referral
    by = by or make_staff(organization=receiver, roles=["charity_reviewer"])
    for step in WALKS[state]:
        step(by, referral, actor)
        referral = Referral.objects.get(pk=referral.pk)
    return referral


def make_aid(referral, by, **values):
    """Handed over, after a second person agreed."""
    values = {
        "form": "goods", "value": 300, "state": "delivered", "given_on": timezone.localdate(), "proposed_by": by,
        "approved_by": make_staff(organization=by.organization), "approved_at": timezone.now(), **values,
    }  # fmt: skip
    return AidLine.objects.create(referral=referral, person=referral.person, organization=referral.receiver, **values)


def make_proposal(referral, by=None, **values):
    """Waiting for somebody to approve it: goods, unless told otherwise."""
    by = by or make_staff(organization=referral.receiver, roles=["charity_reviewer"])
    values = {"form": "goods", "value": 300, **values}
    return AidLine.objects.create(
        referral=referral, person=referral.person, organization=referral.receiver, proposed_by=by, **values
    )


def make_told_aid(by, person=None, **values):
    """Given by the unit's own ways, without a referral: money, unless told otherwise."""
    values = {"form": "cash", "amount": Decimal(300), "given_on": timezone.localdate(), "need_kind": "living", **values}
    return told_aid.record_other_aid(by, person or make_person(by.organization), values)


def make_follow_up(by, referral, **values):
    """Due today, to be done by whoever set it."""
    values = {"purpose": "follow", "due_on": timezone.localdate(), "who": by, **values}
    return follow_ups.plan_follow_up(by, referral, values)


def make_aid_paper(line, **values):
    """A photo as it lies in the store; its bytes are not looked at here."""
    key, small = (uploads.store_stream(BytesIO(b"\xff\xd8\xff")) for _time in range(2))
    values = {"kind": "photo", "file_kind": "jpg", "file_size": 3, "checksum": f"{line.pk:064x}", **values}
    return AidPaper.objects.create(line=line, file_key=key, preview_key=small, added_by=line.proposed_by, **values)


def _sign(by, referral, _actor):
    decisions.sign_referral(by, referral, referral.version)


def _return(by, referral, _actor):
    decisions.return_referral(by, referral, referral.version, questions=["住在哪里？"])


def _accept(by, referral, _actor):
    decisions.accept_referral(by, referral, referral.version)


def _begin(by, referral, _actor):
    outcomes.begin_help(by, referral, referral.version, "contact")


def _hold(by, referral, _actor):
    day = timezone.localdate() + timedelta(days=20)
    decisions.hold_referral(by, referral, referral.version, day, "住院中")


def _report(by, referral, _actor):
    make_aid(referral, by)
    effects = dict.fromkeys(referral.needs.all(), "met")
    outcomes.report_outcome(by, referral, referral.version, {"effects": effects, "summary": "已送到"})


def _close(_by, referral, actor):
    outcomes.confirm_outcome(actor, referral, referral.version)


def _reject(by, referral, _actor):
    decisions.reject_referral(by, referral, referral.version, "no_capacity.no_funds")


def _cancel(_by, referral, actor):
    outcomes.cancel_referral(actor, referral, referral.version, "declined.refuses")


def _fail(by, referral, _actor):
    outcomes.fail_referral(by, referral, referral.version, "moved.moved", "搬走了")


WALKS = {
    "received": [_sign],
    "returned": [_sign, _return],
    "accepted": [_sign, _accept],
    "in_progress": [_sign, _accept, _begin],
    "on_hold": [_sign, _hold],
    "reported": [_sign, _accept, _report],
    "closed": [_sign, _accept, _report, _close],
    "rejected": [_reject],
    "cancelled": [_cancel],
    "failed": [_sign, _accept, _fail],
}


# -- Charity to bureau ------------------------------------------------------------------------------------------------
APPLICATION = {
    "scheme": "dibao",
    "application": "老人独居，没有收入来源。",
    "helper": "某社工",
    "papers": ["id_card_self"],
}


def make_telling(actor, bureau, *, kind="lead", state="sent", by=None, person=None, items=None, **values):
    """A charity tells a bureau of somebody it keeps, in the town of the cast unless told otherwise."""
    person = person or make_person(actor.organization, residence=values.pop("residence"))
    said = {"kind": kind, "circumstances": "独居，药费很高", "urgency": "normal", "papers": []}
    said |= (APPLICATION if kind == "assist_apply" else {}) | values
    draft = tell_bureau(actor, person, bureau, said)
    items = items or draft.items
    if items != draft.items:
        draft = edit_draft(actor, draft, draft.version, {"items": items})
    make_assessment(person.keeper)
    sensitive = [code for code in items if ITEMS_KNOWN[code].is_sensitive]
    plain = [code for code in items if code not in sensitive]
    make_consent(person, [bureau], actor=actor, items=plain, sensitive_items=sensitive)
    referral = send_referral(actor, draft, draft.version)
    by = by or make_staff(organization=bureau, roles=["bureau_officer"])
    for step in {"sent": (), "received": (_sign,), "accepted": (_sign, _accept)}[state]:
        step(by, referral, actor)
        referral = Referral.objects.get(pk=referral.pk)
    return referral


def make_urgent(actor, approver, receiver, *, state="sent", **values):
    """救急难: asked for by one, sent by another; nothing else stands."""
    draft = make_draft(actor, receiver, is_covered=False, **values)
    waiting = go_urgent(actor, draft, draft.version, "life", "重症送医，家属未到", URGENT_ITEMS)
    if state == "sent":
        approve_sending(approver, waiting, waiting.version)
    return Referral.objects.get(pk=waiting.pk)
