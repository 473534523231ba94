"""The sections of the editor, in their order. A section is a module with TITLE, KEYS, read(), fields() and blank()."""

from programs.editing import basics, benefit, condition, limits, notes, papers, steps

SECTIONS = {
    "basics": basics,
    "condition": condition,
    "papers": papers,
    "benefit": benefit,
    "limits": limits,
    "steps": steps,
    "notes": notes,
}
# A container holds programs and cannot be applied for itself.
OF_CONTAINERS = ("basics", "notes")


def sections_of(program):
    names = OF_CONTAINERS if program.is_container else SECTIONS
    return {name: SECTIONS[name] for name in names}


def section_of(place_head, sections):
    """The section that owns a top-level key; the first for what belongs to none."""
    return next((name for name, module in sections.items() if place_head in module.KEYS), next(iter(sections)))
