"""The fields of a section: what a template needs to draw one, and the faults at their places."""

import re
from dataclasses import dataclass, field

from programs.editing import values
from programs.editing.places import around

DAY = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})?")


def id_of(place):
    return "f-" + re.sub(r"[^A-Za-z0-9_]+", "-", place).strip("-")


class Faults:
    """The faults of a definition by their places. A place that was asked for can be linked to."""

    def __init__(self, faults=(), hints=()):
        self.faults, self.hints, self.places = list(faults), list(hints), set()

    def __len__(self):
        return len(self.faults)

    def at(self, place):
        self.places.add(place)
        return [fault.message for fault in self.faults if fault.place == place]

    def under(self, place):
        """Those at a place or anywhere below it."""
        self.places.add(place)
        return [fault for fault in self.faults if holds(place, fault.place)]

    def target(self, place):
        """The id of the nearest field that holds this place."""
        return next((id_of(near) for near in around(place) if near in self.places), "")


def holds(place, other):
    return other == place or other.startswith((f"{place}.", f"{place}["))


@dataclass(frozen=True)
class Spec:
    """One field of a mapping: its key, how it is called, how its value stands in a form."""

    key: str
    label: object
    kind: object
    help: object = ""
    is_wide: bool = False


@dataclass
class Field:
    place: str
    label: object
    kind: object
    value: object
    errors: list = field(default_factory=list)
    help: object = ""
    is_wide: bool = False

    @property
    def name(self):
        return self.place

    @property
    def id(self):
        return id_of(self.place)

    @property
    def widget(self):
        kind = self.kind
        if kind.widget == "text" and (kind.rows > 1 or "\n" in self.value):
            return "area"
        if kind.widget == "day" and not DAY.fullmatch(self.value):
            return "text"
        return kind.widget

    @property
    def rows(self):
        """Text that has lines needs a place that has lines."""
        return max(getattr(self.kind, "rows", 1), 2)

    @property
    def described_by(self):
        ids = [f"{self.id}-help"] if self.help else []
        return " ".join([*ids, f"{self.id}-error"] if self.errors else ids)

    @property
    def is_many_lines(self):
        return self.kind.rows > 1 or any("\n" in text for text in self.value)

    @property
    def pair(self):
        """Both halves of a pair: (name, id, text, is English)."""
        return [
            (f"{self.name}[{index}]", self.id if not index else f"{self.id}-{index}", text, bool(index))
            for index, text in enumerate(self.value)
        ]

    @property
    def choices(self):
        """[(heading, [(code, label, is chosen)])]; a value that no list knows is listed too."""
        chosen = set(self.value) if isinstance(self.value, tuple) else {self.value}
        groups, known = [], set()
        for heading, options in headed(self.kind.choices):
            known |= {code for code, _label in options}
            groups.append((heading, [(code, label, code in chosen) for code, label in options]))
        if not isinstance(self.kind, values.Codes) and (strays := sorted(chosen - known - {""})):
            groups.append(("", [(code, code, True) for code in strays]))
        return groups

    @property
    def chosen(self):
        """The labels of what was chosen, what is on no list included."""
        return [
            label for _heading, options in self.choices for _code, label, is_chosen in options if is_chosen
        ] + self.others

    @property
    def others(self):
        """What was chosen and is on no list."""
        known = {code for _heading, options in headed(self.kind.choices) for code, _label in options}
        return [code for code in self.value if code not in known]


def headed(choices):
    """Choices under headings, whether they were given with headings or without."""
    flat = [choice for choice in choices if not isinstance(choice[1], list | tuple)]
    groups = [choice for choice in choices if isinstance(choice[1], list | tuple)]
    return [("", flat), *groups] if flat else groups


def show(data, key, place, label, kind, faults, **options):
    """One field with its value and its faults."""
    value = data.get(key) if isinstance(data, dict) else None
    return Field(place, label, kind, kind.show(value), faults.at(place), **options)


def show_specs(data, specs, faults, prefix=""):
    """{key: Field} for a mapping; `prefix` is its own place."""
    return {
        spec.key: show(
            data, spec.key, place_of(prefix, spec.key), spec.label, spec.kind, faults,
            help=spec.help, is_wide=spec.is_wide,
        )
        for spec in specs
    }  # fmt: skip


def read_specs(posted, data, specs, prefix=""):
    """The mapping with what was typed; keys that no field holds stay."""
    data = dict(data)
    for spec in specs:
        values.take(posted, place_of(prefix, spec.key), data, spec.key, spec.kind)
    return data


def place_of(prefix, key):
    return f"{prefix}.{key}" if prefix else key
