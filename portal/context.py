"""What every page shows around its own matter: navigation by role, unread count, help, banners."""

from functools import partial

from django.conf import settings

from portal.help import url_of
from portal.rail import rail_of
from portal.search import hint_for
from portal.unread import unread_of


def frame(request):
    shown = {"product_name": settings.PRODUCT_NAME, "is_demo": settings.DEMO}
    user = getattr(request, "user", None)
    if not (user and user.is_authenticated):
        return shown
    return {
        **shown,
        # Asked for by whole pages only: a fragment has no menu.
        "rail": partial(rail_of, user, request.path),
        "unread": unread_of(user),
        "search_hint": hint_for(user),
        "help_url": url_of(request.resolver_match),
    }
