"""The pages of this app."""

from django.urls import path

from referrals.views import facts, mergers, people

app_name = "referrals"
urlpatterns = [
    path("people/", people.list_people, name="list_people"),
    path("people/find/", people.find_people, name="find_people"),
    path("people/new/", people.register_person, name="register_person"),
    path("people/categories/<slug:code>/end/", facts.end_category, name="end_category"),
    path("people/government-aid/<slug:code>/change/", facts.change_aid, name="change_aid"),
    path("people/guardianships/<slug:code>/end/", facts.end_guardianship, name="end_guardianship"),
    path("people/mergers/<slug:code>/undo/", mergers.undo_merger, name="undo_merger"),
    path("people/<slug:code>/", people.show_person, name="show_person"),
    path("people/<slug:code>/change/", people.change_person, name="change_person"),
    path("people/<slug:code>/verify/", people.verify_person, name="verify_person"),
    path("people/<slug:code>/unmask/", people.unmask_person, name="unmask_person"),
    path("people/<slug:code>/move/", people.move_person, name="move_person"),
    path("people/<slug:code>/head/", people.change_head, name="change_head"),
    path("people/<slug:code>/duplicate/", mergers.find_duplicate, name="find_duplicate"),
    path("people/<slug:code>/merge/<slug:other>/", mergers.merge_people, name="merge_people"),
    path("people/<slug:code>/apart/<slug:other>/", mergers.tell_apart, name="tell_apart"),
    path("people/<slug:code>/facts/<slug:group>/", facts.record_facts, name="record_facts"),
    path("people/<slug:code>/categories/add/", facts.add_category, name="add_category"),
    path("people/<slug:code>/government-aid/add/", facts.record_aid, name="record_aid"),
    path("people/<slug:code>/guardians/add/", facts.add_guardian, name="add_guardian"),
]
