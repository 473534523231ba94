"""The portal's URLs as they are where a government single sign-on is configured."""

from django.urls import include, path

from members.urls import single_sign_on_patterns
from portal.urls import urlpatterns as ours

urlpatterns = [path("accounts/", include(single_sign_on_patterns)), *ours]
