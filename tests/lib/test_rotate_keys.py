import io

from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command

from portal.lib import uploads


def test_the_command_seals_stored_files_anew_and_says_so(db, ring, storage):
    key = uploads.store(uploads.check(SimpleUploadedFile("a.pdf", b"%PDF-1.7\n%%EOF\n")))
    ring("b", "a", "b")
    said = io.StringIO()
    call_command("rotate_keys", stdout=said)
    ring("b", "b")
    assert "files: 1" in said.getvalue()
    assert uploads.open_stored(key).read() == b"%PDF-1.7\n%%EOF\n"
