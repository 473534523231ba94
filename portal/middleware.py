"""Which language a request is answered in."""

from django.conf import settings
from django.utils import translation

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
