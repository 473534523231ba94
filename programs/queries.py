"""The same conditions as SQL: "who fits this program" asked of the database.

A condition becomes a boolean expression over expressions for facts; NULL is "not known", and SQL's AND, OR and NOT
are the three-valued ones of rules.py. A fact for which there is no expression is not known to the table.
"""

import json
from typing import NamedTuple

from programs.facts import VOCABULARY
from programs.rules import AllOf, Always, Negation, Test

TYPES = {
    "date": "date",
    "bool": "boolean",
    "int": "bigint",
    "money": "numeric",
    "decimal": "numeric",
    "choice": "text",
    "country": "text",
    "area": "text",
    "text": "text",
    "choices": "text[]",
    "papers": "text[]",
    "seals": "jsonb",
    "grants": "jsonb",
}
OPERATORS = {"eq": "=", "ne": "<>", "lt": "<", "lte": "<=", "gt": ">", "gte": ">="}


class Sql(NamedTuple):
    """SQL text with %s for its parameters."""

    text: str
    parameters: tuple = ()


class Writer:
    """columns: fact -> SQL expression, as text or as Sql."""

    def __init__(self, columns, vocabulary=VOCABULARY):
        self.columns, self.vocabulary = columns, vocabulary

    def column(self, name):
        found = self.columns.get(name)
        if found is None:
            return Sql(f"NULL::{TYPES[self.vocabulary[name].type]}")
        return found if isinstance(found, Sql) else Sql(found)

    def write(self, condition):
        if isinstance(condition, Always):
            return Sql("TRUE" if condition.met else "FALSE")
        if isinstance(condition, Test):
            return self.test(condition)
        if isinstance(condition, Negation):
            inner = self.write(condition.part)
            return Sql(f"(NOT {inner.text})", inner.parameters)
        parts = [self.write(part) for part in condition.parts]
        joiner = " AND " if isinstance(condition, AllOf) else " OR "
        return Sql(f"({joiner.join(part.text for part in parts)})", sum((part.parameters for part in parts), ()))

    def test(self, test):
        column = self.column(test.fact)
        if test.test == "is_known":
            return Sql(f"({column.text} IS NOT NULL)", column.parameters)
        if test.test == "range":
            return self.between(test, column)
        if test.test.startswith("within_"):
            return self.within(test, column)
        text, value = self.expression(test)
        return Sql(f"({column.text} {text})", (*column.parameters, value))

    def expression(self, test):
        kind = TYPES[self.vocabulary[test.fact].type]
        if test.test in OPERATORS:
            return f"{OPERATORS[test.test]} %s::{kind}", test.value
        if test.test in {"in", "not_in"}:
            return ("= ANY" if test.test == "in" else "<> ALL") + f"(%s::{kind}[])", sorted(test.value)
        if test.test == "startswith":
            return "LIKE %s::text", escaped(test.value) + "%"
        if test.test == "contains":
            return "@> ARRAY[%s::text]", test.value
        return ("&&" if test.test == "contains_any" else "@>") + " %s::text[]", sorted(test.value)

    def between(self, test, column):
        kind = TYPES[self.vocabulary[test.fact].type]
        texts, parameters = [], ()
        if test.low is not None:
            texts.append(f"{column.text} {'>' if test.is_low_open else '>='} %s::{kind}")
            parameters += (*column.parameters, test.low)
        if test.high is not None:
            texts.append(f"{column.text} {'<' if test.is_high_open else '<='} %s::{kind}")
            parameters += (*column.parameters, test.high)
        return Sql(f"({' AND '.join(texts)})", parameters)

    def within(self, test, column):
        today = self.column("as_of")
        unit = "day" if test.test == "within_days" else "month"
        text = f"({column.text} BETWEEN ({today.text} - %s * INTERVAL '1 {unit}')::date AND {today.text})"
        return Sql(text, (*column.parameters, *today.parameters, test.value, *today.parameters))


def escaped(prefix):
    return prefix.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def where(condition, columns, vocabulary=VOCABULARY):
    """A condition as SQL: TRUE, FALSE or NULL for each row."""
    return Writer(columns, vocabulary).write(condition)


# -- derived facts ----------------------------------------------------------------------------------------------------


def age(born, day, convention="completed_years"):
    """derived.age_on in SQL. Timestamps without zone: clocks that were put forward must not make anybody younger."""
    shift = "" if convention == "completed_years" else " - INTERVAL '1 day'"
    more = " + 1" if convention == "until_birthday" else ""
    years = f"extract(year FROM age({day}::timestamp{shift}, {born}::timestamp))::bigint"
    if shift:
        # age() of a day before the birth counts downward from zero, and so must the year before the first.
        years = f"(CASE WHEN {day}::timestamp{shift} < {born}::timestamp THEN -1 ELSE {years} END)"
    return f"(CASE WHEN {born} IS NOT NULL AND {day} IS NOT NULL THEN greatest({years}{more}, 0) END)"


def table_columns(program, table="facts", vocabulary=VOCABULARY):
    """Every fact as an expression over a table with a column for each plain fact and earlier grants as jsonb."""
    plain = {name: f"{table}.{name}" for name, fact in vocabulary.items() if not fact.is_derived}
    born, day = plain["birth_date"], plain["as_of"]
    counted = age(born, day, program.age_convention)
    return plain | {"age_years": f"coalesce({counted}, {table}.age_years)"} | prior_columns(program, table)


def prior_columns(program, table):
    """What a program has granted before, from a jsonb array of grants; NULL while nobody has looked."""
    grants, code = f"{table}.prior_grants", program.code
    own = f"FROM jsonb_array_elements({grants}) AS g WHERE g->>'program' = %s"

    def over(selected, parameters=()):
        return Sql(f"(CASE WHEN {grants} IS NOT NULL THEN (SELECT {selected} {own}) END)", (*parameters, code))

    def same(mark, wanted):
        missing = f"bool_or({mark} IS NULL) OR {wanted} IS NULL"
        counted = f"count(*) FILTER (WHERE {mark} = {wanted})"
        return over(f"CASE WHEN count(*) = 0 THEN 0 WHEN {missing} THEN NULL ELSE {counted} END")

    first = f"(SELECT CASE WHEN bool_and(g->>'date' IS NOT NULL) THEN min((g->>'date')::date) END {own})"
    last = f"(SELECT CASE WHEN bool_and(g->>'date' IS NOT NULL) THEN max((g->>'date')::date) END {own})"
    count = f"(SELECT count(*) {own})"
    after = f"CASE WHEN {grants} IS NULL THEN NULL WHEN {count} = 0 THEN FALSE ELSE {table}.hsct_date > {last} END"
    at_first = age(f"{table}.birth_date", first, program.age_convention)
    return {
        "prior_count": over("count(*)"),
        "prior_sum": over(
            "CASE WHEN count(*) = 0 THEN 0 WHEN bool_or(g->>'amount_yuan' IS NULL) THEN NULL "
            "ELSE sum((g->>'amount_yuan')::numeric) END"
        ),
        "prior_same_year": same("extract(year FROM (g->>'date')::date)", f"extract(year FROM {table}.as_of)"),
        "prior_same_term": same("(g->>'term')", f"{table}.term"),
        "prior_same_campaign": same("(g->>'campaign')", f"{table}.campaign"),
        "hsct_after_prior_grant": Sql(f"({after})", (code, code)),
        "age_at_first_grant": Sql(at_first, (code,) * at_first.count("%s")),
    }


def row_of(facts, vocabulary=VOCABULARY):
    """A person's facts in the order of create_table's columns; lists and grants as the database takes them."""
    values = []
    for fact in vocabulary.values():
        if fact.is_givable:
            value = facts.get(fact.name)
            values.append(ADAPTED[fact.type](value) if value is not None and fact.type in ADAPTED else value)
    return values


def grants_as_json(grants):
    return json.dumps(
        [
            {
                "program": grant.program,
                "amount_yuan": None if grant.amount is None else str(grant.amount),
                "date": grant.day and grant.day.isoformat(),
                "term": grant.term,
                "campaign": grant.campaign,
            }
            for grant in grants
        ]
    )


ADAPTED = {"choices": sorted, "papers": sorted, "seals": json.dumps, "grants": grants_as_json}


def create_table(name, vocabulary=VOCABULARY, *, is_temporary=False):
    """A table of facts, one row a person; derived facts other than a given age have no column."""
    columns = [f"{fact.name} {TYPES[fact.type]}" for fact in vocabulary.values() if fact.is_givable]
    return f"CREATE {'TEMPORARY ' if is_temporary else ''}TABLE {name} (id bigint PRIMARY KEY, {', '.join(columns)})"
