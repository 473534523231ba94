"""A condition that is edited by itself, away from any program: what is typed travels in the form until it is saved."""

import json

from programs.definitions import LONGEST, canonical
from programs.editing import changes, condition
from programs.editing.fields import Faults
from programs.editing.places import head, padded
from programs.models.programs import ExactDecoder
from programs.rules import Reader

KEY = "condition"


class LoneCondition:
    """`posted`: what came with the form, None at the beginning."""

    def __init__(self, held, vocabulary, posted=None):
        self.vocabulary = vocabulary
        self.definition = self._typed(posted) if posted else self._of(held)
        self.data = self.definition.get(KEY)
        reader = Reader(vocabulary, needs_source=False)
        if self.data is not None:
            reader.read(self.data, KEY)
        self.faults = reader.faults

    @staticmethod
    def _of(held):
        return {} if held is None else {KEY: held}

    def _typed(self, posted):
        definition = self._of(_read(posted.get("held", "")))
        definition = condition.read(posted, padded(definition, posted, condition.KEYS), self.vocabulary)
        do = posted.get("do", "")
        if head(do.partition(":")[2]) != KEY:
            return definition
        return changes.changed(definition, do, lambda place: condition.blank(place, definition))

    @property
    def held(self):
        return canonical(self.data)

    def drawn(self):
        """What the template shows: the condition, and what is wrong with it in words."""
        faults = Faults(self.faults)
        return {**condition.fields(self.definition, faults, self.vocabulary), "held": self.held}


def _read(text):
    """What was carried along; a text that is none of ours begins anew."""
    try:
        return json.loads(text, cls=ExactDecoder) if len(text) <= LONGEST else None
    except ValueError:
        return None
