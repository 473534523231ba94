"""States of activities, offers and wishes, and the tables of their moves: verb -> (from which states, to which)."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class ActivityState(TextChoices):
    DRAFT = "draft", _("草稿")
    SUBMITTED = "submitted", _("待审核")
    PUBLISHED = "published", _("已发布")
    RUNNING = "running", _("进行中")
    ENDED = "ended", _("已结束")
    CANCELLED = "cancelled", _("已取消")


ACTIVITY_MOVES = {
    "submit": ({"draft"}, "submitted"),
    "return": ({"submitted"}, "draft"),
    "check": ({"submitted"}, "published"),
    "publish": ({"draft"}, "published"),
    "start": ({"published"}, "running"),
    "end": ({"published", "running"}, "ended"),
    "cancel": ({"submitted", "published", "running"}, "cancelled"),
}
# What everybody may know of; what was cancelled before it was published is nobody else's business.
OPEN_ACTIVITIES = ("published", "running", "ended")


class OfferState(TextChoices):
    OPEN = "open", _("可提供")
    WITHDRAWN = "withdrawn", _("已撤下")


OFFER_MOVES = {"withdraw": ({"open"}, "withdrawn"), "reopen": ({"withdrawn"}, "open")}


class WishState(TextChoices):
    DRAFT = "draft", _("草稿")
    OPEN = "open", _("待认领")
    CLAIMED = "claimed", _("已认领")
    FULFILLED = "fulfilled", _("已实现")
    WITHDRAWN = "withdrawn", _("已撤下")


WISH_MOVES = {
    "publish": ({"draft"}, "open"),
    "claim": ({"open"}, "claimed"),
    "release": ({"claimed"}, "open"),
    "fulfill": ({"claimed"}, "fulfilled"),
    "withdraw": ({"draft", "open", "claimed"}, "withdrawn"),
}
OPEN_WISHES = ("open", "claimed", "fulfilled")


def can(moves, verb, state):
    """May this move be made from this state? Buttons and actions ask the same."""
    return state in moves[verb][0]
