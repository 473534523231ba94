"""The deed of passing a second approval on to the next of the draw."""

from django.db import transaction

from referrals.actions import review_draws
from referrals.actions.aid_steps import move_line, take_line


def redraw_aid(actor, line, version, reason):
    """Whoever was drawn is away, or has to keep out of it: the next place of the same draw, with the reason."""
    with transaction.atomic():
        current = take_line(actor, line, "redraw", version)
        review_draws.pass_on(actor, current, reason)
        return move_line(actor, current, "redraw", current.state, reason)
