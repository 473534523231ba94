"""Who may open what hangs on the page of a case."""

from django.core.files.uploadedfile import SimpleUploadedFile

from portal.lib import uploads
from referrals.actions.notes import write_note
from tests.access.referrals import ON_DESKS, SEES_REFERRAL, SENDERS, UNSEEN, a_referral
from tests.access.rows import Row
from tests.make.referrals import make_follow_up, make_referral

LOOKS_ON = {"city_supervisor", "liaison_officer"}
WRITES_NOTES = SEES_REFERRAL - LOOKS_ON


def a_noted(cast):
    """The officer wrote to both, with a file."""
    referral = make_referral(cast.bureau_officer, cast.charity)
    file = uploads.check(SimpleUploadedFile("a.pdf", b"%PDF-1.4 %%EOF"))
    return referral, write_note(cast.bureau_officer, referral, "both", "请先联系街道", [file])


def a_follow_up(cast):
    return {"code": make_follow_up(cast.bureau_officer, make_referral(cast.bureau_officer, cast.charity)).code}


def a_note(cast):
    referral, note = a_noted(cast)
    return {"code": referral.code, "note": note.code}


def a_case_file(cast):
    referral, note = a_noted(cast)
    return {"code": referral.code, "file": note.files.get().code}


ROWS = [
    *[
        Row(f"referrals:{name}", SEES_REFERRAL, arguments=a_referral, unseen=UNSEEN)
        for name in ("list_steps", "list_viewers", "print_file")
    ],
    Row("referrals:list_messages", ON_DESKS),
    Row("referrals:list_follow_ups", ON_DESKS),
    *[Row("referrals:plan_follow_up", WRITES_NOTES, method, a_referral, unseen=UNSEEN) for method in ("get", "post")],
    *[
        Row("referrals:finish_follow_up", SENDERS, method, a_follow_up, unseen=ON_DESKS - SENDERS - {"liaison_officer"})
        for method in ("get", "post")
    ],
    Row("referrals:list_notes", SEES_REFERRAL, arguments=a_referral, unseen=UNSEEN),
    *[Row("referrals:write_note", WRITES_NOTES, method, a_referral, unseen=UNSEEN) for method in ("get", "post")],
    Row("referrals:attach_files", set(), "post", a_referral, unseen=UNSEEN | WRITES_NOTES),
    Row("referrals:open_case_file", WRITES_NOTES, arguments=a_case_file, unseen=UNSEEN | LOOKS_ON),
    *[
        Row(
            f"referrals:{name}", {"bureau_officer"}, "post", arguments,
            seen_by=SENDERS | {"charity_reviewer", "charity_approver"}, unseen=UNSEEN | LOOKS_ON,
        )
        for name, arguments in (("withdraw_note", a_note), ("withdraw_case_file", a_case_file))
    ],
]  # fmt: skip
