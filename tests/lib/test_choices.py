"""Words of choices come faster than Django finds them, and are the same."""

import pytest
from django.apps import apps
from django.db.models import Model
from django.utils.translation import override

from portal.lib import choices

FIELDS = [
    (model, field)
    for model in apps.get_models()
    for field in model._meta.local_fields
    if field.choices and hasattr(model, f"get_{field.name}_display")
]


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_choice_of_every_model_has_the_word_django_would_say(language):
    assert len(FIELDS) > 50
    with override(language):
        for model, field in FIELDS:
            for value in [*(value for value, _label in field.flatchoices), "of another age", None]:
                row = model(**{field.attname: value})
                word = getattr(row, f"get_{field.name}_display")()
                assert (word, type(word)) == (choices._as_django_does(row, field), type(word))


def test_it_is_what_pages_ask():
    assert Model._get_FIELD_display is choices.word_of
