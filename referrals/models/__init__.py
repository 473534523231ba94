"""Casework: pure tables, one module per noun."""

from .facts import PersonFact
from .government_aid import GovernmentAid
from .people import Guardianship, Household, Person, PersonCategory, PersonChange
from .timeline import TimelineEntry

__all__ = [
    "GovernmentAid",
    "Guardianship",
    "Household",
    "Person",
    "PersonCategory",
    "PersonChange",
    "PersonFact",
    "TimelineEntry",
]
