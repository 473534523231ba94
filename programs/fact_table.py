"""The table of nameless fact sheets: which fact stands in which column, written, read back and asked in SQL.

The day, the state of the program (places taken, campaign open) and whatever belongs to one application only are no
columns: a question brings them along, or they are not known.
"""

import json
from datetime import date
from decimal import Decimal

from programs.facts import SCALARS, VOCABULARY, Grant
from programs.models import FactSheet
from programs.queries import TYPES, Sql, grants_as_json, where, with_derived

TABLE = FactSheet._meta.db_table
COLUMNS = tuple(name for name in VOCABULARY if name in {field.name for field in FactSheet._meta.get_fields()})
_KEPT = SCALARS | {"choices"}


def local_facts(vocabulary):
    """Facts that places have added and that a sheet can hold."""
    return [fact for name, fact in vocabulary.items() if name not in VOCABULARY and fact.type in _KEPT]


# -- written and read back --------------------------------------------------------------------------------------------
def row_of(facts, vocabulary=VOCABULARY):
    """Facts (as Vocabulary.read gives them) as the fields of a sheet; what no sheet holds is left out."""
    row = {name: _stored(VOCABULARY[name], facts.get(name)) for name in COLUMNS}
    local = {fact.name: _as_json(facts[fact.name]) for fact in local_facts(vocabulary) if fact.name in facts}
    return row | {"local": local}


def _stored(fact, value):
    if value is None or fact.type not in {"choices", "grants"}:
        return value
    return sorted(value) if fact.type == "choices" else json.loads(grants_as_json(value))


def _as_json(value):
    if isinstance(value, frozenset):
        return sorted(value)
    return value.isoformat() if isinstance(value, date) else str(value) if isinstance(value, Decimal) else value


def facts_of(sheet, on, vocabulary=VOCABULARY):
    """What a sheet says, as facts of a day."""
    facts = {name: _read(VOCABULARY[name].type, getattr(sheet, name)) for name in COLUMNS}
    facts |= {fact.name: _read(fact.type, sheet.local.get(fact.name)) for fact in local_facts(vocabulary)}
    return {name: value for name, value in facts.items() if value is not None} | {"as_of": on}


def _read(kind, value):
    if value is None:
        return None
    if kind == "choices":
        return frozenset(value)
    if kind == "grants":
        return tuple(_grant(one) for one in value)
    if kind in {"money", "decimal"}:
        return Decimal(value)
    return date.fromisoformat(value) if kind == "date" and isinstance(value, str) else value


def _grant(data):
    amount, day = data["amount_yuan"], data["date"]
    return Grant(
        data["program"],
        None if amount is None else Decimal(amount),
        day and date.fromisoformat(day),
        data["term"],
        data["campaign"],
    )


# -- asked ------------------------------------------------------------------------------------------------------------
def columns_for(program, on, state=None, vocabulary=VOCABULARY):
    """Every fact as an expression over a sheet, for one program on a day; `state`: what is known of the program."""
    plain = {name: Sql(f"NULL::{TYPES[fact.type]}") for name, fact in vocabulary.items() if fact.is_givable}
    plain |= {name: Sql(f"{TABLE}.{name}") for name in COLUMNS}
    plain |= {fact.name: _local(fact) for fact in local_facts(vocabulary)}
    plain |= {name: Sql(f"%s::{TYPES[vocabulary[name].type]}", (value,)) for name, value in (state or {}).items()}
    return with_derived(plain | {"as_of": Sql(f"DATE '{on.isoformat()}'")}, program)


def _local(fact):
    if fact.type == "choices":
        members = f"SELECT jsonb_array_elements_text({TABLE}.local->'{fact.name}')"
        return Sql(f"(CASE WHEN {TABLE}.local ? '{fact.name}' THEN ARRAY({members}) END)")
    return Sql(f"({TABLE}.local->>'{fact.name}')::{TYPES[fact.type]}")


def met(program, on, state=None, vocabulary=VOCABULARY):
    """Whether a sheet fits a program: TRUE, FALSE, or NULL while a fact that decides is not known."""
    return where(program.gate, columns_for(program, on, state, vocabulary), vocabulary)
