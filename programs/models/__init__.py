"""What help exists: pure tables, one module per noun."""

from .activities import Activity, ActivityRequest
from .fact_sheets import FactPlane, FactShare, FactSheet, FactSheetChange, ProgramFit
from .fund_budgets import BudgetSource, WorkBudget
from .fund_imports import FundImport
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
from .offers import Offer, OfferTaking, Wish
from .programs import IN_FORCE, Program, ProgramVersion
from .rounds import Round
from .samples import ProgramSample

__all__ = [
    "Activity",
    "ActivityRequest",
    "BudgetSource",
    "Channel",
    "DONATED",
    "Donation",
    "EmergencyCause",
    "EmergencyGap",
    "FactPlane",
    "FactShare",
    "FactSheet",
    "FactSheetChange",
    "FounderKind",
    "Fund",
    "FundCommitment",
    "FundCommitmentPart",
    "FundImport",
    "FundKind",
    "FundLine",
    "FundOrder",
    "FundPot",
    "FundRules",
    "IN_FORCE",
    "LineKind",
    "LocalFact",
    "Naming",
    "Offer",
    "OfferTaking",
    "PUBLIC_MONEY",
    "Program",
    "ProgramFit",
    "ProgramGrant",
    "ProgramImport",
    "ProgramSample",
    "ProgramVersion",
    "Recipient",
    "Round",
    "WorkBudget",
    "TWO_PEOPLE",
    "Wish",
    "ZERO",
]
