"""The interview for everyone: question by question to the programs that fit. No name, nothing kept, not even a cookie.

Every answer travels in the posted form, so that no address, no log and no table holds it. The pages change nothing:
a request from anywhere gets what its own body says, so there is no token to check and no cookie to set. With the
script of static/js/public.js the browser's own "back" and "reload" work as people expect; without it the page's own
buttons do.
"""

from functools import wraps

from django.conf import settings
from django.shortcuts import render
from django.urls import get_resolver
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from members.access import public
from portal.lib import api
from programs import catalogue
from programs.forms.interview import Sitting
from programs.interview import page_named
from programs.outcomes import OPEN, clues, grouped, outcomes, programs_today
from programs.places import with_places
from programs.views.public import cacheable


def limited(view):
    """So many questions from one address at a time, like the API; an office behind one address still gets through."""

    @wraps(view)
    def guarded(request, *args, **kwargs):
        is_counted = request.method == "POST" and not request.user.is_authenticated
        key = f"find:{request.META.get('REMOTE_ADDR')}"
        wait = api.count(key, settings.VISITOR_RATE) if is_counted else 0
        if not wait:
            return view(request, *args, **kwargs)
        response = get_resolver().resolve_error_handler(429)(request)
        response.headers["Retry-After"] = str(wait)
        return response

    return guarded


@csrf_exempt
@sensitive_post_parameters()
@public
@require_http_methods(["GET", "POST"])
@limited
def find_programs(request):
    response = _asked(request) if request.method == "POST" else _begun(request)
    if request.method == "POST":
        response.headers["Cache-Control"] = "no-store, private"
    return response


@cacheable
def _begun(request):
    return _question(request, _sitting())


def _asked(request):
    data = request.POST.copy()
    do, _colon, name = data.get("do", "next").partition(":")
    page, until = data.get("page", ""), None
    if do in {"next", "unclear"} and page:
        data.appendlist("done", page)
        data.pop(f"{page}-unclear", None)
        if do == "unclear":
            data[f"{page}-unclear"] = "1"
    elif do == "back":
        until = (data.getlist("done") or [None])[-1]
    elif do == "change":
        until = name
    sitting = _sitting(data, until)
    is_over = sitting.current is None or (do == "finish" and not sitting.stopped)
    return _result(request, sitting) if is_over else _question(request, sitting)


def _sitting(data=None, until=None):
    programs, states = programs_today(timezone.localdate())
    return Sitting(programs, states, with_places(catalogue.vocabulary(), programs), data, until)


def _question(request, sitting):
    form, interview = sitting.current, sitting.interview
    context = {"sitting": sitting, "form": form, "number": len(sitting.done) + 1}
    if form is not None:
        others = [page for page in interview.pages if page.name != form.page.name]
        context |= {
            "most_left": len(others),
            "concerned": interview.concerns(form.page),
            "kept": sitting.kept(without=form.page.name),
            "shown": " ".join(map(str, form.shown)),
        }
    return render(request, "public/find/question.html", context)


def _result(request, sitting):
    interview = sitting.interview
    found = outcomes(
        interview.programs, interview.states, interview.facts, interview.vocabulary, still_asked=interview.still_asked
    )
    groups = grouped(found)
    pages = [page_named(name, interview.vocabulary) for name in sitting.unclear_pages]
    context = {
        "groups": groups,
        "clues": clues(pages, groups[OPEN], interview.vocabulary),
        "answered": sitting.words,
        "kept": sitting.kept(),
        "most_left": len(interview.pages),
        "today": timezone.localdate(),
    }
    return render(request, "public/find/result.html", context)
