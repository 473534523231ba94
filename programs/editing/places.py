"""Places in a definition, written as its readers write them: papers[3].when.all[0].value."""

import re

PART = re.compile(r"([A-Za-z0-9_-]+)|\[([0-9]{1,4})\]")
WHOLE = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+|\[[0-9]{1,4}\])*")
MOST_ROWS = 300


def parts_of(place):
    """("papers", 3, "when"); nothing for what is no place."""
    if not isinstance(place, str) or len(place) > 300 or not WHOLE.fullmatch(place):
        return ()
    return tuple(name or int(number) for name, number in PART.findall(place))


def join(parts):
    text = ""
    for part in parts:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text


def find(data, parts):
    """What stands at a place, or None."""
    for part in parts:
        if isinstance(part, int):
            if not isinstance(data, list) or part >= len(data):
                return None
        elif not isinstance(data, dict) or part not in data:
            return None
        data = data[part]
    return data


def around(place):
    """The place, and each one that holds it, from the inside out."""
    parts = parts_of(place)
    return [join(parts[:length]) for length in range(len(parts), 0, -1)]


def head(place):
    """The first key: it says to which section a place belongs."""
    return re.match(r"[A-Za-z0-9_-]*", place)[0]


def padded(definition, posted, keys):
    """With as many rows as were posted: what somebody typed is not lost because another took a row away meanwhile."""
    for name in sorted(posted):
        parts = parts_of(name)
        # An empty text is no row: the English that nobody wrote is not added to a name.
        if parts and parts[0] in keys and not (isinstance(parts[-1], int) and not posted.get(name)):
            _pad(definition, parts)
    return definition


def _pad(data, parts):
    for part, following in zip(parts, [*parts[1:], None], strict=True):
        if isinstance(part, int):
            if not isinstance(data, list) or part >= MOST_ROWS:
                return
            data.extend(_empty(following) for _number in range(part + 1 - len(data)))
        elif not isinstance(data, dict):
            return
        elif isinstance(following, int):
            if not isinstance(data.get(part), list) and data.get(part) is not None:
                return
            data[part] = data.get(part) or []
        elif part not in data:
            return
        data = data[part]


def _empty(following):
    return {} if isinstance(following, str) else [] if isinstance(following, int) else ""
