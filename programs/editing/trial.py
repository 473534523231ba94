"""What the benefit as it stands would pay: tried beside the form, for the values that matter and for one's own."""

from dataclasses import dataclass, field, replace

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from programs import previews
from programs.checks import is_within
from programs.editing.fields import Field
from programs.editing.named import Maybe
from programs.editing.values import Choice, Number, as_text, number
from programs.facts import READERS, WrongFacts
from programs.reading import ProgramReader

PREFIX = "preview"
ASKED = {"bool", "choice", "choices", "int", "money", "decimal"}
YES_NO = (("true", gettext_lazy("是")), ("false", gettext_lazy("否")))


@dataclass
class Trial:
    """`tables`: what each rule pays. `lines`: what one's own case gets. `unread`: rules that are not yet written."""

    tables: list = field(default_factory=list)
    fields: list = field(default_factory=list)
    lines: list = field(default_factory=list)
    unread: list = field(default_factory=list)


def shown(definition, vocabulary, posted=None):
    program, unread = readable(definition, vocabulary)
    if program is None:
        return Trial(unread=unread)
    names = [name for name in previews.asked_of(program) if vocabulary[name].type in ASKED]
    begun = previews.first_case(program, vocabulary)
    typed = {name: text_in(posted, name, begun.get(name)) for name in names}
    facts, wrong = facts_from(typed, vocabulary)
    return Trial(
        previews.tables_of(program, vocabulary),
        [shown_fact(vocabulary[name], typed[name], wrong.get(name)) for name in names],
        previews.itemized(program, facts, vocabulary),
        unread,
    )


def readable(definition, vocabulary):
    """The program with the rules that can be read, and the numbers of those that cannot; None where nothing can."""
    reader = ProgramReader(definition, vocabulary)
    program = reader.read()
    if program.is_container:
        return None, []
    wrong = [fault.place for fault in reader.faults]
    places = [f"benefit.rules[{number}]" for number in range(len(program.benefit.rules))]
    is_read = [not any(is_within(fault, place) for fault in wrong) for place in places]
    unread = [number + 1 for number, fine in enumerate(is_read) if not fine]
    rules = tuple(rule for rule, fine in zip(program.benefit.rules, is_read, strict=True) if fine)
    loose = {key: None for key in ("cap", "case_cap", "plan") if any(is_within(one, f"benefit.{key}") for one in wrong)}
    return (replace(program, benefit=replace(program.benefit, rules=rules, **loose)) if rules else None), unread


def text_in(posted, name, begun):
    """What was typed for a fact; else what to begin with."""
    given = posted.get(f"{PREFIX}.{name}") if posted is not None else None
    if given is not None:
        return as_text(given)[:200]
    return as_text(sorted(begun)[0]) if isinstance(begun, frozenset) and begun else as_text_of(begun)


def as_text_of(value):
    return "" if isinstance(value, frozenset) else as_text(value)


def facts_from(typed, vocabulary):
    """The facts that were typed, and for those that cannot be read the reason. What is empty is not known."""
    facts, wrong = {}, {}
    for name, text in typed.items():
        if not text.strip():
            facts[name] = None
            continue
        try:
            facts[name] = READERS[vocabulary[name].type](vocabulary[name], value_of(vocabulary[name], text.strip()))
        except WrongFacts as refused:
            facts[name], wrong[name] = None, [fault.message for fault in refused.faults]
    return facts, wrong


def value_of(fact, text):
    if fact.type == "bool":
        return {"true": True, "false": False}.get(text)
    if fact.type == "choices":
        return [text]
    return number(text) if fact.is_number else text


def shown_fact(fact, text, errors):
    if fact.type == "bool":
        kind = Maybe(YES_NO, _("不知道"))
    elif fact.choices:
        kind = Choice(tuple((code, fact.label_of(code)) for code in fact.choices), blank=_("不知道"))
    else:
        kind = Number(fact.unit)
    return Field(f"{PREFIX}.{fact.name}", fact.label, kind, text, errors or [])
