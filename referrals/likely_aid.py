"""Government aid that somebody looks eligible for and never applied for: said before charity is asked (应救尽救).

Pure, and a hint only: what the record shows points to a scheme; whether it is due the bureau decides. Whatever was
recorded of a scheme, a refusal too, ends the hint.
"""

from referrals.kinds import HARD, LOW_INCOME, Category, HardshipCause, HardshipLevel, Scheme

_EMERGENCIES = {HardshipCause.MAJOR_DISASTER, HardshipCause.SUDDEN_ACCIDENT, HardshipCause.ACCIDENTAL_INJURY}
_ON_ALLOWANCE = {Category.DIBAO, Category.TEKUN, Category.ORPHAN, Category.DE_FACTO_UNATTENDED}


def likely_schemes(person, categories, recorded):
    """Schemes, in the order of the list, that the causes, the level and the categories point to."""
    if person.died_on:
        return []
    recorded, categories, causes = set(recorded), set(categories), set(person.causes)
    return [scheme for scheme in Scheme if scheme not in recorded and _points_to(scheme, person, categories, causes)]


def _points_to(scheme, person, categories, causes):
    is_poor, is_hard = bool(LOW_INCOME & categories), person.level in HARD
    match scheme:
        case Scheme.DIBAO:
            return person.level == HardshipLevel.SEVERE and not _ON_ALLOWANCE & categories
        case Scheme.TEMP_RELIEF:
            return is_hard and bool(_EMERGENCIES & causes) and Category.TEMP_RELIEF_1Y not in categories
        case Scheme.MEDICAL:
            return HardshipCause.MAJOR_ILLNESS in causes and (is_poor or is_hard)
        case Scheme.EDUCATION:
            return HardshipCause.SCHOOLING in causes and is_poor
        case Scheme.DISASTER:
            return HardshipCause.MAJOR_DISASTER in causes
        case Scheme.ORPHAN:
            return bool({Category.ORPHAN, Category.DE_FACTO_UNATTENDED} & categories)
        case Scheme.DISABILITY:
            return Category.DISABLED in categories and is_poor
    return False
