from django.urls import include, path

from members.urls import sign_in_patterns
from portal import styleguide, views

urlpatterns = [
    path("", views.home, name="home"),
    path("search/", views.search, name="search"),
    path("language/", views.choose_language, name="choose_language"),
    path("help/", views.show_help, name="help"),
    path("help/<slug:topic>/", views.show_help, name="help_topic"),
    path("styleguide/", styleguide.show, name="styleguide"),
    path("styleguide/confirm/", styleguide.confirm, name="styleguide_confirm"),
    path("styleguide/upload/", styleguide.upload, name="styleguide_upload"),
    path("styleguide/count/", styleguide.count_slowly, name="styleguide_count"),
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
    path("api/", include("portal.api")),
    path("accounts/", include(sign_in_patterns)),
    path("", include("members.urls")),
    path("", include("programs.urls")),
    path("", include("referrals.urls")),
]

handler400 = "portal.errors.bad_request"
handler403 = "portal.errors.forbidden"
handler404 = "portal.errors.not_found"
handler429 = "portal.errors.too_many_requests"  # asked for by allauth
handler500 = "portal.errors.server_error"
