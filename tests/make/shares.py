"""Of cases shared with one more party."""

from datetime import timedelta

from django.utils import timezone

from referrals.actions.shares import give_share
from referrals.items import ITEMS
from referrals.shares import LEAST
from tests.make.people import make_consent, make_safeguards


def agree_to(referral, party, items, *, actor, **values):
    """What must stand before anything of the person goes to the party: a consent that names it, and the papers."""
    make_safeguards(referral.person.keeper, party)
    sensitive = [code for code in items if ITEMS[code].is_sensitive]
    plain = [code for code in items if code not in sensitive]
    return make_consent(referral.person, [party], actor=actor, items=plain, sensitive_items=sensitive, **values)


def make_share(actor, referral, holder, *, items=None, is_agreed=False, **values):
    """With what the task needs, for a month, to one person."""
    task = values.pop("task", "social_work")
    items = items or list(LEAST[task])
    if not is_agreed:
        agree_to(referral, holder.organization, items, actor=actor)
    values = {
        "task": task, "words": "请上门看一看", "items": items, "reasons": dict.fromkeys(items, "要用"),
        "expires_on": timezone.localdate() + timedelta(days=30), **values,
    }  # fmt: skip
    return give_share(actor, referral, holder.organization, values.pop("holders", [holder]), values)
