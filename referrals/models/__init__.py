"""Casework: pure tables, one module per noun."""

from .consents import Consent, ConsentNaming, ConsentRecipient, ConsentWithdrawal
from .disclosures import DisclosureLog, Provision
from .facts import PersonFact
from .government_aid import GovernmentAid
from .leads import Lead, LeadPhoto
from .mergers import PersonDistinction, PersonMerger
from .minors import MinorAccessApproval
from .people import Guardianship, Household, Person, PersonCategory, PersonChange
from .safeguards import DataAgreement, ImpactAssessment
from .timeline import TimelineEntry
from .wordings import ConsentWording

__all__ = [
    "Consent",
    "ConsentNaming",
    "ConsentRecipient",
    "ConsentWithdrawal",
    "ConsentWording",
    "DataAgreement",
    "DisclosureLog",
    "GovernmentAid",
    "Guardianship",
    "Household",
    "ImpactAssessment",
    "Lead",
    "LeadPhoto",
    "MinorAccessApproval",
    "Person",
    "PersonCategory",
    "PersonChange",
    "PersonDistinction",
    "PersonFact",
    "Provision",
    "PersonMerger",
    "TimelineEntry",
]
