"""The catalogue: as it ships (the twelve programs of the annex, data/catalogue.json) and as it is in force on a day.

shipped() and units() need no database. current() asks it which versions hold on a day and reads each of them once in
the life of the process: a released version never changes.
"""

import json
from decimal import Decimal
from functools import cache

from django.utils import timezone

from programs.facts import DATA, VOCABULARY
from programs.models import LocalFact, ProgramVersion
from programs.reading import WrongProgram, read_program

PATH = DATA / "catalogue.json"
SAMPLES = DATA / "samples.json"
MOST_KEPT = 20_000
_vocabularies = {(): VOCABULARY}
_read = {}
_catalogues = {}


def written():
    """The catalogue as data; sums are decimals from the first character on."""
    return json.loads(PATH.read_text(encoding="utf-8"), parse_float=Decimal)


@cache
def samples():
    """Sample people for the shipped programs, with what must come out: {code: [{facts, eligible, amount}]}."""
    return json.loads(SAMPLES.read_text(encoding="utf-8"), parse_float=Decimal)


def read_catalogue(data, vocabulary=VOCABULARY):
    """Every program of a catalogue; the faults of all of them together, each under its program's code."""
    programs, faults = [], []
    for entry in data["programs"]:
        try:
            programs.append(read_program(entry, vocabulary))
        except WrongProgram as wrong:
            code = entry.get("code", "?") if isinstance(entry, dict) else "?"
            faults += [fault._replace(place=f"{code}.{fault.place}") for fault in wrong.faults]
    if faults:
        raise WrongProgram(faults)
    return programs


@cache
def shipped():
    """All programs with their containers, in the order of the annex."""
    return tuple(read_catalogue(written()))


@cache
def units():
    """The programs somebody can apply for."""
    return tuple(program for program in shipped() if not program.is_container)


# -- In force ---------------------------------------------------------------------------------------------------------
def vocabulary():
    """The shipped facts and those that places have added. The same object as long as nothing changed."""
    rows = tuple(LocalFact.objects.order_by("name").values_list("name", "version"))
    if rows not in _vocabularies:
        added = [fact.definition for fact in LocalFact.objects.order_by("name")]
        forget()
        _vocabularies[rows] = VOCABULARY.extended(added)
    return _vocabularies[rows]


def current(on=None):
    """Every program in force on a day, containers too, in the printed order; the same tuple while nothing changes."""
    versions = ProgramVersion.objects.holding_on(on or timezone.localdate()).in_print()
    return _catalogue(versions, vocabulary())


def current_units(on=None):
    """Those of them somebody can apply for."""
    return tuple(program for program in current(on) if not program.is_container)


def parsed(version, vocabulary):
    """The program that this version says, read once."""
    return _parsed(version.pk, version.checksum, lambda: version.definition, vocabulary)


def _catalogue(versions, vocabulary):
    """Two queries at most: which versions, and the text of those that were not read yet."""
    keys = tuple(versions.values_list("pk", "checksum"))
    found = (keys, id(vocabulary))
    if found not in _catalogues:
        new = [pk for pk, checksum in keys if (pk, checksum, id(vocabulary)) not in _read]
        texts = dict(ProgramVersion.objects.filter(pk__in=new).values_list("pk", "definition"))
        programs = tuple(_parsed(pk, checksum, lambda pk=pk: texts[pk], vocabulary) for pk, checksum in keys)
        if len(_catalogues) >= 64:
            _catalogues.clear()
        _catalogues[found] = programs
    return _catalogues[found]


def _parsed(pk, checksum, definition, vocabulary):
    key = (pk, checksum, id(vocabulary))
    if key not in _read:
        if len(_read) >= MOST_KEPT:
            _read.clear()
        _read[key] = read_program(definition(), vocabulary)
    return _read[key]


def forget():
    """What was read; a vocabulary that grew reads everything again."""
    _vocabularies.clear()
    _vocabularies[()] = VOCABULARY
    _read.clear()
    _catalogues.clear()
