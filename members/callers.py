"""Who calls the API, and whether the view is for them.

Django's LoginRequiredMiddleware is switched off for API views by REST framework; here stands what takes its place: a
view that names no permission lets nobody in. (Apart from members.rest, because REST framework loads this while it is
still loading its own views.)
"""

from dataclasses import replace

from django.utils.translation import gettext as _
from rest_framework import exceptions
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.permissions import BasePermission

from members.access import without_grants
from members.audit import origin_of_request
from members.tokens import token_of
from portal.lib import api

# What every token may do, whatever else it was given.
ALWAYS = ("api.view",)


class TokenAuthentication(BaseAuthentication):
    """Authorization: Bearer zc_<code>_<secret>."""

    def authenticate_header(self, request):
        return 'Bearer realm="portal"'

    def authenticate(self, request):
        parts = get_authorization_header(request).split()
        if not parts or parts[0].lower() != b"bearer":
            return None
        token = token_of(parts[1].decode("latin-1")) if len(parts) == 2 else None
        if token is None:
            if wait := api.count(f"bad-token:{request.META.get('REMOTE_ADDR')}", "30/60"):
                raise exceptions.Throttled(wait)
            raise api.Problem("token_invalid", _("令牌无效、已过期或已撤销。"))
        staff = token.staff
        given = {*token.scopes, *ALWAYS}
        staff.permissions = {name: reach for name, reach in staff.permissions.items() if name in given}
        without_grants(staff)
        origin_of_request.set(replace(origin_of_request.get(), session=f"token:{token.code}"[:16]))
        return staff, token


class NamedPermission(BasePermission):
    """Closed unless the view names a permission that the caller holds. Where exactly, the view asks `may()`."""

    def has_permission(self, request, view):
        named = (
            view.permission_for(request.method)
            if hasattr(view, "permission_for")
            else getattr(view, "permission", None)
        )
        if named == "public":
            return True
        if not (request.user and request.user.is_authenticated):
            return False
        if not hasattr(view, request.method.lower()):
            return True  # and 405 is the answer
        return named is not None and named in request.user.permissions
