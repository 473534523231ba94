"""The vocabulary of records on a day of its own: what ships, and what places have added to the catalogue's."""

from django.utils.translation import gettext_lazy as _

from programs import catalogue
from programs.facts import VOCABULARY as OF_PROGRAMS
from programs.facts import Vocabulary
from programs.models import LocalFact
from referrals.facts import GROUPS, VOCABULARY

LOCAL = "local"
_joined = {}


def vocabulary():
    """The facts of records with those of places; the same object as long as the catalogue's is."""
    words = catalogue.vocabulary()
    if words is OF_PROGRAMS:
        return VOCABULARY
    if words not in _joined:
        _joined.clear()
        added = [fact for name, fact in words.items() if name not in VOCABULARY]
        _joined[words] = Vocabulary([*VOCABULARY.values(), *added])
    return _joined[words]


def groups(known=()):
    """The pages on which facts are asked; with one for local facts where there are some. A retired one is asked no
    longer, but shown to whoever has it."""
    standing = LocalFact.objects.filter(retired_at=None).values_list("name", flat=True)
    names = sorted({*standing, *(name for name in known if name not in VOCABULARY)} - set(VOCABULARY))
    return GROUPS | {LOCAL: (_("本地情况"), tuple(names))} if names else GROUPS
