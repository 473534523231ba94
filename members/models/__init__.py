"""Who: pure tables, one module per noun."""

from .areas import Area, AreaChange, AreaImport
from .audit import AuditEntry
from .jobs import Job
from .organizations import Organization
from .outbox import OutboxMessage
from .policies import PolicyDocument
from .staff import RoleAssignment, Staff

__all__ = [
    "Area",
    "AreaChange",
    "AreaImport",
    "AuditEntry",
    "Job",
    "Organization",
    "OutboxMessage",
    "PolicyDocument",
    "RoleAssignment",
    "Staff",
]
