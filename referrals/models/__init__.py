"""Casework: pure tables, one module per noun."""

from .aid import AidLine, AidPaper
from .aid_returns import AidReturn
from .batches import Batch, BatchDraw, BatchRow, BatchUnit, DrawnCheck
from .checks import CheckContact, EconomicCheck
from .consents import Consent, ConsentNaming, ConsentRecipient, ConsentWithdrawal
from .disclosures import DisclosureLog, Provision
from .documents import Document
from .exchange import ExchangePartner, ExchangeRun
from .facts import PersonFact
from .follow_ups import FollowUp, FollowUpPurpose
from .government_aid import GovernmentAid
from .guests import GuestAccess
from .imports import HeadingMemory, ImportRow, PeopleImport
from .incidents import Incident
from .instalments import AidInstalment
from .leads import Lead, LeadPhoto
from .mergers import PersonDistinction, PersonMerger
from .minors import MinorAccessApproval
from .needs import Need, NeedStep
from .notes import CaseFile, CaseNote, CaseNoteReading
from .notices import BatchNotice, NoticeObjection
from .pairings import Pairing, PairingVisit
from .people import Guardianship, Household, Person, PersonCategory, PersonChange
from .postings import Claim, Posting
from .referral_access import ReferralAccess
from .referrals import (
    CaseSettings,
    NeedOutcome,
    OutcomeReport,
    Referral,
    ReferralApproval,
    ReferralManifest,
    ReferralQuestion,
    ReferralStep,
)
from .review_draws import ReviewerDraw, ReviewerTurn
from .safeguards import DataAgreement, ImpactAssessment
from .saved_lists import SavedList
from .screening import ScreeningReview, Unaided
from .shares import ReferralGrant, ReferralShare
from .stations import BatchPaper, BatchStation, RowSignature
from .subject_requests import PurgeOrder, Retention, SubjectRequest
from .telling_duties import TellingDuty
from .timeline import TimelineEntry
from .urgent import UrgentLane
from .visits import Visit, VisitPhoto, VisitRound
from .wordings import ConsentWording

__all__ = [
    "Claim",
    "Pairing",
    "PairingVisit",
    "Posting",
    "CaseFile",
    "CaseNote",
    "CaseNoteReading",
    "AidInstalment",
    "ReviewerDraw",
    "ReviewerTurn",
    "AidLine",
    "AidPaper",
    "AidReturn",
    "Batch",
    "BatchDraw",
    "BatchNotice",
    "BatchPaper",
    "BatchStation",
    "RowSignature",
    "BatchRow",
    "BatchUnit",
    "DrawnCheck",
    "NoticeObjection",
    "CaseSettings",
    "NeedOutcome",
    "OutcomeReport",
    "Referral",
    "ReferralAccess",
    "ReferralApproval",
    "ReferralManifest",
    "ReferralGrant",
    "ReferralQuestion",
    "ReferralShare",
    "ReferralStep",
    "CheckContact",
    "EconomicCheck",
    "ScreeningReview",
    "Unaided",
    "Consent",
    "ConsentNaming",
    "ConsentRecipient",
    "ConsentWithdrawal",
    "ConsentWording",
    "DataAgreement",
    "DisclosureLog",
    "Document",
    "ExchangePartner",
    "ExchangeRun",
    "FollowUp",
    "FollowUpPurpose",
    "GovernmentAid",
    "GuestAccess",
    "Guardianship",
    "HeadingMemory",
    "Household",
    "ImpactAssessment",
    "Lead",
    "LeadPhoto",
    "Incident",
    "ImportRow",
    "MinorAccessApproval",
    "Need",
    "NeedStep",
    "PeopleImport",
    "Person",
    "PersonCategory",
    "PersonChange",
    "PersonDistinction",
    "PersonFact",
    "PersonMerger",
    "Provision",
    "PurgeOrder",
    "Retention",
    "SavedList",
    "SubjectRequest",
    "TellingDuty",
    "TimelineEntry",
    "UrgentLane",
    "Visit",
    "VisitPhoto",
    "VisitRound",
]
