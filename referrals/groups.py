"""Groups of people as questions to the database, for lists: the same groups that matching tells of one person."""

from django.db.models import Case, Exists, OuterRef, Q, SmallIntegerField, When
from django.utils import timezone

from referrals.kinds import (
    ADULT_AGE,
    ELDERLY_AGE,
    HARD,
    LOW_INCOME,
    ROLLS,
    SCHOOL_AGE,
    WORKING_AGE,
    Category,
    Gender,
    NeedForm,
    PersonFlag,
    SupportForm,
    years_before,
)
from referrals.models import Need, PersonCategory, PersonFact


def special(on=None):
    """特殊困难人员 (R28): of families with low income, and old without self-care, minors, disabled or seriously ill."""
    return _holds(LOW_INCOME, on) & (
        Q(flags__contains=[PersonFlag.NO_SELF_CARE], birth_date__lte=_born(ELDERLY_AGE, on))
        | Q(birth_date__gt=_born(ADULT_AGE, on))
        | Q(flags__contains=[PersonFlag.SERIOUSLY_ILL])
        | _holds([Category.DISABLED], on)
    )


def weak(on=None):
    """老弱病残 (R29): they come first when a referral is proposed."""
    return (
        Q(birth_date__lte=_born(ELDERLY_AGE, on))
        | Q(flags__overlap=[PersonFlag.FRAIL, PersonFlag.SERIOUSLY_ILL])
        | _holds([Category.DISABLED], on)
    )


def girls_in_difficulty(on=None):
    """困境女童 (R46), from primary age on: certified, or of a family that is in difficulty."""
    of_age = Q(birth_date__lte=_born(SCHOOL_AGE, on), birth_date__gt=_born(ADULT_AGE, on))
    derived = Q(gender=Gender.FEMALE) & of_age & (_holds(LOW_INCOME, on) | Q(level__in=HARD))
    return derived | _holds([Category.GIRL_IN_DIFFICULTY], on)


def on_rolls(on=None):
    """在册 (R37): a certified category holds."""
    return _holds(ROLLS, on)


def monitored(on=None):
    """监测对象 (R37): watched, and not on the rolls."""
    return _holds([Category.MONITORED], on) & ~on_rolls(on)


def housed(name, value):
    """By what is known of the dwelling (R44). Who is supported at home may be known by the category alone."""
    facts = PersonFact.objects.standing().filter(person=OuterRef("pk"), name=name)
    asked = Q(Exists(facts.filter(Q(value=value) | Q(value__contains=[value]))))
    if (name, value) == ("living_form", "dispersed"):
        held = PersonCategory.objects.current().filter(person=OuterRef("pk"), form=SupportForm.DISPERSED)
        asked |= Q(Exists(held))
    return asked


def fit_for_work(on=None):
    """Of working age and able to work, wholly or in part (R45)."""
    of_age = Q(birth_date__lte=_born(WORKING_AGE, on), birth_date__gt=_born(ELDERLY_AGE, on))
    return of_age & _known("can_work", value__in=["full", "partial"])


def seeking_work(on=None):
    """Fit for work, and without any."""
    return fit_for_work(on) & _known("work_state", value__in=["unemployed", "at_home"])


def wishing(wish, on=None):
    """Fit for work, with this wish: training, a public-welfare post."""
    return fit_for_work(on) & _known("work_wishes", value__contains=[wish])


def _known(name, **asked):
    return Q(Exists(PersonFact.objects.standing().filter(person=OuterRef("pk"), name=name, **asked)))


def needing(form):
    """An open need of this form: of material or of service."""
    return Q(Exists(Need.objects.open().filter(person=OuterRef("pk"), form=form)))


def with_turn(people):
    """`turn`: 0 for special people, 1 for the weak, 2 for all others; they head the list for help by service."""
    turn = Case(When(special(), then=0), When(weak(), then=1), default=2, output_field=SmallIntegerField())
    return people.annotate(turn=turn)


GROUPS = {"special": special, "weak": weak, "girl_in_difficulty": girls_in_difficulty}
ROLL_KINDS = {"rolls": on_rolls, "monitored": monitored, "neither": lambda: ~on_rolls() & ~_holds([Category.MONITORED])}
WORK = {"able": fit_for_work, "seeking": seeking_work}
SERVICE = NeedForm.SERVICE


def _holds(categories, on=None):
    held = PersonCategory.objects.current(on).filter(person=OuterRef("pk"), category__in=list(categories))
    return Q(Exists(held))


def _born(years, on):
    return years_before(years, on or timezone.localdate())
