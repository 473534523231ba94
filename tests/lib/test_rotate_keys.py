import io

from allauth.mfa.models import Authenticator
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command

from members.actions import second_factors
from portal.lib import encryption, uploads


def test_the_command_seals_stored_files_anew_and_says_so(db, ring, storage):
    key = uploads.store(uploads.check(SimpleUploadedFile("a.pdf", b"%PDF-1.7\n%%EOF\n")))
    ring("b", "a", "b")
    said = io.StringIO()
    call_command("rotate_keys", stdout=said)
    ring("b", "b")
    assert "files: 1" in said.getvalue()
    assert uploads.open_stored(key).read() == b"%PDF-1.7\n%%EOF\n"


def test_second_factors_still_open_when_the_old_key_has_gone(cast, ring, storage):
    secret = encryption.encrypt_text("JBSWY3DPEHPK3PXP", *second_factors.PLACE)
    held = Authenticator.objects.create(
        user=cast.charity_approver, type=Authenticator.Type.TOTP, data={"secret": secret}
    )
    ring("b", "a", "b")
    call_command("rotate_keys", stdout=io.StringIO())
    ring("b", "b")
    held.refresh_from_db()
    assert encryption.decrypt_text(held.data["secret"], *second_factors.PLACE) == "JBSWY3DPEHPK3PXP"
