from django.conf import settings
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_http_methods

from members.access import public, requires
from members.actions.language import choose_language as remember_language
from members.models.staff import Role
from portal import health
from portal.forms import LanguageForm, SearchForm
from portal.help import TOPICS
from portal.home import starts_for, waiting_for
from portal.search import search as find


@requires("home.view")
@require_GET
def home(request):
    """What waits for me."""
    roles = [Role(role).label for role in sorted(request.user.roles)]
    context = {"waiting": waiting_for(request.user), "roles": roles, "starts": starts_for(request.user)}
    return render(request, "home.html", context)


@requires("search.use")
@require_http_methods(["GET", "POST"])
def search(request):
    """What was looked for comes by POST: names do not belong into URLs, histories and logs."""
    form = SearchForm(request.POST or None)
    results = find(request.user, form.cleaned_data["text"]) if form.is_valid() else None
    return render(request, "search.html", {"form": form, "results": results})


@public
@require_http_methods(["GET", "POST"])
def choose_language(request):
    """For the person who is signed in, with the account; for others in a cookie.

    Public pages lead here by a link: a form of their own would put a cookie on every visitor, and no cache could
    keep them.
    """
    if request.method == "GET":
        return render(request, "language.html", {"next": request.GET.get("next", "")})
    form = LanguageForm(request.POST)
    response = redirect(_back_to(request))
    if form.is_valid():
        language = form.cleaned_data["language"]
        if request.user.is_authenticated:
            remember_language(request.user, language)
        response.set_cookie(settings.LANGUAGE_COOKIE_NAME, language, max_age=31536000, samesite="Lax", httponly=True)
    return response


def _back_to(request):
    """The page the person was on, if it is one of ours."""
    asked = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(asked, {request.get_host()}, require_https=request.is_secure())
    return asked if is_ours and asked.startswith("/") else settings.LOGIN_REDIRECT_URL


@requires("help.view")
@require_GET
def show_help(request, topic=None):
    """The contents, or one topic."""
    if topic is None:
        return render(request, "help/index.html", {"topics": TOPICS})
    if topic not in TOPICS:
        raise Http404
    return render(request, "help/topic.html", {"title": TOPICS[topic][0], "text": f"help/{topic}.html"})


@public
def healthz(request):
    """This process answers."""
    return HttpResponse("ok", content_type="text/plain")


@public
def readyz(request):
    """Everything that this process needs answers, and the background works."""
    parts = health.parts()
    is_ready = all(parts.values())
    answer = JsonResponse({"ok": is_ready, "parts": parts}, status=200 if is_ready else 503)
    answer.headers["Cache-Control"] = "no-store"
    return answer
