"""What help exists: pure tables, one module per noun."""

from .fact_sheets import FactSheet
from .grants import ProgramGrant
from .imports import ProgramImport
from .local_facts import LocalFact
from .programs import IN_FORCE, Program, ProgramVersion
from .rounds import Round

__all__ = ["IN_FORCE", "FactSheet", "LocalFact", "Program", "ProgramGrant", "ProgramImport", "ProgramVersion", "Round"]
