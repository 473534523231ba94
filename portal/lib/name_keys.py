"""What a name can be found by: one, two or three of its characters anywhere in it, its initials, its Latin words.

The database takes nothing out of two Chinese characters by itself, so the keys are made here and compared whole: one
array column with a GIN index answers every search, and its statistics tell the planner which characters are common.
"""

import re
import unicodedata

from portal.lib.pinyin import initial_variants, split_name

LONGEST = 60
LONGEST_GRAM = 3
LONGEST_PREFIX = 8
_HAN = re.compile(r"[\u3007\u3400-\u9fff\U00020000-\U0003ffff]")
_LATIN = re.compile(r"[a-z]+")


def plain(text: str) -> str:
    """One spelling: no width, no case, no spaces, no dots."""
    return re.sub(r"[\s·•・.．‧]+", "", unicodedata.normalize("NFKC", text)).casefold()


def keys_of(name: str) -> list[str]:
    """Every key of a name, sorted."""
    name = name[:LONGEST]
    keys = set()
    han = "".join(_HAN.findall(plain(name)))
    for length in range(1, LONGEST_GRAM + 1):
        keys.update(han[start : start + length] for start in range(len(han) - length + 1))
    if han:
        keys.update(_prefixes_of_initials(han))
    for word in _LATIN.findall(unicodedata.normalize("NFKC", name).casefold()):
        keys.update(_prefixes(word))
    return sorted(keys)


def keys_for(text: str) -> list[str]:
    """The keys a search asks for, all of them at once; none when the text can be no name."""
    words = plain(text[:LONGEST])
    han = "".join(_HAN.findall(words))
    if han:
        length = min(len(han), LONGEST_GRAM)
        return sorted({han[start : start + length] for start in range(len(han) - length + 1)})
    if len(words) > 1 and _LATIN.fullmatch(words):
        latin = _LATIN.findall(unicodedata.normalize("NFKC", text).casefold())
        return sorted({word[:LONGEST_PREFIX] for word in latin if len(word) > 1})
    return []


def _prefixes_of_initials(han):
    """wxm is found by wx, wxm and xm: people type the whole name or the given one."""
    surname, given = split_name(han)
    for variant in initial_variants(han):
        yield from _prefixes(variant)
        if surname and len(given) > 1:
            yield from _prefixes(variant[len(surname) :])


def _prefixes(word):
    return (word[:length] for length in range(2, min(len(word), LONGEST_PREFIX) + 1))
