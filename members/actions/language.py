"""The language a person works in."""

from django.db import transaction

from members import audit


@transaction.atomic
def choose_language(actor, language):
    """Remembered with the account, so that another computer speaks it, too."""
    if actor.language == language:
        return actor
    before, actor.language = actor.language, language
    actor.save(update_fields=["language"])
    audit.record(actor, "language.choose", actor, changes={"language": [before, language]})
    return actor
