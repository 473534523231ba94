"""Which language a request is answered in, and a page where Django would answer with nothing."""

import logging

from django.conf import settings
from django.db import DataError
from django.utils import translation

from portal import errors

logger = logging.getLogger("portal.refused")
_OFFERED = {code for code, _name in settings.LANGUAGES}


def language(get_response):
    """The person's own choice; before signing in, the cookie's; only the API listens to Accept-Language.

    Django's LocaleMiddleware would show English to every officer whose browser came in English.
    """

    def middleware(request):
        with translation.override(chosen_by(request)):
            request.LANGUAGE_CODE = translation.get_language()
            response = get_response(request)
        response.headers.setdefault("Content-Language", request.LANGUAGE_CODE)
        return response

    return middleware


def chosen_by(request):
    if request.path.startswith("/api/"):
        return translation.get_language_from_request(request)
    asked = (
        request.user.language if request.user.is_authenticated else request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME)
    )
    return asked if asked in _OFFERED else settings.LANGUAGE_CODE


def words_for_not_allowed(get_response):
    """Django answers 405 without a body, which browsers show as an error of their own."""

    def middleware(request):
        response = get_response(request)
        if response.status_code != 405 or response.content or request.path.startswith("/api/"):
            return response
        page = errors.not_allowed(request)
        page.headers["Allow"] = response.headers.get("Allow", "")
        return page

    return middleware


class Unreadable:
    """Where something of an address or a form came as far as the database, and is nothing that a column can hold (a NUL
    in a code, a number beyond every number): the request was wrong, and nothing broke."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_exception(self, request, exception):
        if not isinstance(exception, DataError):
            return None
        logger.warning("%s %s: %s", request.method, request.path, type(exception.__cause__ or exception).__name__)
        return errors.bad_request(request)
