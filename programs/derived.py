"""Facts that are reckoned from others: ages, and what a program has granted before.

Ages depend on the program's convention, earlier grants on the program itself, so both are reckoned for a person and
a program. What cannot be reckoned stays not known.
"""

from datetime import timedelta
from decimal import Decimal

CONVENTIONS = ("completed_years", "day_after_birthday", "until_birthday")
NO_MONEY = Decimal(0)


def completed_years(born, day):
    """Whole years lived. Who was born on 29 February is a year older on 1 March where there is no 29 February."""
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def age_on(born, day, convention="completed_years"):
    """The age that counts on that day.

    day_after_birthday: a year counts from the day after the birthday, so "0 to 18" still holds on the 19th birthday.
    until_birthday: a year is used up with the birthday, so "0 to 18" ends with the 18th birthday itself.
    """
    if convention == "completed_years":
        return max(completed_years(born, day), 0)
    counted = completed_years(born, day - timedelta(days=1))
    return max(counted + (convention == "until_birthday"), 0)


def age_years(facts, program, convention):
    born, day = facts.get("birth_date"), facts.get("as_of")
    return age_on(born, day, convention) if born and day else facts.get("age_years")


def grants_of(facts, program):
    """Earlier grants of that program; None while nobody has looked."""
    grants = facts.get("prior_grants")
    return None if grants is None else [grant for grant in grants if grant.program == program]


def age_at_first_grant(facts, program, convention):
    grants, born = grants_of(facts, program), facts.get("birth_date")
    if not grants or not born or any(grant.day is None for grant in grants):
        return None
    return age_on(born, min(grant.day for grant in grants), convention)


def prior_count(facts, program, convention):
    grants = grants_of(facts, program)
    return None if grants is None else len(grants)


def prior_sum(facts, program, convention):
    grants = grants_of(facts, program)
    if grants is None or any(grant.amount is None for grant in grants):
        return None
    return sum((grant.amount for grant in grants), NO_MONEY)


def same(grants, held, wanted):
    """How many grants share a mark with today; not known where a mark that would count is missing."""
    if grants is None:
        return None
    if not grants:
        return 0
    marks = [held(grant) for grant in grants]
    return None if wanted is None or None in marks else marks.count(wanted)


def prior_same_year(facts, program, convention):
    day = facts.get("as_of")
    return same(grants_of(facts, program), lambda grant: grant.day and grant.day.year, day and day.year)


def prior_same_term(facts, program, convention):
    return same(grants_of(facts, program), lambda grant: grant.term, facts.get("term"))


def prior_same_campaign(facts, program, convention):
    return same(grants_of(facts, program), lambda grant: grant.campaign, facts.get("campaign"))


def hsct_after_prior_grant(facts, program, convention):
    """The transplant came after everything this program has granted so far."""
    grants, day = grants_of(facts, program), facts.get("hsct_date")
    if grants is None or any(grant.day is None for grant in grants):
        return None
    if not grants:
        return False
    return None if day is None else day > max(grant.day for grant in grants)


RECKONED = {
    "age_years": age_years,
    "age_at_first_grant": age_at_first_grant,
    "prior_count": prior_count,
    "prior_sum": prior_sum,
    "prior_same_year": prior_same_year,
    "prior_same_term": prior_same_term,
    "prior_same_campaign": prior_same_campaign,
    "hsct_after_prior_grant": hsct_after_prior_grant,
}


class View(dict):
    """One person's facts as one program sees them; derived facts are reckoned when first asked for."""

    __slots__ = ("convention", "program")

    def __init__(self, facts, program, convention):
        super().__init__(facts)
        self.program, self.convention = program, convention
        self.pop("age_years", None)
        if "age_years" in facts:
            self["age_years"] = age_years(facts, program, convention)

    def __missing__(self, name):
        reckon = RECKONED.get(name)
        value = self[name] = reckon(self, self.program, self.convention) if reckon else None
        return value
