"""The section 备注: what the admin wants to remember of the source; the public page does not show it."""

from django.utils.translation import gettext_lazy as _

from programs.editing import fields as drawing
from programs.editing import values

TITLE = _("备注")
KEYS = ("notes",)
NOTE = values.Text(rows=2)


def read(posted, definition, vocabulary):
    """A note that was emptied goes; one that was never filled in stays until the next save."""
    notes = definition.get("notes")
    if not isinstance(notes, list):
        return definition
    kept = []
    for number, note in enumerate(notes):
        row = {"note": note}
        values.take(posted, f"notes[{number}]", row, "note", NOTE)
        if row.get("note") not in (None, "") or f"notes[{number}]" not in posted:
            kept.append(row["note"])
    return {**definition, "notes": kept}


def fields(definition, faults, vocabulary, posted=None, retired=()):
    notes = definition.get("notes")
    rows = [
        drawing.Field(f"notes[{number}]", "", NOTE, NOTE.show(note), faults.at(f"notes[{number}]"))
        for number, note in enumerate(notes if isinstance(notes, list) else [])
    ]
    return {"rows": rows, "errors": faults.at("notes")}


def blank(place, definition):
    return ""
