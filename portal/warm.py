"""What the first request of a web process would make while somebody waits, made before it is open to requests."""

import logging

from django.conf import settings
from django.db import DatabaseError
from django.template.loader import get_template
from django.urls import reverse
from django.utils.translation import gettext, override

from programs import catalogue

logger = logging.getLogger(__name__)
PAGES = ("base.html", "account/login.html", "home.html")


def warm_up():
    """The modules of all pages, the words of both languages, the frame of the pages, the programs in force.

    A database that is away does not keep the process from starting: it answers as soon as there is one.
    """
    for language, _name in settings.LANGUAGES:
        with override(language):
            reverse("home")
            gettext("政慈衔接")
    for name in PAGES:
        get_template(name)
    try:
        catalogue.current_units()
    except DatabaseError:
        logger.warning("The programs in force could not be read at the start.", exc_info=True)
