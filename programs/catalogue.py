"""The catalogue as it ships: the twelve programs of the annex, from data/catalogue.json."""

import json
from decimal import Decimal
from functools import cache

from programs.facts import DATA, VOCABULARY
from programs.reading import WrongProgram, read_program

PATH = DATA / "catalogue.json"


def written():
    """The catalogue as data; sums are decimals from the first character on."""
    return json.loads(PATH.read_text(encoding="utf-8"), parse_float=Decimal)


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
