"""A receiver without an account: the sender's link and code, and the page behind them."""

from functools import wraps

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from members.access import Refusal, public, requires
from members.form_pages import press
from members.roles import ALL
from portal.lib import row_security
from portal.lib.api import count
from portal.lib.forms import refuse
from portal.lib.pages import page_of
from referrals import cases_shown, guests
from referrals.actions import guests as actions
from referrals.forms.guests import FORMS, CodeForm, GuestForm
from referrals.models import GuestAccess
from referrals.views.referrals import find_own_referral
from referrals.workflow import MOVES, State

# Tries from one address, and at one link from anywhere; after five wrong codes the link is dead besides.
BY_ADDRESS, BY_LINK = "20/600", "10/600"
OPEN_FOR = 30 * 60
KEY, FRESH_CODE = "guest_access", "fresh_guest_code"


# -- The sender -------------------------------------------------------------------------------------------------------
@requires("referral.write")
@never_cache
def invite_guest(request, code):
    """The code stands here once, right after it was drawn."""
    referral = find_own_referral(request, code)
    form = GuestForm(request.POST or None, unit=referral.receiver)
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.invite_guest(request.user, referral, form.cleaned_data["post"], form.cleaned_data["email"])
            return _show_once(request, referral, *made)
        except Refusal as refusal:
            refuse(form, refusal)
    fresh = request.session.pop(FRESH_CODE, None)
    context = {
        "referral": referral, "form": form, "access": guests.open_access(referral),
        "fresh": fresh["code"] if fresh and fresh["referral"] == code else "",
        "earlier": referral.guests.exclude(ended_at=None).select_related("post"),
    }  # fmt: skip
    return render(request, "referrals/guests/invite.html", context)


def _show_once(request, referral, _access, code):
    request.session[FRESH_CODE] = {"referral": referral.code, "code": code}
    return redirect("referrals:invite_guest", referral.code)


@requires("referral.write")
@require_POST
def renew_guest_code(request, code):
    referral = find_own_referral(request, code)
    try:
        return _show_once(request, referral, *actions.renew_code(request.user, _open_of(referral)))
    except Refusal as refusal:
        messages.error(request, refusal.message)
        return redirect("referrals:invite_guest", code)


@requires("referral.write")
@require_POST
def end_guest(request, code):
    referral = find_own_referral(request, code)

    def act():
        actions.end_guest(request.user, _open_of(referral))

    return press(request, act, _("链接已关闭。"), reverse("referrals:show_referral", args=[code]))


def _open_of(referral):
    if access := guests.open_access(referral):
        return access
    raise Refusal(_("链接已经失效，请重新发送。"))


@requires("staff.invite")
@row_security.widely("units that only have a link")
def list_units_without_account(request):
    """Units that were written to and have nobody to sign in: whoever invites for all units invites their admin."""
    if request.user.permissions["staff.invite"] != ALL:
        raise PermissionDenied
    page = page_of(request, guests.units_waiting().select_related("area"), ["-pk"])
    return render(request, "referrals/guests/units.html", {"page": page})


# -- The guest --------------------------------------------------------------------------------------------------------
def unlisted(view):
    """Not for search engines, and its address for nobody else. (Without any referrer a browser names no origin either,
    and then no form of the page is taken.)"""

    @wraps(view)
    def answered(request, *args, **options):
        with row_security.widely("a receiver behind a link"):
            response = view(request, *args, **options)
        response["X-Robots-Tag"], response["Referrer-Policy"] = "noindex, nofollow", "same-origin"
        return response

    return answered


@public
@unlisted
@never_cache
@sensitive_post_parameters("code")
def enter_as_guest(request, token):
    """One answer for a link that is wrong, over or closed; and for each wrong code."""
    form, status = CodeForm(request.POST or None), 200
    if request.method == "POST" and form.is_valid():
        access = None if _is_too_often(request, token) else actions.find_access(token)
        if access and actions.open_guest(access, form.cleaned_data["code"]):
            request.session.cycle_key()
            request.session[KEY] = {"code": access.code, "until": timezone.now().timestamp() + OPEN_FOR}
            return redirect("referrals:show_to_guest")
        form.add_error(None, _("链接或验证码不对，或者已经失效。请向转出单位要新的验证码。"))
        status = 403
    return render(request, "public/guests/enter.html", {"form": form}, status=status)


def _is_too_often(request, token):
    by_address = count(f"guest:{request.META.get('REMOTE_ADDR')}", BY_ADDRESS)
    return bool(by_address or count(f"guest-link:{token[:64]}", BY_LINK))


def _opened(request):
    held = request.session.get(KEY) or {}
    if held.get("until", 0) < timezone.now().timestamp():
        request.session.pop(KEY, None)
        return None
    rows = GuestAccess.objects.select_related(
        "referral__receiver__area", "referral__sender", "referral__person", "post"
    )
    access = rows.filter(code=held["code"]).first()
    return access if access and access.is_open else None


@public
@unlisted
@never_cache
def show_to_guest(request, *, refused=None):
    access = _opened(request)
    if access is None:
        return render(request, "public/guests/closed.html")
    referral = access.referral
    verbs = guests.VERBS.get(State(referral.state), ())
    permitted, rows = actions.see_as_guest(access) if State(referral.state) in guests.WHILE else (None, [])
    forms = {verb: FORMS[verb](initial={"version": referral.version}, prefix=verb) for verb in verbs} | (refused or {})
    context = {
        "access": access, "referral": referral, "permitted": permitted,
        "rows": [(label, [cases_shown.covered(referral.person, *pair) for pair in pairs]) for label, pairs in rows],
        "needs": referral.needs.all() if rows else [], "questions": referral.questions.all() if rows else [],
        "forms": [(MOVES[verb], forms[verb]) for verb in verbs],
    }  # fmt: skip
    return render(request, "public/guests/show.html", context, status=400 if refused else 200)


@public
@unlisted
@require_POST
def act_as_guest(request, verb):
    access = _opened(request)
    if access is None or verb not in FORMS:
        return redirect("referrals:show_to_guest")
    form = FORMS[verb](request.POST, prefix=verb)
    if form.is_valid():
        said = form.cleaned_data
        try:
            DOES[verb](access, said)
            messages.success(request, _("已%(move)s，转出单位会收到通知。") % {"move": MOVES[verb].label})
            return redirect("referrals:show_to_guest")
        except Refusal as refusal:
            refuse(form, refusal)
    return show_to_guest(request, refused={verb: form})


DOES = {
    "sign": lambda access, said: actions.sign_as_guest(access, said["version"], said["name"]),
    "return": lambda access, said: actions.ask_as_guest(access, said["version"], said["name"], said["questions"]),
    "reject": lambda access, said: actions.reject_as_guest(
        access, said["version"], said["name"], said["reason"], said["note"]
    ),
}


@public
@require_POST
def close_guest(request):
    request.session.pop(KEY, None)
    return redirect("referrals:show_to_guest")
