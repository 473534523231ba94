"""Names for area codes: a vocabulary that can say 鸡冠区 where a fact holds 230302, and what to choose from."""

from functools import lru_cache

from django.db.models import Q

from members.models import Area
from programs.interview import ABROAD, ELSEWHERE
from programs.rules import tests_of

COUNTY = 6  # digits of a code that name a county
WORDS = {ELSEWHERE: ("别的地方", "elsewhere"), ABROAD: ("外国", "another country")}


def with_places(vocabulary, programs):
    """The vocabulary with the counties that these programs tell apart; one query."""
    facts, begins = _asked(tuple(programs))
    if not facts:
        return vocabulary
    counties = _counties(begins)
    return _named(vocabulary, facts, counties)


def choices(vocabulary, name):
    """(code, county) for the lists of places, without the place elsewhere."""
    return [(code, vocabulary[name].label_of(code)) for code in vocabulary[name].choices if code != ELSEWHERE]


@lru_cache(maxsize=64)
def _asked(programs):
    """(facts that hold an area, beginnings of the codes that are tested)."""
    facts, begins = {"hukou_code", "residence_code"}, set()
    for program in programs:
        for test in tests_of(program.gate):
            if test.fact.endswith("_code") and isinstance(test.value, str | frozenset):
                begins |= test.value if isinstance(test.value, frozenset) else {test.value}
                facts.add(test.fact)
    return tuple(sorted(facts)), tuple(sorted(begins))


def _counties(begins):
    """Every county whose code begins so; a code that no register knows stands for itself."""
    cities = tuple(dict.fromkeys(start[:4] for start in begins))
    near = Q()
    for start in cities:
        near |= Q(code__startswith=start)
    rows = Area.objects.current().filter(near, level="county").order_by("code").values_list("code", "name")
    found = {code[:COUNTY]: name for code, name in rows} if cities else {}
    found |= {code: code for code in begins if len(code) == COUNTY and code not in found}
    return tuple(sorted(found.items()))


@lru_cache(maxsize=64)
def _named(vocabulary, facts, counties):
    pairs = {code: (name, "") for code, name in counties} | {ELSEWHERE: WORDS[ELSEWHERE]}
    for name in facts:
        if vocabulary[name].type == "area":
            vocabulary = vocabulary.with_choices(name, pairs)
    return vocabulary.with_choices("nationality", {ABROAD: WORDS[ABROAD]})
