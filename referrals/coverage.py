"""What a consent covers: for whom, which items, until when, and what a withdrawal took away. Pure; asks no database.

Organizations are named by their row ids, items by the codes of the data dictionary.
"""

from dataclasses import dataclass
from datetime import date

EVERYTHING = frozenset()


@dataclass(frozen=True)
class Rule:
    """A class of recipients: the rule says, at the moment of sending, whether a unit is one of them."""

    kinds: frozenset = frozenset()
    area: str = ""

    @classmethod
    def read(cls, data):
        return cls(frozenset(data.get("kinds", ())), data.get("area", "")) if data else None

    def as_data(self):
        return {"kinds": sorted(self.kinds), "area": self.area}

    def names(self, kind, area_codes):
        """Is a unit of this kind, in an area with these codes (its own and those above), one of the class?"""
        return kind in self.kinds and (not self.area or self.area in area_codes)


@dataclass(frozen=True)
class Withdrawn:
    """What one withdrawal took away: from one recipient or from all, some items or everything."""

    recipient: int | None = None
    items: frozenset = EVERYTHING

    def takes(self, recipient, item):
        return self.recipient in (None, recipient) and (not self.items or item in self.items)

    @property
    def is_whole(self):
        return self.recipient is None and not self.items


@dataclass(frozen=True)
class Terms:
    """A consent that was given, as far as coverage is concerned."""

    code: str
    purpose: str
    items: frozenset
    recipients: frozenset
    valid_from: date
    valid_until: date
    withdrawn: tuple = ()

    def is_in_time(self, on):
        return self.valid_from <= on <= self.valid_until

    def items_for(self, recipient, on):
        """The items this recipient may be shown on this day; empty when it is none of the recipients."""
        if recipient not in self.recipients or not self.is_in_time(on):
            return frozenset()
        return frozenset(item for item in self.items if not any(one.takes(recipient, item) for one in self.withdrawn))

    def items_left(self, on):
        """What is left for anybody: for purposes without recipients, and for the state of the whole."""
        if not self.is_in_time(on):
            return frozenset()
        general = [one for one in self.withdrawn if one.recipient is None]
        return frozenset(item for item in self.items if not any(one.takes(None, item) for one in general))

    def recipients_left(self, on):
        return frozenset(one for one in self.recipients if self.items_for(one, on))

    def state(self, on):
        """withdrawn, expired, planned, reduced (something was taken away) or in_force."""
        if any(one.is_whole for one in self.withdrawn) or (self.withdrawn and not self._is_anything_left()):
            return "withdrawn"
        if on > self.valid_until:
            return "expired"
        if on < self.valid_from:
            return "planned"
        return "reduced" if self.withdrawn else "in_force"

    def _is_anything_left(self):
        day = self.valid_from
        return bool(self.recipients_left(day) if self.recipients else self.items_left(day))


@dataclass(frozen=True)
class Coverage:
    """Which consent covers which wanted item, and what nothing covers."""

    by_item: dict
    missing: tuple

    @property
    def is_complete(self):
        return not self.missing

    @property
    def consents(self):
        return frozenset(self.by_item.values())


def cover(terms, recipient, purpose, wanted, on):
    """Look for each wanted item through all consents of a person; the newest consent that covers it is named."""
    by_item = {}
    for one in terms:
        if one.purpose == purpose:
            for item in one.items_for(recipient, on) & frozenset(wanted):
                by_item.setdefault(item, one.code)
    return Coverage(by_item, tuple(sorted(set(wanted) - by_item.keys())))
