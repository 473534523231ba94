"""The word of a choice, looked up in a dictionary that is made once for each field.

Django makes that dictionary anew, and with it hashes and translates every label of the field, each time a page asks
for `get_…_display`: a third of the time of a long list. `install()` has to run before any model is defined.
"""

from django.db.models import Model
from django.utils.encoding import force_str

_as_django_does = Model._get_FIELD_display
# field -> (its choices, {value: label})
_words = {}


def install():
    Model._get_FIELD_display = word_of


def word_of(instance, field):
    value = getattr(instance, field.attname)
    # Choices that are asked of a function may be others the next time; a list as a value cannot be looked up.
    if not isinstance(field.choices, list) or isinstance(value, list):
        return _as_django_does(instance, field)
    kept = _words.get(field)
    if kept is None or kept[0] is not field.choices:
        kept = _words[field] = (field.choices, dict(field.flatchoices))
    return force_str(kept[1].get(value, value), strings_only=True)
