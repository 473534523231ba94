"""What a list of a program can be, and what stands on it: closed words and one table of printed lists.

The program itself says which steps its lists go through and which papers come with them (programs.routes, papers);
here is only what a printed list of each kind looks like.
"""

from dataclasses import dataclass

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class BatchState(TextChoices):
    DRAFT = "draft", _("草稿")
    FROZEN = "frozen", _("已封存")
    APPROVED = "approved", _("已批准")
    FINISHED = "finished", _("已办结")
    DECLINED = "declined", _("未批准")
    CANCELLED = "cancelled", _("已取消")


OPEN_STATES = frozenset({BatchState.DRAFT, BatchState.FROZEN, BatchState.APPROVED})
# In these the list and what is proposed on it hang together.
STANDING_STATES = OPEN_STATES | {BatchState.FINISHED}


class CheckResult(TextChoices):
    """What a visit to somebody drawn by lot came to."""

    CONFIRMED = "confirmed", _("与申报一致")
    DIFFERS = "differs", _("与申报不符")
    NOT_FOUND = "not_found", _("未能见到")


class ObjectionState(TextChoices):
    OPEN = "open", _("待处理")
    UPHELD = "upheld", _("成立")
    DISMISSED = "dismissed", _("不成立")


class ObjectionWay(TextChoices):
    COUNTER = "counter", _("来访")
    PHONE = "phone", _("电话")
    LETTER = "letter", _("信函")
    ONLINE = "online", _("网上")


# Steps that each person has gone through before the list is closed.
BEFORE_THE_LIST = frozenset({"apply", "select", "check", "visit"})
# Steps that stand in nobody's way.
LOOSE = frozenset({"return", "apply_again"})
GIVES = frozenset({"pay", "provide"})
# Steps that only a list can go through: whoever is helped by such a program stands on one.
ONLY_ON_A_LIST = frozenset({"sample", "notice", "sign_off"})
# Who hands a program the list of their people, for another unit to decide.
FILED_BY = frozenset({"hospital", "school", "district_charity"})
# Parties of a step that are the unit which manages the program.
MANAGERS = frozenset({"charity_federation", "dpf", "red_cross", "league_committee"})
# Columns of a public notice, and what of a person they show; names always masked.
NOTICE_ITEMS = ("name", "residence", "education")


@dataclass(frozen=True)
class Counted:
    """How far something has come."""

    done: int
    of: int

    @property
    def is_whole(self):
        return self.done >= self.of
