from django.http import HttpResponse
from django.shortcuts import render

from members.access import public, requires


@requires("home.view")
def home(request):
    """What waits for me."""
    return render(request, "home.html")


@public
def healthz(request):
    """This process answers."""
    return HttpResponse("ok", content_type="text/plain")
