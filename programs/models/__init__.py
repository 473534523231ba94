"""What help exists: pure tables, one module per noun."""

from .fact_sheets import FactSheet
from .fund_ledger import (
    DONATED,
    TWO_PEOPLE,
    Channel,
    Donation,
    FundCommitment,
    FundCommitmentPart,
    FundLine,
    FundOrder,
    FundPot,
    LineKind,
)
from .funds import (
    PUBLIC_MONEY,
    ZERO,
    EmergencyCause,
    EmergencyGap,
    FounderKind,
    Fund,
    FundKind,
    FundRules,
    Naming,
    Recipient,
)
from .grants import ProgramGrant
from .imports import ProgramImport
from .local_facts import LocalFact
from .programs import IN_FORCE, Program, ProgramVersion
from .rounds import Round

__all__ = [
    "DONATED",
    "IN_FORCE",
    "PUBLIC_MONEY",
    "TWO_PEOPLE",
    "ZERO",
    "Channel",
    "Donation",
    "EmergencyCause",
    "EmergencyGap",
    "FactSheet",
    "FounderKind",
    "Fund",
    "FundCommitment",
    "FundCommitmentPart",
    "FundKind",
    "FundLine",
    "FundOrder",
    "FundPot",
    "FundRules",
    "LineKind",
    "LocalFact",
    "Naming",
    "Program",
    "ProgramGrant",
    "ProgramImport",
    "ProgramVersion",
    "Recipient",
    "Round",
]
