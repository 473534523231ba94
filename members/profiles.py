"""The settings of an area on a day: its own, else those of the nearest area above, else the built-in ones.

There is no cache across requests on purpose: a setting that holds from today must hold on every machine at once, and
the look-up is one indexed query. Within one request (or one `remembering()` block) an answer is kept.
"""

from collections.abc import Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, fields
from datetime import date
from types import MappingProxyType

from django.utils import timezone

from members import kinds
from members.models import RegionalProfile

_remembered: ContextVar[dict | None] = ContextVar("remembered_profiles", default=None)


@dataclass(frozen=True)
class Profile:
    """Settings as later parts read them. Nothing in here can be changed."""

    scope_categories: tuple
    is_scope_open: bool
    consent_words: str
    same_level_only: bool
    simplified_for: str
    simplified_categories: tuple
    notify_duty: str
    notify_whom: tuple
    check_required_before_aid: bool
    duplicate_check: bool
    complaint_channel: bool
    clocks: Mapping
    feedback_way: str
    feedback_every_months: int | None
    meeting_rhythms: Mapping
    service_set: str
    project_kind_set: str
    purchase_preference: str
    platforms: tuple
    brands: tuple
    awards: tuple
    dates: tuple
    publish_minimum: int
    keep_years: int
    # Where it comes from. Without a code it is built in.
    sources: Mapping = field(default_factory=lambda: MappingProxyType({}))
    code: str = ""
    area_code: str = ""
    area_name: str = ""
    valid_from: date | None = None
    valid_to: date | None = None
    policy: object = None

    @property
    def is_built_in(self):
        return not self.code

    def days(self, clock, *, is_urgent=False) -> int:
        """How many working days something may take; zero is the same day."""
        return self.clocks[clock][1 if is_urgent else 0]

    def procedure_for(self, *, is_referred, categories=()) -> str:
        """Which procedure holds. The simplified one never skips age, diagnosis, ceiling, consent or second approver."""
        if is_referred and self.simplified_for in ("referral", "both"):
            return "simplified_by_referral"
        if self.simplified_for in ("category", "both") and not set(categories).isdisjoint(self.simplified_categories):
            return "simplified_by_category"
        return "normal"

    def takes(self, categories) -> bool:
        """May people of these categories be referred here at all?"""
        return self.is_scope_open or not set(categories).isdisjoint(self.scope_categories)

    @property
    def project_kinds(self):
        return kinds.PROJECT_KINDS_OF[self.project_kind_set]


PROVENANCE = {"sources", "code", "area_code", "area_name", "valid_from", "valid_to", "policy"}
SETTINGS = tuple(entry.name for entry in fields(Profile) if entry.name not in PROVENANCE)


def profile_of(area, on=None) -> Profile:
    """The settings that hold in this area on that day (today unless told). One query."""
    on = on or timezone.localdate()
    memory = _remembered.get()
    key = (area.code, on)
    if memory is not None and key in memory:
        return memory[key]
    found = profiles_of([area], on)[area.code]
    if memory is not None:
        memory[key] = found
    return found


def profiles_of(areas, on=None) -> dict[str, Profile]:
    """The same for many areas: {area code: profile}, still one query."""
    on = on or timezone.localdate()
    wanted = {code for area in areas for code in upward(area)}
    rows = RegionalProfile.objects.in_force(on).filter(is_on=True, area__code__in=wanted)
    by_area = {row.area.code: frozen(row) for row in rows.select_related("area", "policy")}
    return {area.code: next((by_area[code] for code in upward(area) if code in by_area), built_in()) for area in areas}


def upward(area) -> list[str]:
    """The codes of this area and of those above it, nearest first."""
    chain = [area.code, area.town, area.county, area.city, area.province]
    return list(dict.fromkeys(code for code in chain if code))


def built_in() -> Profile:
    """What holds where no area has said anything: the defaults of the columns."""
    return frozen(RegionalProfile())


def frozen(row) -> Profile:
    """A row as later parts read it. Clocks that were added after the row was written have their built-in days."""
    settings = {name: _still(getattr(row, name)) for name in SETTINGS}
    specified = {code: (normal, urgent) for code, (_words, normal, urgent) in kinds.CLOCKS.items()}
    settings["clocks"] = MappingProxyType(specified | {code: tuple(days) for code, days in row.clocks.items()})
    if row.pk is None:
        return Profile(**settings)
    return Profile(
        **settings,
        sources=MappingProxyType(dict(row.sources)),
        code=row.code,
        area_code=row.area.code,
        area_name=row.area.name,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        policy=row.policy,
    )


@contextmanager
def remembering():
    """Within this block an area's settings are looked up once. For one request, or one run over many rows."""
    token = _remembered.set({})
    try:
        yield
    finally:
        _remembered.reset(token)


def forget():
    """The settings have changed in this very request."""
    memory = _remembered.get()
    if memory is not None:
        memory.clear()


def _still(value):
    """Lists and dictionaries as things that cannot be changed."""
    if isinstance(value, list):
        return tuple(_still(entry) for entry in value)
    return MappingProxyType(value) if isinstance(value, dict) else value
