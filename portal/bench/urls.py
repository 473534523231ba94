"""The product's pages, and two that do nothing: one for everyone, one for whoever is signed in."""

from django.http import HttpResponse
from django.urls import path

from members.access import public, requires
from portal.urls import urlpatterns as ours


@public
def empty(request):
    return HttpResponse("ok", content_type="text/plain")


@requires("home.view")
def empty_signed_in(request):
    return HttpResponse("ok", content_type="text/plain")


urlpatterns = [path("bench/empty", empty), path("bench/signed-in", empty_signed_in), *ours]
