"""Closed lists of the board of needs and offers, and of those who come again and again."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class PostingState(TextChoices):
    """对接需求: a need put up without a name."""

    OPEN = "open", _("待认领")
    MATCHED = "matched", _("已对接")
    WITHDRAWN = "withdrawn", _("已撤下")


class ClaimState(TextChoices):
    WAITING = "waiting", _("等待答复")
    TAKEN_UP = "taken_up", _("已采纳")
    DECLINED = "declined", _("未采纳")
    WITHDRAWN = "withdrawn", _("已放弃")


POSTING_MOVES = {
    "match": ({"open"}, "matched"),
    "withdraw": ({"open", "matched"}, "withdrawn"),
    "reopen": ({"matched", "withdrawn"}, "open"),
}
CLAIM_MOVES = {
    "take_up": ({"waiting"}, "taken_up"),
    "decline": ({"waiting"}, "declined"),
    "release": ({"waiting", "taken_up"}, "withdrawn"),
}


class PairingKind(TextChoices):
    """Words of AidForm, of which it is a part."""

    VOLUNTEER_PAIRING = "volunteer_pairing", _("志愿者结对帮扶")
    ONE_TO_ONE = "one_to_one", _("一对一帮扶")
    POINT_TO_POINT = "point_to_point", _("点对点帮扶")


class PairingState(TextChoices):
    ACTIVE = "active", _("进行中")
    ENDED = "ended", _("已结束")


class PairingVisitKind(TextChoices):
    VISIT = "visit", _("上门")
    CALL = "call", _("电话、视频")
    OUTING = "outing", _("陪同外出")
    ERRAND = "errand", _("代办事情")
    GOODS = "goods", _("送去物资")
    TRAINING = "training", _("培训、支援")
