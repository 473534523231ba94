"""Which language a request is answered in, and a page where Django would answer with nothing."""

from django.conf import settings
from django.utils import translation

from portal import errors

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
