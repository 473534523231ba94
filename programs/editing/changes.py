"""What the buttons of the editor do to a definition: add, copy, remove and move rows, put conditions into groups.

Every verb is total: what makes no sense changes nothing.
"""

import copy

from programs.editing.fields import id_of
from programs.editing.places import MOST_ROWS, find, parts_of

GROUPS = ("all", "any")


def changed(definition, do, blank):
    """The definition after a button: `remove:papers:3`, `add:benefit.rules`. `blank(place)` gives a new row."""
    verb, _colon, rest = do.partition(":")
    place, _colon, number = rest.rpartition(":")
    definition = copy.deepcopy(definition)
    if verb in ROW_VERBS and number.isdecimal() and len(number) < 5:
        rows = find(definition, parts_of(place))
        if isinstance(rows, list) and int(number) < len(rows):
            ROW_VERBS[verb](definition, place, rows, int(number))
    elif verb in PLACE_VERBS:
        PLACE_VERBS[verb](definition, rest, blank)
    return definition


# -- Rows -------------------------------------------------------------------------------------------------------------
def remove(definition, place, rows, number):
    del rows[number]


def repeat(definition, place, rows, number):
    if len(rows) < MOST_ROWS:
        rows.insert(number + 1, named_anew(copy.deepcopy(rows[number]), rows))


def named_anew(row, rows):
    """A copy has a code of its own: P12-D5 is copied as P12-D5-2."""
    for key in ("code", "id"):
        if isinstance(row, dict) and isinstance(row.get(key), str) and row[key]:
            taken = [one.get(key) for one in rows if isinstance(one, dict)]
            row[key] = next(name for count in range(2, MOST_ROWS + 3) if (name := f"{row[key]}-{count}") not in taken)
    return row


def up(definition, place, rows, number):
    if number:
        rows[number - 1], rows[number] = rows[number], rows[number - 1]


def down(definition, place, rows, number):
    if number + 1 < len(rows):
        rows[number + 1], rows[number] = rows[number], rows[number + 1]


def put_in(definition, place, rows, number):
    """Into the group before it; where there is none, into a new one."""
    before = rows[number - 1] if number else None
    group = parts_of_group(before)
    if group is not None:
        group.append(rows.pop(number))
    else:
        rows[number] = {"any": [rows[number]]}


def take_out(definition, place, rows, number):
    """Out of its group, to the row behind it; a group that is empty then goes."""
    parts = parts_of(place)
    outer = find(definition, parts[:-2])  # …all[1].any -> …all
    if len(parts) < 3 or not isinstance(outer, list) or not isinstance(parts[-2], int):
        return
    outer.insert(parts[-2] + 1, rows.pop(number))
    if not rows:
        del outer[parts[-2]]


def parts_of_group(data):
    """The rows of a group, whichever it is; nothing for a single condition."""
    if not isinstance(data, dict):
        return None
    return next((data[key] for key in GROUPS if isinstance(data.get(key), list)), None)


# -- Places -----------------------------------------------------------------------------------------------------------
def add(definition, place, blank):
    parts = parts_of(place)
    if not parts:
        return
    holder, key = find(definition, parts[:-1]), parts[-1]
    if isinstance(holder, dict) and isinstance(key, str) and holder.get(key) is None:
        holder[key] = []
    rows = find(definition, parts)
    if isinstance(rows, list) and len(rows) < MOST_ROWS:
        rows.append(blank_condition() if key in GROUPS else blank(place))


def add_group(definition, place, blank):
    rows = find(definition, parts_of(place))
    if isinstance(rows, list) and len(rows) < MOST_ROWS:
        rows.append({"any": [blank_condition()]})


def wrap(definition, place, blank):
    """A condition where there was none, or a group around the one there is."""
    parts = parts_of(place)
    holder = find(definition, parts[:-1]) if parts else None
    if not _can_hold(holder, parts):
        return
    held = holder.get(parts[-1]) if isinstance(holder, dict) else holder[parts[-1]]
    holder[parts[-1]] = {"all": [held, blank_condition()]} if held else {"all": [blank_condition()]}


def clear(definition, place, blank):
    """No condition here any more."""
    parts = parts_of(place)
    holder = find(definition, parts[:-1]) if parts else None
    if isinstance(holder, dict):
        holder.pop(parts[-1], None)
    elif isinstance(holder, list) and isinstance(parts[-1], int) and parts[-1] < len(holder):
        del holder[parts[-1]]


def _can_hold(holder, parts):
    if isinstance(holder, dict):
        return isinstance(parts[-1], str)
    return isinstance(holder, list) and isinstance(parts[-1], int) and parts[-1] < len(holder)


def blank_condition():
    return {"fact": "", "test": "eq"}


ROW_VERBS = {"remove": remove, "copy": repeat, "up": up, "down": down, "in": put_in, "out": take_out}
PLACE_VERBS = {"add": add, "group": add_group, "wrap": wrap, "clear": clear}


def target(do, definition):
    """The id of the row that a button added or moved, to go there."""
    verb, _colon, rest = do.partition(":")
    place, _colon, number = rest.rpartition(":")
    if verb in ROW_VERBS and number.isdecimal():
        shift = {"up": -1, "down": 1, "copy": 1, "remove": -1, "in": -1}.get(verb, 0)
        return id_of(f"{place}[{max(int(number) + shift, 0)}]")
    rows = find(definition, parts_of(rest))
    if verb in {"add", "group"} and isinstance(rows, list):
        return id_of(f"{rest}[{len(rows) - 1}]")
    return id_of(rest) if verb in PLACE_VERBS else ""
