"""Rows of a list in a form: what every section with a list shares."""

from programs.editing.fields import id_of


class Row:
    """One row: its place, its fields, and whether something in it is wrong."""

    def __init__(self, rows, number, place, data, fields, faults):
        self.list_place, self.number, self.place, self.data, self.fields = rows, number, place, data, fields
        self.errors = faults.at(place)
        self.faults = faults.under(place)

    @property
    def id(self):
        return id_of(self.place)

    @property
    def count(self):
        return self.number + 1

    def do(self, verb):
        return f"{verb}:{self.list_place}:{self.number}"

    @property
    def buttons(self):
        """The values of the buttons that move, copy and remove a row."""
        return {verb: self.do(verb) for verb in ("up", "down", "copy", "remove")}


def entries_of(data, key):
    """The rows of a list that may be missing, or no list at all."""
    value = data.get(key) if isinstance(data, dict) else None
    return value if isinstance(value, list) else []


def text_of(data, key):
    """A text of a row that may be half written."""
    value = data.get(key) if isinstance(data, dict) else None
    return value if isinstance(value, str) else ""
