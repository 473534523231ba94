from django.urls import path

from members.views import policies

app_name = "members"
urlpatterns = [
    path("policies/", policies.list_policies, name="list_policies"),
    path("policies/new/", policies.create_policy, name="create_policy"),
    path("policies/<slug:code>/", policies.show_policy, name="show_policy"),
    path("policies/<slug:code>/edit/", policies.edit_policy, name="edit_policy"),
    path("policies/<slug:code>/publish/", policies.publish_policy, name="publish_policy"),
    path("policies/<slug:code>/withdraw/", policies.withdraw_policy, name="withdraw_policy"),
    path("public/policies/", policies.list_public_policies, name="list_public_policies"),
    path("public/policies/<slug:code>/", policies.show_public_policy, name="show_public_policy"),
]
