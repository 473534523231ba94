"""What every request carries along (where it came from, for the audit) and what it must have behind it."""

import time

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRedirect

from members import audit, profiles
from members.audit import Origin, origin_of_request
from members.sign_in import SECOND_FACTORS
from portal.lib import row_security
from portal.lib.api import problem_page

# The clock of a session is written at most this often: reading pages should not cost a write each.
WRITE_EVERY = 60
# Where a person may go who still has to change the password or to set up the second factor.
ALWAYS_OPEN = ("/accounts/", "/static/", "/healthz", "/readyz", "/language")


def origin(get_response):
    def middleware(request):
        token = origin_of_request.set(Origin.of(request))
        try:
            with profiles.remembering():
                return get_response(request)
        finally:
            origin_of_request.reset(token)

    return middleware


def own_rows(get_response):
    """What the database shows this request: the rows of the person's own unit, also where a scope was forgotten. Asked
    when a row is read, so that whoever comes with a token is known by then."""

    def middleware(request):
        with row_security.reading_for(lambda: getattr(request.user, "organization_id", None)):
            return get_response(request)

    return middleware


class Refusals:
    """Whoever was not let through leaves a line: which permission was lacking, on which page, about what."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_exception(self, request, exception):
        if isinstance(exception, PermissionDenied) and request.user.is_authenticated:
            match = request.resolver_match
            asked = [getattr(match.func, "permission", ""), request.method, match.view_name, *match.kwargs.values()]
            audit.record_refusal(request.user, "access.refused", reason=" ".join(map(str, asked)))


def session_clocks(get_response):
    """A session ends after some minutes without a real action of its owner, and after a working day in any case."""

    def middleware(request):
        if request.user.is_authenticated:
            clocks = request.session.get("clocks")
            now = int(time.time())
            if clocks and (reason := _over(clocks, now)):
                _end(request, clocks, reason)
            elif clocks and not is_background(request) and now - clocks["used"] >= WRITE_EVERY:
                request.session["clocks"] = {**clocks, "used": now}
        return get_response(request)

    return middleware


def is_background(request):
    """Polling by the page itself is no action of a person."""
    return request.headers.get("X-Background") == "1" or request.headers.get("HX-Trigger", "").startswith("poll")


def _over(clocks, now):
    if now - clocks["used"] > clocks["idle"]:
        return "idle"
    return "whole" if now - clocks["began"] > clocks["whole"] else ""


def _end(request, clocks, reason):
    audit.record(request.user, "session.expire", request.user, reason=reason)
    logout(request)
    text = {
        "idle": _("已超过 %(minutes)d 分钟没有操作，为保护信息已自动退出，请重新登录。")
        % {"minutes": clocks["idle"] // 60},
        "whole": _("本次登录已满 %(hours)d 小时，请重新登录。") % {"hours": clocks["whole"] // 3600},
    }
    messages.warning(request, text[reason])


def duties(get_response):
    """First the password that must be changed, then the second factor that the role asks for, then the work."""

    def middleware(request):
        if request.user.is_authenticated and not request.path.startswith(ALWAYS_OPEN):
            if request.user.must_change_password or request.session.get("password_is_old"):
                return _send(request, "account_change_password")
            if lacks_second_factor(request):
                return _send(request, "mfa_index")
        return get_response(request)

    return middleware


def lacks_second_factor(request):
    """Asked of the database until the answer is no; who needs one cannot give up the last (sign_in.MFAAdapter)."""
    if not settings.SECOND_FACTOR_REQUIRED or request.session.get("has_second_factor"):
        return False
    if not request.user.needs_second_factor:
        return False
    if is_mfa_enabled(request.user, SECOND_FACTORS):
        request.session["has_second_factor"] = True
        return False
    return True


def _send(request, url_name):
    """Also out of a fragment: the whole page goes there, not the place where the fragment would stand."""
    if request.path.startswith("/api/v"):
        return problem_page("forbidden", _("请先登录网页更换口令或设置第二重验证，再使用接口。"))
    return HttpResponseClientRedirect(reverse(url_name)) if request.htmx else redirect(url_name)


def private_pages(get_response):
    """What a signed-in person saw stays in no cache; signing out clears what the browser kept."""

    def middleware(request):
        was_signed_in = request.user.is_authenticated
        response = get_response(request)
        if was_signed_in:
            response.headers.setdefault("Cache-Control", "no-store, private")
            if "no-store" not in response.headers["Cache-Control"]:
                response.headers["Cache-Control"] = "no-store, private"
            if not request.user.is_authenticated:
                response.headers["Clear-Site-Data"] = '"cache", "storage"'
        if request.htmx and response.status_code == 302 and response.url.startswith(reverse(settings.LOGIN_URL)):
            return HttpResponseClientRedirect(reverse(settings.LOGIN_URL))
        return response

    return middleware
