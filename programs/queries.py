"""The same conditions as SQL: "who fits this program" asked of the database.

A condition becomes a boolean expression over expressions for facts; NULL is "not known", and SQL's AND, OR and NOT
are the three-valued ones of rules.py. A fact for which there is no expression is not known to the table.
"""

import json
import re
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


def composed(template, *parts):
    """A template's {} filled with Sql or text; parameters follow their places, however often a part is used."""
    parts = [part if isinstance(part, Sql) else Sql(part) for part in parts]
    parameters, numbers = [], iter(range(len(parts)))

    def fill(found):
        part = parts[int(found[1]) if found[1] else next(numbers)]
        parameters.extend(part.parameters)
        return part.text

    return Sql(re.sub(r"\{(\d*)\}", fill, template), tuple(parameters))


def age(born, day, convention="completed_years"):
    """derived.age_on in SQL. Timestamps without zone: clocks that were put forward must not make anybody younger."""
    shift = "" if convention == "completed_years" else " - INTERVAL '1 day'"
    more = " + 1" if convention == "until_birthday" else ""
    years = composed(f"extract(year FROM age({{}}::timestamp{shift}, {{}}::timestamp))::bigint", day, born)
    if shift:
        # age() of a day before the birth counts downward from zero, and so must the year before the first.
        template = f"(CASE WHEN {{0}}::timestamp{shift} < {{1}}::timestamp THEN -1 ELSE {{2}} END)"
        years = composed(template, day, born, years)
    template = f"(CASE WHEN {{1}} IS NOT NULL AND {{0}} IS NOT NULL THEN greatest({{2}}{more}, 0) END)"
    return composed(template, day, born, years)


def table_columns(program, table="facts", vocabulary=VOCABULARY):
    """Every fact as an expression over a table with a column for each plain fact and earlier grants as jsonb."""
    return with_derived({name: Sql(f"{table}.{name}") for name, fact in vocabulary.items() if fact.is_givable}, program)


def with_derived(plain, program):
    """Plain facts as expressions, and with them what is reckoned from them for this program."""
    plain = {name: sql if isinstance(sql, Sql) else Sql(sql) for name, sql in plain.items()}
    counted = age(plain["birth_date"], plain["as_of"], program.age_convention)
    return plain | {"age_years": composed("coalesce({}, {})", counted, plain["age_years"])} | prior(plain, program)


def prior(plain, program):
    """What a program has granted before, from a jsonb array of grants; NULL while nobody has looked."""
    grants, code = plain["prior_grants"], Sql("%s", (program.code,))
    own = composed("FROM jsonb_array_elements({}) AS g WHERE g->>'program' = {}", grants, code)

    def over(selected):
        return composed("(CASE WHEN {} IS NOT NULL THEN (SELECT {} {}) END)", grants, selected, own)

    def same(mark, wanted):
        missing = composed("bool_or({0} IS NULL) OR {1} IS NULL", mark, wanted)
        counted = composed("count(*) FILTER (WHERE {} = {})", mark, wanted)
        return over(composed("CASE WHEN count(*) = 0 THEN 0 WHEN {} THEN NULL ELSE {} END", missing, counted))

    def day_of(end):
        dated = "SELECT CASE WHEN bool_and(g->>'date' IS NOT NULL) THEN {}((g->>'date')::date) END"
        return composed("({} {})", dated.format(end), own)

    count = composed("(SELECT count(*) {})", own)
    transplant = composed("{} > {}", plain["hsct_date"], day_of("max"))
    after = composed("(CASE WHEN {} IS NULL THEN NULL WHEN {} = 0 THEN FALSE ELSE {} END)", grants, count, transplant)
    return {
        "prior_count": over("count(*)"),
        "prior_sum": over(
            "CASE WHEN count(*) = 0 THEN 0 WHEN bool_or(g->>'amount_yuan' IS NULL) THEN NULL "
            "ELSE sum((g->>'amount_yuan')::numeric) END"
        ),
        "prior_same_year": same(
            "extract(year FROM (g->>'date')::date)", composed("extract(year FROM {})", plain["as_of"])
        ),
        "prior_same_term": same("(g->>'term')", plain["term"]),
        "prior_same_campaign": same("(g->>'campaign')", plain["campaign"]),
        "hsct_after_prior_grant": after,
        "age_at_first_grant": age(plain["birth_date"], day_of("min"), program.age_convention),
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
