"""What every page shows around its own matter: navigation by role, unread count, banners."""

from django.conf import settings

from portal.navigation import menu_for


def frame(request):
    user = getattr(request, "user", None)
    is_signed_in = bool(user and user.is_authenticated)
    return {
        "product_name": settings.PRODUCT_NAME,
        "is_demo": settings.DEMO,
        "menu": menu_for(user, request.path) if is_signed_in else [],
    }
