"""The pages of this app."""

from django.urls import path

from programs.views import editor, grants, imports, programs, public, rounds, versions

app_name = "programs"
urlpatterns = [
    path("programs/", programs.list_programs, name="list_programs"),
    path("programs/new/", programs.create_program, name="create_program"),
    path("programs/drafts/", programs.list_drafts, name="list_drafts"),
    path("programs/export/", imports.export_programs, name="export_programs"),
    path("programs/import/", imports.import_programs, name="import_programs"),
    path("programs/import/<slug:code>/", imports.show_import, name="show_import"),
    path("programs/import/<slug:code>/apply/", imports.apply_import, name="apply_import"),
    path("programs/import/<slug:code>/marked/", imports.mark_import, name="mark_import"),
    path("programs/rounds/<slug:code>/change/", rounds.change_round, name="change_round"),
    path("programs/grants/<slug:code>/revoke/", grants.revoke_program_grant, name="revoke_program_grant"),
    path("programs/<slug:code>/", programs.show_program, name="show_program"),
    path("programs/<slug:code>/export/", imports.export_program, name="export_program"),
    path("programs/<slug:code>/copy/", programs.copy_program, name="copy_program"),
    path("programs/<slug:code>/start/", programs.start_draft, name="start_draft"),
    path("programs/<slug:code>/agreement/", programs.set_agreement, name="set_agreement"),
    path("programs/<slug:code>/rounds/open/", rounds.open_round, name="open_round"),
    path("programs/<slug:code>/grants/", grants.list_program_grants, name="list_program_grants"),
    path("programs/<slug:code>/grants/give/", grants.give_program_grant, name="give_program_grant"),
    path("programs/<slug:code>/versions/<int:number>/", versions.show_version, name="show_version"),
    path("programs/<slug:code>/versions/<int:number>/edit/", editor.edit_version, name="edit_version"),
    path("programs/<slug:code>/versions/<int:number>/compare/", versions.compare_versions, name="compare_versions"),
    path("programs/<slug:code>/versions/<int:number>/submit/", versions.submit_version, name="submit_version"),
    path("programs/<slug:code>/versions/<int:number>/return/", versions.return_version, name="return_version"),
    path("programs/<slug:code>/versions/<int:number>/release/", versions.release_version, name="release_version"),
    path("programs/<slug:code>/versions/<int:number>/withdraw/", versions.withdraw_version, name="withdraw_version"),
    path("programs/<slug:code>/versions/<int:number>/discard/", versions.discard_draft, name="discard_draft"),
    path("public/programs/", public.list_public_programs, name="list_public_programs"),
    path("public/programs/<slug:code>/", public.show_public_program, name="show_public_program"),
    path("public/programs/<slug:code>/versions/<int:number>/", public.show_public_version, name="show_public_version"),
]
