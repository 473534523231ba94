"""Casework: pure tables, one module per noun."""

from .people import Guardianship, Household, Person, PersonChange

__all__ = [
    "Guardianship",
    "Household",
    "Person",
    "PersonChange",
]
