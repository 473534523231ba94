"""What every page shows around its own matter: navigation by role, unread count, help, banners."""

from django.conf import settings

from portal.help import url_of
from portal.navigation import menu_for
from portal.search import hint_for
from portal.unread import unread_of


def frame(request):
    shown = {"product_name": settings.PRODUCT_NAME, "is_demo": settings.DEMO, "menu": []}
    user = getattr(request, "user", None)
    if not (user and user.is_authenticated):
        return shown
    return {
        **shown,
        "menu": menu_for(user, request.path),
        "unread": unread_of(user),
        "search_hint": hint_for(user),
        "help_url": url_of(request.resolver_match),
    }
