"""Who may open the pages of units, staff, rules and the audit."""

from io import BytesIO

from members import audit
from portal.lib import uploads
from tests.access.rows import (
    AGREEMENT_EDITORS,
    AGREEMENT_STRANGERS,
    ANY_AGREEMENT_EDITOR,
    ANY_LEAD,
    BUREAU,
    BUREAU_LEAD,
    EVERYONE,
    SIGNED_IN,
    UNIT_EDITORS,
    Row,
    area,
    the_county,
    unit,
)
from tests.make.units import (
    make_affiliation,
    make_agreement,
    make_area_import,
    make_contact_post,
    make_deputy,
    make_grant,
    make_invitation,
    make_job,
    make_joint_body,
    make_policy,
    make_profile,
    make_prospect,
    make_relation,
    make_token,
    make_webhook,
)


def a_policy(cast, **values):
    return {"code": make_policy(area=cast.bureau.area, **values).code}


def a_policy_with_file(cast, **values):
    key = uploads.store_stream(BytesIO(b"%PDF-1.4 %%EOF"))
    return a_policy(cast, file_key=key, file_name="a.pdf", **values)


def a_planned_profile(cast):
    return {"code": make_profile(area=cast.bureau.area, valid_from="2999-01-01").code}


def a_token(cast):
    return {"code": make_token(cast.charity_reviewer, made_by=cast.charity_admin).code}


WEBHOOK_KEEPERS = {"charity_admin", "other_charity_admin"}


def a_webhook(cast):
    return {"code": make_webhook(cast.charity).code}


def a_delivery(cast):
    return {"code": make_webhook(cast.charity).deliveries.create(event="webhook.test", state="dead").code}


TOKEN_MAKERS = {"charity_admin", "other_charity_admin", "system_admin"}
POLICY_EDITORS_HERE = {"bureau_officer", "bureau_approver"}
POLICY_EDITORS = POLICY_EDITORS_HERE | {"other_bureau_approver"}


def contact_post(cast):
    return {"code": make_contact_post(cast.charity).code}


def relation(cast):
    return {"code": make_affiliation(cast.charity, cast.other_charity).code}


def agreement(cast):
    return {"code": make_agreement(cast.charity).code}


def agreement_with_file(cast):
    key = uploads.store_stream(BytesIO(b"%PDF-1.4"))
    return {"code": make_agreement(cast.charity, file_key=key, file_name="x.pdf", file_size=8).code}


def joint_body(cast):
    return {"code": make_joint_body(cast.bureau).code}


def seat(cast):
    return {"code": make_joint_body(cast.bureau).seats.get().code}


def prospect(cast):
    return {"code": make_prospect(cast.bureau).code}


def grant(cast):
    return {"code": make_grant(cast.charity, cast.bureau_officer, given_by=cast.charity_admin).code}


CHARITY_STAFF = {"charity_reviewer", "charity_approver", "charity_admin", "charity_finance"}
SEES_AGREEMENT = BUREAU | CHARITY_STAFF | {"catalogue_admin", "city_supervisor", "liaison_officer"}
ANY_PROSPECT_VIEWER = ANY_AGREEMENT_EDITOR | {"city_supervisor", "liaison_officer"}


def area_import(cast):
    return {"code": make_area_import(cast.system_admin).code}


def a_job(cast):
    return {"code": make_job(cast.bureau_officer, "styleguide.count", result="甲,乙").code}


def an_audit_line(cast):
    return {"code": audit.record(cast.bureau_officer, "job.start", organization=cast.bureau).code}


AUDITORS = {"city_supervisor", "audit_admin"}


def a_colleague(cast, **values):
    """Of the charity. The other charity's admin holds the same permissions, elsewhere."""
    return {"code": cast.charity_reviewer.code, **values}


def an_invitation(cast):
    return {"code": make_invitation(cast.charity_admin, cast.charity)[0].code}


def a_link(cast):
    return {"token": make_invitation(cast.charity_admin, cast.charity)[1]}


def a_relation(cast):
    return {"code": make_relation(cast.charity_reviewer).code}


def a_deputyship(cast):
    return {"code": make_deputy(cast.charity_reviewer, cast.charity_approver).code}


SEES_CHARITY_STAFF = {
    "charity_reviewer", "charity_approver", "charity_admin", "charity_finance", "catalogue_admin", "city_supervisor",
    "system_admin", "security_admin", "audit_admin",
}  # fmt: skip
STAFF_EDITORS = {"charity_admin", "system_admin"}
PROPOSERS = STAFF_EDITORS | {"security_admin"}
ELSEWHERE = {"other_charity_admin"}
ROWS = [
    Row("members:list_policies", SIGNED_IN),
    Row("members:create_policy", POLICY_EDITORS),
    Row("members:create_policy", POLICY_EDITORS, "post"),
    Row("members:show_policy", SIGNED_IN, arguments=a_policy),
    Row("members:edit_policy", POLICY_EDITORS_HERE, arguments=a_policy),
    Row("members:edit_policy", POLICY_EDITORS_HERE, "post", a_policy),
    Row("members:publish_policy", POLICY_EDITORS_HERE, arguments=a_policy),
    Row("members:publish_policy", POLICY_EDITORS_HERE, "post", a_policy),
    Row("members:withdraw_policy", POLICY_EDITORS_HERE, arguments=a_policy),
    Row("members:withdraw_policy", POLICY_EDITORS_HERE, "post", a_policy),
    Row("members:show_calendar", SIGNED_IN),
    Row("members:edit_calendar_day", {"system_admin"}),
    Row("members:edit_calendar_day", {"system_admin"}, "post"),
    Row("members:set_calendar_year", {"system_admin"}),
    Row("members:set_calendar_year", {"system_admin"}, "post"),
    Row("members:list_profiles", SIGNED_IN),
    Row("members:show_my_profile", SIGNED_IN),
    Row("members:show_profile", SIGNED_IN, arguments=the_county),
    Row("members:edit_profile", {"bureau_approver"}, arguments=the_county),
    Row("members:edit_profile", {"bureau_approver"}, "post", the_county),
    Row("members:cancel_profile", {"bureau_approver"}, arguments=a_planned_profile),
    Row("members:cancel_profile", {"bureau_approver"}, "post", a_planned_profile),
    Row("members:list_tokens", SIGNED_IN),
    Row("members:create_token", TOKEN_MAKERS),
    Row("members:create_token", TOKEN_MAKERS, "post"),
    Row(
        "members:accept_token",
        {"charity_reviewer"},
        arguments=a_token,
        refused=404,
        seen_by={"charity_admin", "system_admin"},
    ),
    Row(
        "members:accept_token",
        {"charity_reviewer"},
        "post",
        a_token,
        refused=404,
        seen_by={"charity_admin", "system_admin"},
    ),
    Row("members:revoke_token", {"charity_reviewer", "charity_admin", "system_admin"}, arguments=a_token, refused=404),
    Row("members:revoke_token", {"charity_reviewer", "charity_admin", "system_admin"}, "post", a_token, refused=404),
    Row("members:list_webhooks", WEBHOOK_KEEPERS),
    *[Row("members:create_webhook", WEBHOOK_KEEPERS, method) for method in ("get", "post")],
    *[
        Row(f"members:{name}", {"charity_admin"}, method, a_webhook, unseen={"other_charity_admin"})
        for name, method in (
            ("show_webhook", "get"), ("test_webhook", "post"), ("pause_webhook", "post"), ("resume_webhook", "post"),
            ("delete_webhook", "get"), ("delete_webhook", "post"),
        )
    ],
    Row("members:resend_delivery", {"charity_admin"}, "post", a_delivery, unseen={"other_charity_admin"}),
    Row("members:download_policy", SIGNED_IN, arguments=a_policy_with_file),
    Row(
        "members:download_public_policy",
        EVERYONE,
        arguments=lambda cast: a_policy_with_file(cast, is_public=True),
    ),
    Row("members:list_public_policies", EVERYONE),
    Row("members:show_public_policy", EVERYONE, arguments=lambda cast: a_policy(cast, is_public=True)),
    Row("members:list_jobs", SIGNED_IN),
    Row("members:show_job", {"bureau_officer"}, arguments=a_job, refused=404),
    Row("members:cancel_job", {"bureau_officer"}, "post", a_job, refused=404),
    Row("members:download_job", {"bureau_officer"}, arguments=a_job, refused=404),
    Row("members:list_outbox", {"system_admin"}),
    Row("members:retry_outbox", {"system_admin"}),
    Row("members:retry_outbox", {"system_admin"}, "post"),
    Row("members:list_audit", AUDITORS),
    Row("members:show_audit", AUDITORS, arguments=an_audit_line),
    Row("members:export_audit", {"audit_admin"}, "post"),
    Row("members:verify_audit", {"audit_admin"}, "post"),
    Row("members:list_areas", SIGNED_IN),
    Row("members:show_area", SIGNED_IN, arguments=area),
    Row("members:tag_area", {"system_admin"}, arguments=area),
    Row("members:tag_area", {"system_admin"}, method="post", arguments=area),
    Row("members:rename_area", {"system_admin"}, arguments=area),
    Row("members:rename_area", {"system_admin"}, method="post", arguments=area),
    Row("members:replace_area", {"system_admin"}, arguments=area),
    Row("members:replace_area", {"system_admin"}, method="post", arguments=area),
    Row("members:import_areas", {"system_admin"}),
    Row("members:import_areas", {"system_admin"}, method="post"),
    Row("members:area_template", {"system_admin"}),
    Row("members:show_area_import", {"system_admin"}, arguments=area_import),
    Row("members:apply_area_import", {"system_admin"}, method="post", arguments=area_import),
    Row("members:mark_area_import", {"system_admin"}, arguments=area_import),
    Row("members:list_organizations", SIGNED_IN),
    Row("members:show_my_organization", SIGNED_IN),
    Row("members:export_organizations", SIGNED_IN, "post"),
    Row("members:create_organization", ANY_LEAD | {"system_admin"}),
    Row("members:create_organization", ANY_LEAD | {"system_admin"}, "post"),
    Row("members:clone_organizations", ANY_LEAD | {"system_admin"}),
    Row("members:create_clones", BUREAU_LEAD | {"system_admin"}, "post", area),
    Row("members:show_organization", SIGNED_IN, arguments=unit),
    Row("members:edit_organization", UNIT_EDITORS, arguments=unit),
    Row("members:edit_organization", UNIT_EDITORS, "post", unit),
    Row("members:confirm_capacity", CHARITY_STAFF - {"charity_finance"}, "post", unit),
    Row("members:suspend_organization", BUREAU_LEAD, arguments=unit),
    Row("members:suspend_organization", BUREAU_LEAD, "post", unit),
    Row("members:resume_organization", BUREAU_LEAD, arguments=unit),
    Row("members:resume_organization", BUREAU_LEAD, "post", unit),
    Row("members:add_relation", BUREAU_LEAD, arguments=unit),
    Row("members:add_relation", BUREAU_LEAD, "post", unit),
    Row("members:end_affiliation", BUREAU_LEAD, arguments=relation),
    Row("members:end_affiliation", BUREAU_LEAD, "post", relation),
    Row("members:create_contact_post", UNIT_EDITORS, arguments=unit),
    Row("members:create_contact_post", UNIT_EDITORS, "post", unit),
    Row("members:edit_contact_post", UNIT_EDITORS, arguments=contact_post),
    Row("members:edit_contact_post", UNIT_EDITORS, "post", contact_post),
    Row("members:end_contact_post", UNIT_EDITORS, arguments=contact_post),
    Row("members:end_contact_post", UNIT_EDITORS, "post", contact_post),
    Row("members:list_agreements", SIGNED_IN),
    Row("members:create_agreement", ANY_AGREEMENT_EDITOR),
    Row("members:create_agreement", ANY_AGREEMENT_EDITOR, "post"),
    Row("members:show_agreement", SEES_AGREEMENT, arguments=agreement, refused=404),
    Row("members:download_agreement", SEES_AGREEMENT, arguments=agreement_with_file, refused=404),
    Row("members:edit_agreement", AGREEMENT_EDITORS, arguments=agreement, unseen=AGREEMENT_STRANGERS),
    Row("members:edit_agreement", AGREEMENT_EDITORS, "post", agreement, unseen=AGREEMENT_STRANGERS),
    Row("members:end_agreement", AGREEMENT_EDITORS, arguments=agreement, unseen=AGREEMENT_STRANGERS),
    Row("members:end_agreement", AGREEMENT_EDITORS, "post", agreement, unseen=AGREEMENT_STRANGERS),
    Row("members:list_joint_bodies", SIGNED_IN),
    Row("members:create_joint_body", ANY_LEAD),
    Row("members:create_joint_body", ANY_LEAD, "post"),
    Row("members:show_joint_body", SIGNED_IN, arguments=joint_body),
    Row("members:end_joint_body", BUREAU_LEAD, arguments=joint_body),
    Row("members:end_joint_body", BUREAU_LEAD, "post", joint_body),
    Row("members:take_seat", BUREAU_LEAD, arguments=joint_body),
    Row("members:take_seat", BUREAU_LEAD, "post", joint_body),
    Row("members:end_seat", BUREAU_LEAD, arguments=seat),
    Row("members:end_seat", BUREAU_LEAD, "post", seat),
    Row("members:list_grants", SIGNED_IN),
    Row("members:show_grants", CHARITY_STAFF | {"catalogue_admin", "security_admin"}, arguments=unit),
    Row("members:give_grant", {"charity_admin"}, arguments=unit),
    Row("members:give_grant", {"charity_admin"}, "post", unit),
    Row(
        "members:revoke_grant",
        {"charity_admin", "security_admin"},
        arguments=grant,
        refused=404,
        seen_by=CHARITY_STAFF | {"catalogue_admin", "bureau_officer"},
    ),
    Row(
        "members:revoke_grant",
        {"charity_admin", "security_admin"},
        "post",
        grant,
        refused=404,
        seen_by=CHARITY_STAFF | {"catalogue_admin", "bureau_officer"},
    ),
    Row("members:list_prospects", ANY_PROSPECT_VIEWER),
    Row("members:create_prospect", ANY_AGREEMENT_EDITOR),
    Row("members:create_prospect", ANY_AGREEMENT_EDITOR, "post"),
    Row("members:edit_prospect", BUREAU, arguments=prospect, unseen=ANY_AGREEMENT_EDITOR - BUREAU),
    Row("members:edit_prospect", BUREAU, "post", prospect, unseen=ANY_AGREEMENT_EDITOR - BUREAU),
    Row("members:account", SIGNED_IN),
    Row("members:edit_account", SIGNED_IN),
    Row("members:edit_account", SIGNED_IN, "post"),
    Row("members:set_own_deputy", SIGNED_IN),
    Row("members:set_own_deputy", SIGNED_IN, "post"),
    Row("members:list_relations", SIGNED_IN),
    Row("members:declare_relation", SIGNED_IN),
    Row("members:declare_relation", SIGNED_IN, "post"),
    Row("members:state_relations", SIGNED_IN, "post"),
    Row("members:end_relation", {"charity_reviewer"}, "get", a_relation, refused=404),
    Row("members:end_relation", {"charity_reviewer"}, "post", a_relation, refused=404),
    Row("members:list_staff", SIGNED_IN),
    Row("members:list_roles", SIGNED_IN),
    Row("members:show_staff", SEES_CHARITY_STAFF, "get", a_colleague, refused=404),
    *[
        Row(f"members:{name}", STAFF_EDITORS, method, a_colleague, unseen=ELSEWHERE)
        for name in ("edit_staff", "suspend_staff", "resume_staff", "depart_staff", "hand_over_work", "set_deputy")
        for method in ("get", "post")
    ],
    *[
        Row(f"members:{name}", {"security_admin"}, method, a_colleague)
        for name in ("reset_second_factor", "sign_out_staff")
        for method in ("get", "post")
    ],
    Row("members:unlock_staff", {"security_admin"}, "post", a_colleague),
    Row("members:propose_role", PROPOSERS, "get", a_colleague, unseen=ELSEWHERE),
    Row("members:propose_role", PROPOSERS, "post", a_colleague, unseen=ELSEWHERE),
    *[
        Row("members:end_role", PROPOSERS, method, lambda cast: a_colleague(cast, role="finder"), unseen=ELSEWHERE)
        for method in ("get", "post")
    ],
    Row("members:confirm_role", {"security_admin"}, "post", lambda cast: a_colleague(cast, role="finder")),
    Row("members:decline_role", {"security_admin"}, "get", lambda cast: a_colleague(cast, role="finder")),
    Row("members:decline_role", {"security_admin"}, "post", lambda cast: a_colleague(cast, role="finder")),
    Row("members:list_pending_roles", {"security_admin"}),
    Row(
        "members:end_deputy",
        {"charity_reviewer", "charity_approver", *STAFF_EDITORS},
        "post",
        a_deputyship,
        unseen=SIGNED_IN - SEES_CHARITY_STAFF,
    ),
    Row("members:invite_staff", STAFF_EDITORS | ELSEWHERE),
    Row("members:invite_staff", STAFF_EDITORS | ELSEWHERE, "post"),
    Row("members:show_invitation", STAFF_EDITORS, "get", an_invitation, unseen=ELSEWHERE),
    Row("members:renew_invitation", STAFF_EDITORS, "post", an_invitation, unseen=ELSEWHERE),
    Row("members:revoke_invitation", STAFF_EDITORS, "post", an_invitation, unseen=ELSEWHERE),
    Row("members:accept_invitation", EVERYONE, "get", a_link),
    Row("members:accept_invitation", EVERYONE, "post", a_link),
    Row("members:edit_security_policy", {"security_admin"}),
    Row("members:edit_security_policy", {"security_admin"}, "post"),
]  # fmt: skip
