"""Tokens of the API: those of my unit, if I look after it, and those that act for me."""

from functools import partial

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from members.access import Refusal, may, requires, within_reach
from members.actions import tokens as actions
from members.form_pages import confirm_page
from members.forms.tokens import TokenForm
from members.kinds import SCOPES
from members.models import ApiToken
from portal.lib.pages import page_of


@requires("token.accept")
def list_tokens(request):
    page = page_of(request, visible_to(request.user), ["-made_at", "code"])
    for token in page:
        token.is_mine = token.staff_id == request.user.pk
        token.scopes_in_words = [SCOPES.get(scope, scope) for scope in token.scopes]
    return render(request, "members/tokens/list.html", {"page": page})


@requires("token.manage")
@reauthentication_required
def create_token(request):
    form = TokenForm(request.POST or None, actor=request.user)
    if request.method == "POST" and form.is_valid():
        asked = form.cleaned_data
        try:
            token, secret = actions.make_token(
                request.user, asked["staff"], asked["name"], asked["scopes"], asked["last_day"]
            )
            if secret:
                return _show_once(request, token, secret)
            messages.success(request, _("已建好，等 %(staff)s 登录后接受。") % {"staff": token.staff})
            return redirect("members:list_tokens")
        except Refusal as refusal:
            form.add_error(refusal.field, refusal.message)
    return render(request, "members/tokens/create.html", {"form": form, "back": reverse("members:list_tokens")})


@requires("token.accept")
@reauthentication_required
def accept_token(request, code):
    token = get_object_or_404(visible_to(request.user), code=code)
    if token.staff_id != request.user.pk:
        raise PermissionDenied
    if request.method == "POST":
        try:
            return _show_once(request, token, actions.accept_token(request.user, token))
        except Refusal as refusal:
            messages.error(request, refusal.message)
            return redirect("members:list_tokens")
    words = _("、").join(str(SCOPES.get(scope, scope)) for scope in token.scopes)
    text = _("%(maker)s 为“%(name)s”建了这个令牌。接受后，持有它的系统可以您的名义：%(words)s，直到 %(day)s。")
    asked = {
        "heading": _("接受接口令牌“%(name)s”") % {"name": token},
        "consequence": text
        % {"maker": token.made_by, "name": token, "words": words, "day": f"{token.expires_at:%Y-%m-%d}"},
        "button": _("接受，并显示令牌"),
        "back": reverse("members:list_tokens"),
    }
    return render(request, "confirm.html", asked)


@requires("token.accept")
def revoke_token(request, code):
    token = get_object_or_404(visible_to(request.user), code=code)
    if token.staff_id != request.user.pk and not may(request.user, "token.manage", token.organization):
        raise PermissionDenied
    asked = {
        "heading": _("撤销接口令牌“%(name)s”") % {"name": token},
        "consequence": _("撤销后，用它的系统立即不能再访问。撤销不能恢复，只能另建。"),
        "button": _("撤销令牌"),
        "is_destructive": True,
    }
    act, back = partial(actions.revoke_token, request.user, token), reverse("members:list_tokens")
    return confirm_page(request, asked, act, _("令牌已撤销，立即失效。"), back=back)


def visible_to(staff):
    managed = within_reach(staff, "token.manage")
    tokens = ApiToken.objects.filter(Q(staff=staff) | Q(organization__in=managed))
    return tokens.select_related("staff", "made_by", "organization__area")


def _show_once(request, token, secret):
    response = render(request, "members/tokens/secret.html", {"token": token, "secret": secret})
    response.headers["Cache-Control"] = "no-store, private"
    return response
