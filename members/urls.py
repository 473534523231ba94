from django.urls import path

from members.views import areas, policies

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
    path("areas/", areas.list_areas, name="list_areas"),
    path("areas/import/", areas.import_areas, name="import_areas"),
    path("areas/import/template/", areas.area_template, name="area_template"),
    path("areas/import/<slug:code>/", areas.show_area_import, name="show_area_import"),
    path("areas/import/<slug:code>/apply/", areas.apply_area_import, name="apply_area_import"),
    path("areas/import/<slug:code>/marked/", areas.mark_area_import, name="mark_area_import"),
    path("areas/<slug:code>/", areas.show_area, name="show_area"),
    path("areas/<slug:code>/rename/", areas.rename, name="rename_area"),
    path("areas/<slug:code>/replace/", areas.replace, name="replace_area"),
]
