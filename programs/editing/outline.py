"""A definition line by line, place by place: for showing two people what each of them has written."""

from programs.editing.places import join
from programs.editing.values import as_text

MOST = 60


def lines(value, parts=()):
    """{place: text} of everything that is written, however odd."""
    if isinstance(value, dict):
        return {place: text for key in value for place, text in lines(value[key], (*parts, str(key))).items()}
    if isinstance(value, list):
        return {place: text for n, one in enumerate(value) for place, text in lines(one, (*parts, n)).items()}
    return {join(parts): as_text(value)}


def differing(theirs, mine, keys):
    """[(place, theirs, mine)] of the keys of a section, where they differ."""
    before, after = ({key: one[key] for key in keys if key in one} for one in (theirs, mine))
    old, new = lines(before), lines(after)
    places = [place for place in dict.fromkeys([*old, *new]) if old.get(place) != new.get(place)]
    return [(place, old.get(place, ""), new.get(place, "")) for place in places[:MOST]]
