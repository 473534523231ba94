"""The other way round: who fits this program, asked of the table of fact sheets as a set, by county first.

`areas` are codes of twelve digits, each with all that lies below it; None is the whole country. reach() gives those
of a person. Nothing here knows anybody: display() asks whoever keeps the people (register) for names.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

from django.db import connection
from django.db.models import BooleanField, Q, Sum
from django.db.models.expressions import RawSQL
from django.utils.crypto import salted_hmac

from members.models import Area
from members.models.areas import DIGITS, level_of
from members.roles import ALL
from programs import fact_table
from programs.catalogue import vocabulary
from programs.fact_table import TABLE
from programs.matching import judge
from programs.models import FactSheet, ProgramFit
from programs.rounds import program_state

COUNT, VIEW = "fit.count", "fit.view"
# Below so many, an outsider might recognise somebody.
FEWEST = 5
DAY = date(2000, 1, 1)  # any; of what a question is told apart by


@dataclass(frozen=True)
class Fits:
    """One county's people and one program. `county` is its code of six digits; `asked` names the question."""

    county: str
    eligible: int
    could_be: int
    total: int
    name: str = ""
    asked: str = ""

    @property
    def not_fitting(self):
        return self.total - self.eligible - self.could_be


@dataclass(frozen=True)
class Change:
    """What another version would do to one county's people."""

    county: str
    gained: int
    lost: int
    stays: int
    name: str = ""
    asked: str = ""


@dataclass(frozen=True)
class Sight:
    """Whose sheets a person of staff may know of one by one: all but those of people born after a day, some of whom
    they may know all the same. Where to ask for the others is for whoever keeps the people to say."""

    born_after: date | None = None
    but: frozenset = frozenset()
    ask_url: str = ""

    def __bool__(self):
        """Does it leave anybody out?"""
        return self.born_after is not None


EVERYBODY = Sight()


def reach(staff, permission=COUNT):
    """The areas in which this person may ask: None for everywhere, an empty list for nowhere."""
    held = staff.permissions.get(permission)
    return None if held == ALL else [staff.organization.area.code] if held else []


def is_outsider(staff):
    """Sees counts only, and no small ones: charities, member units, those who keep the catalogue."""
    return VIEW not in staff.permissions


def shown(number, about="", *, to_outsider=True):
    """A count as it may be shown: to outsiders in steps of five, and nothing below, so that no two counts that differ
    by one person tell of that person. None: fewer than FEWEST, or nobody; whether anybody, is told of one person too.

    Who writes a program may ask whatever they like, and could look for the question at which a step is passed. So each
    question (`about`) first loses up to four, by a secret: always the same for the same question.
    """
    if not to_outsider:
        return number
    number -= salted_hmac("programs.reverse", about).digest()[0] % FEWEST
    return None if number < FEWEST else number - number % FEWEST


def asked_by(*programs):
    """Names the question that these programs ask of people, whatever the words around it and whatever the day."""
    texts = [met(program, DAY, {}) for program in programs]
    return salted_hmac("programs.reverse", repr(texts)).hexdigest()


# -- counts -----------------------------------------------------------------------------------------------------------
def counts_by_county(program, areas, on, sight=EVERYBODY):
    """[Fits] for every county with people in it, in the order of their codes."""
    asked = met(program, on)
    rows = _select(
        "county, count(*) FILTER (WHERE met), count(*) FILTER (WHERE met IS NULL), count(*)",
        [("met", asked)], areas, sight,
    )  # fmt: skip
    names, question = county_names(row[0] for row in rows), asked_by(program)
    return [Fits(*row, name=names[row[0]], asked=f"{question} {row[0]}") for row in rows]


def changes(before, after, areas, on, sight=EVERYBODY):
    """[Change] between two programs as read (one of them may be None), only where somebody gains or loses."""
    pair = [("old", met(before, on)), ("new", met(after, on))]
    counted = (
        "county, count(*) FILTER (WHERE new AND old IS NOT TRUE), count(*) FILTER (WHERE old AND new IS NOT TRUE), "
        "count(*) FILTER (WHERE old AND new)"
    )
    rows = [row for row in _select(counted, pair, areas, sight) if row[1] or row[2]]
    names, question = county_names(row[0] for row in rows), asked_by(before, after)
    return [Change(*row, name=names[row[0]], asked=f"{question} {row[0]}") for row in rows]


def met(program, on, state=None):
    """The program's condition as SQL over a sheet, with what is known of the program itself on the day."""
    if program is None or program.is_container:
        return fact_table.Sql("FALSE")
    return fact_table.met(program, on, program_state(program, on) if state is None else state, vocabulary())


def _select(counted, answers, areas, sight):
    within, bounds = _within(areas, sight)
    given = ", ".join(f"{sql.text} AS {name}" for name, sql in answers)
    parameters = [value for _name, sql in answers for value in sql.parameters] + bounds
    query = (
        f"SELECT {counted} FROM (SELECT county, {given} FROM {TABLE} WHERE {within}) AS asked "  # noqa: S608
        "GROUP BY county ORDER BY county"
    )
    with connection.cursor() as cursor:
        cursor.execute(query, parameters)
        return cursor.fetchall()


def bounds_of(code):
    """The first and the last code of an area and what lies below it."""
    start = code[: DIGITS[level_of(code)]]
    return start.ljust(12, "0"), start.ljust(12, "9")


def _within(areas, sight):
    seen, values = "TRUE", []
    if sight:
        seen = f"({TABLE}.birth_date <= %s OR {TABLE}.birth_date IS NULL OR {TABLE}.key = ANY(%s))"
        values = [sight.born_after, list(sight.but)]
    if areas is None:
        return seen, values
    pairs = [bounds_of(code) for code in areas]
    text = " OR ".join(f"{TABLE}.area_code BETWEEN %s AND %s" for _pair in pairs) or "FALSE"
    return f"({text}) AND {seen}", [*(end for pair in pairs for end in pair), *values]


def county_names(codes):
    """Six digits -> the name of the county, or the code where nobody knows it."""
    codes = set(codes)
    rows = Area.objects.filter(code__in=[f"{code}000000" for code in codes]).values_list("code", "name")
    return {code: code for code in codes} | {code[:6]: name for code, name in rows}


def area_names(codes):
    """Twelve digits -> the name of the place, behind that of its county; the code where nobody knows it."""
    codes = set(codes)
    names = dict(Area.objects.filter(code__in=codes).values_list("code", "name"))
    counties = county_names(code[:6] for code in codes)
    return {code: " ".join(dict.fromkeys([counties[code[:6]], names.get(code, code)])) for code in codes}


def stored_counts(staff, programs):
    """program id -> (eligible, could be), as counted last night within the person's reach; {} where that is finer
    than a county. Exact only for those who may know of everybody counted."""
    areas = reach(staff)
    rows = ProgramFit.objects.filter(program__in=programs)
    if areas is not None:
        if not areas or DIGITS[level_of(areas[0])] > 6:
            return {}
        rows = rows.filter(county__startswith=areas[0][: DIGITS[level_of(areas[0])]])
    rows = rows.values("program").annotate(eligible=Sum("eligible"), could_be=Sum("could_be"))
    hides = is_outsider(staff) or bool(sight_of(staff))
    return {
        row["program"]: tuple(
            shown(row[name], f"{row['program']} {name}", to_outsider=hides) for name in ("eligible", "could_be")
        )
        for row in rows
    }


# -- the list ---------------------------------------------------------------------------------------------------------
def fitting(program, areas, on, *, could_be=False, sight=EVERYBODY):
    """The sheets that fit, or those that could while something is not known; in the order of ("area_code", "key")."""
    asked = met(program, on)
    within = Q(pk__in=[]) if areas == [] else Q()
    for code in areas or ():
        within |= Q(area_code__range=bounds_of(code))
    if sight:
        within &= Q(birth_date__lte=sight.born_after) | Q(birth_date=None) | Q(pk__in=sight.but)
    sheets = FactSheet.objects.filter(within)
    answer = RawSQL(asked.text, asked.parameters, output_field=BooleanField(null=True))  # noqa: S611 - names are columns, values are parameters
    sheets = sheets.alias(met=answer)
    return sheets.filter(met__isnull=True) if could_be else sheets.filter(Q(met=True))


def unknown_facts(sheet, program, on, words=None, state=None):
    """The facts to ask for next, as the interpreter names them."""
    words = words or vocabulary()
    facts = (program_state(program, on) if state is None else state) | fact_table.facts_of(sheet, on, words)
    return [words[name] for name in judge(facts, program, words).unknown]


def met_but_for_grants(sheets, program, on):
    """Of sheets that could fit, the keys of those who meet the conditions, and only earlier grants are not known."""
    words, state = vocabulary(), program_state(program, on)
    for sheet in sheets:
        if judge(state | fact_table.facts_of(sheet, on, words), program, words).answer.met:
            yield sheet.key


# -- whose sheet it is ------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Shown:
    """How a sheet is shown to somebody who may know whose it is; what was done about it, and where to say so."""

    label: str
    url: str = ""
    about: str = ""
    done: str = ""
    do_url: str = ""


@dataclass
class _Registry:
    display: Callable | None = field(default=None)
    sight: Callable | None = field(default=None)
    worked_off: Callable | None = field(default=None)


_registry = _Registry()


def register(display, sight, worked_off):
    """display(staff, keys, program) -> {key: Shown} for those keys whose people this person of staff may see;
    sight(staff) -> Sight; worked_off(staff, program) -> keys of those somebody has dealt with for this program."""
    _registry.display, _registry.sight, _registry.worked_off = display, sight, worked_off


def display(staff, keys, program=None):
    return _registry.display(staff, list(keys), program) if _registry.display else {}


def worked_off(staff, program):
    return [] if is_outsider(staff) or _registry.worked_off is None else list(_registry.worked_off(staff, program))


def sight_of(staff):
    """For lists and exact counts. Outsiders get neither: theirs are rounded and hold everybody."""
    return EVERYBODY if is_outsider(staff) or _registry.sight is None else _registry.sight(staff)
