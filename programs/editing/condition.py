"""The section 条件: who qualifies."""

from django.utils.translation import gettext_lazy as _

from programs.editing import conditions

TITLE = _("条件")
KEYS = ("condition",)


def read(posted, definition, vocabulary):
    definition = dict(definition)
    condition = conditions.read(posted, "condition", definition.get("condition"), vocabulary)
    if condition is not None:
        definition["condition"] = condition
    return definition


def fields(definition, faults, vocabulary, posted=None, retired=()):
    return {"node": conditions.show(definition.get("condition"), "condition", faults, vocabulary, retired)}


def blank(place, definition):
    return {}
