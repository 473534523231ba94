"""What help exists: pure tables, one module per noun."""

from .programs import Program, ProgramVersion

__all__ = ["Program", "ProgramVersion"]
