"""The pages of this app, and those of allauth that we use."""

from allauth.account import views as account
from allauth.mfa.urls import urlpatterns as second_factor
from allauth.socialaccount import views as social
from allauth.socialaccount.providers.openid_connect.urls import urlpatterns as openid_connect
from allauth.usersessions import views as sessions
from django.conf import settings
from django.urls import include, path, re_path

from members.views import (
    agreements,
    areas,
    audit,
    calendar,
    contact_posts,
    jobs,
    joint_bodies,
    organizations,
    outbox,
    policies,
    profiles,
    prospects,
    relations,
    tokens,
)

app_name = "members"
urlpatterns = [
    path("organizations/", organizations.list_organizations, name="list_organizations"),
    path("organizations/new/", organizations.create_organization, name="create_organization"),
    path("organizations/clone/", organizations.clone_organizations, name="clone_organizations"),
    path("organizations/clone/<slug:code>/", organizations.create_clones, name="create_clones"),
    path("organizations/<slug:code>/", organizations.show_organization, name="show_organization"),
    path("organizations/<slug:code>/edit/", organizations.edit_organization, name="edit_organization"),
    path("organizations/<slug:code>/confirm-capacity/", organizations.confirm_capacity, name="confirm_capacity"),
    path("organizations/<slug:code>/suspend/", organizations.suspend_organization, name="suspend_organization"),
    path("organizations/<slug:code>/resume/", organizations.resume_organization, name="resume_organization"),
    path("organizations/<slug:code>/relate/", relations.add_relation, name="add_relation"),
    path("relations/<slug:code>/end/", relations.end_relation, name="end_relation"),
    path("organizations/<slug:code>/contacts/new/", contact_posts.create_contact_post, name="create_contact_post"),
    path("contacts/<slug:code>/edit/", contact_posts.edit_contact_post, name="edit_contact_post"),
    path("contacts/<slug:code>/end/", contact_posts.end_contact_post, name="end_contact_post"),
    path("agreements/", agreements.list_agreements, name="list_agreements"),
    path("agreements/new/", agreements.create_agreement, name="create_agreement"),
    path("agreements/<slug:code>/", agreements.show_agreement, name="show_agreement"),
    path("agreements/<slug:code>/edit/", agreements.edit_agreement, name="edit_agreement"),
    path("agreements/<slug:code>/end/", agreements.end_agreement, name="end_agreement"),
    path("joint-bodies/", joint_bodies.list_joint_bodies, name="list_joint_bodies"),
    path("joint-bodies/new/", joint_bodies.create_joint_body, name="create_joint_body"),
    path("joint-bodies/<slug:code>/", joint_bodies.show_joint_body, name="show_joint_body"),
    path("joint-bodies/<slug:code>/end/", joint_bodies.end_joint_body, name="end_joint_body"),
    path("joint-bodies/<slug:code>/take-seat/", joint_bodies.take_seat, name="take_seat"),
    path("seats/<slug:code>/end/", joint_bodies.end_seat, name="end_seat"),
    path("outreach/", prospects.list_prospects, name="list_prospects"),
    path("outreach/new/", prospects.create_prospect, name="create_prospect"),
    path("outreach/<slug:code>/edit/", prospects.edit_prospect, name="edit_prospect"),
    path("policies/", policies.list_policies, name="list_policies"),
    path("policies/new/", policies.create_policy, name="create_policy"),
    path("policies/<slug:code>/", policies.show_policy, name="show_policy"),
    path("policies/<slug:code>/edit/", policies.edit_policy, name="edit_policy"),
    path("policies/<slug:code>/publish/", policies.publish_policy, name="publish_policy"),
    path("policies/<slug:code>/withdraw/", policies.withdraw_policy, name="withdraw_policy"),
    path("profiles/", profiles.list_profiles, name="list_profiles"),
    path("profiles/mine/", profiles.show_my_profile, name="show_my_profile"),
    path("profiles/<slug:code>/", profiles.show_profile, name="show_profile"),
    path("profiles/<slug:code>/edit/", profiles.edit_profile, name="edit_profile"),
    path("profiles/versions/<slug:code>/cancel/", profiles.cancel_profile, name="cancel_profile"),
    path("tokens/", tokens.list_tokens, name="list_tokens"),
    path("tokens/new/", tokens.create_token, name="create_token"),
    path("tokens/<slug:code>/accept/", tokens.accept_token, name="accept_token"),
    path("tokens/<slug:code>/revoke/", tokens.revoke_token, name="revoke_token"),
    path("policies/<slug:code>/file/", policies.download_policy, name="download_policy"),
    path("public/policies/<slug:code>/file/", policies.download_public_policy, name="download_public_policy"),
    path("public/policies/", policies.list_public_policies, name="list_public_policies"),
    path("public/policies/<slug:code>/", policies.show_public_policy, name="show_public_policy"),
    path("jobs/", jobs.list_jobs, name="list_jobs"),
    path("jobs/<slug:code>/", jobs.show_job, name="show_job"),
    path("jobs/<slug:code>/cancel/", jobs.cancel_job, name="cancel_job"),
    path("jobs/<slug:code>/result/", jobs.download_job, name="download_job"),
    path("outbox/", outbox.list_outbox, name="list_outbox"),
    path("outbox/retry/", outbox.retry_outbox, name="retry_outbox"),
    path("audit/", audit.list_audit, name="list_audit"),
    path("audit/export/", audit.export_audit, name="export_audit"),
    path("audit/verify/", audit.verify_audit, name="verify_audit"),
    path("audit/<slug:code>/", audit.show_audit, name="show_audit"),
    path("calendar/", calendar.show_calendar, name="show_calendar"),
    path("calendar/day/", calendar.edit_day, name="edit_calendar_day"),
    path("calendar/year/", calendar.set_year, name="set_calendar_year"),
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

# Mounted under accounts/: no sign-up, no e-mail management, no social connections.
sign_in_patterns = [
    path("login/", account.login, name="account_login"),
    path("logout/", account.logout, name="account_logout"),
    path("reauthenticate/", account.reauthenticate, name="account_reauthenticate"),
    path("password/change/", account.password_change, name="account_change_password"),
    path("password/reset/", account.password_reset, name="account_reset_password"),
    path("password/reset/done/", account.password_reset_done, name="account_reset_password_done"),
    path(
        "password/reset/key/done/",
        account.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        account.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path("2fa/", include(second_factor)),
    path("sessions/", sessions.list_usersessions, name="usersessions_list"),
]

if settings.OIDC_ISSUER:
    sign_in_patterns += [
        path("", include(openid_connect)),
        path("3rdparty/login/cancelled/", social.login_cancelled, name="socialaccount_login_cancelled"),
        path("3rdparty/login/error/", social.login_error, name="socialaccount_login_error"),
    ]
