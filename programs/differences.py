"""The difference between two versions of a program, line by line, in the words a page shows."""

from dataclasses import dataclass
from difflib import SequenceMatcher

from programs.facts import VOCABULARY
from programs.wording import lines_of

ALIKE = 0.5


@dataclass(frozen=True)
class Difference:
    """kind: added, removed or changed."""

    section: str
    kind: str
    old: str = ""
    new: str = ""
    source: str = ""


def compare(old, new, vocabulary=VOCABULARY):
    """Every line in which two programs differ, in the order of the sections."""
    before, after = lines_of(old, vocabulary), lines_of(new, vocabulary)
    sections = dict.fromkeys(line.section for line in [*before, *after])
    found = []
    for section in sections:
        found += _compare_section(
            section,
            [line for line in before if line.section == section],
            [line for line in after if line.section == section],
        )
    return found


def _compare_section(section, before, after):
    old, new = {line.key: line for line in before}, {line.key: line for line in after}
    changed = [(old[key], new[key]) for key in old if key in new and old[key] != new[key]]
    removed = [line for line in before if line.key not in new]
    added = [line for line in after if line.key not in old]
    pairs, removed, added = _pair(removed, added)
    return [
        *(Difference(section, "changed", _said(one), _said(other), other.source) for one, other in changed + pairs),
        *(Difference(section, "removed", old=_said(line), source=line.source) for line in removed),
        *(Difference(section, "added", new=_said(line), source=line.source) for line in added),
    ]


def _said(line):
    """The source belongs to what is said: a line that only moved to another source has changed too."""
    return f"{line.text}（{line.source}）" if line.source else line.text


def _pair(removed, added):
    """A line that is gone and one that is new and much like it are one line that changed."""
    pairs, left = [], list(added)
    for line in list(removed):
        if not left:
            break
        nearest = max(left, key=lambda other, text=line.text: SequenceMatcher(None, text, other.text).ratio())
        if SequenceMatcher(None, line.text, nearest.text).ratio() >= ALIKE:
            pairs.append((line, nearest))
            left.remove(nearest)
    gone = {id(line) for line, _new in pairs}
    return pairs, [line for line in removed if id(line) not in gone], left
