"""Who: pure tables, one module per noun."""

from .agreements import Agreement
from .areas import Area, AreaChange, AreaImport
from .audit import AuditArchive, AuditEntry, AuditSeal
from .calendar import WorkDay
from .grants import OrganizationGrant
from .heartbeats import Heartbeat
from .invitations import Invitation
from .jobs import Job
from .joint_bodies import JointBody, Seat
from .organizations import (
    ContactPost,
    Organization,
    OrganizationChange,
    OrganizationRelation,
    OrganizationStateChange,
)
from .outbox import OutboxMessage
from .policies import PolicyDocument
from .profiles import (
    RegionalProfile,
)
from .prospects import (
    Prospect,
)
from .relations import DeclaredRelation, RelationStatement
from .security import PasswordRecord, SecurityPolicy
from .staff import Deputy, RoleAssignment, Staff
from .tokens import ApiToken, IdempotentAnswer
from .webhooks import Webhook, WebhookDelivery

__all__ = [
    "ApiToken",
    "Agreement",
    "Area",
    "AreaChange",
    "AreaImport",
    "AuditArchive",
    "AuditEntry",
    "AuditSeal",
    "ContactPost",
    "DeclaredRelation",
    "Deputy",
    "Heartbeat",
    "IdempotentAnswer",
    "Invitation",
    "Job",
    "JointBody",
    "Organization",
    "OrganizationChange",
    "OrganizationGrant",
    "OrganizationRelation",
    "OrganizationStateChange",
    "OutboxMessage",
    "PasswordRecord",
    "PolicyDocument",
    "RegionalProfile",
    "Prospect",
    "RelationStatement",
    "RoleAssignment",
    "Seat",
    "SecurityPolicy",
    "Staff",
    "Webhook",
    "WebhookDelivery",
    "WorkDay",
]
