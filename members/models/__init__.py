"""Who: pure tables, one module per noun."""

from .areas import Area, AreaChange, AreaImport
from .audit import AuditArchive, AuditEntry, AuditSeal
from .heartbeats import Heartbeat
from .invitations import Invitation
from .jobs import Job
from .organizations import Organization
from .outbox import OutboxMessage
from .policies import PolicyDocument
from .profiles import RegionalProfile
from .security import PasswordRecord, SecurityPolicy
from .staff import Deputy, RoleAssignment, Staff
from .tokens import ApiToken, IdempotentAnswer

__all__ = [
    "ApiToken",
    "Area",
    "AreaChange",
    "AreaImport",
    "AuditArchive",
    "AuditEntry",
    "AuditSeal",
    "Deputy",
    "Heartbeat",
    "IdempotentAnswer",
    "Invitation",
    "Job",
    "Organization",
    "OutboxMessage",
    "PasswordRecord",
    "PolicyDocument",
    "RegionalProfile",
    "RoleAssignment",
    "SecurityPolicy",
    "Staff",
]
