"""Files from outside: what is honest comes in, what is not is told apart by its content, and nothing lies readable."""

import base64
import io
import os
import socket
import struct
import threading
import zipfile
import zlib

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from portal.lib import pictures, sealed_files, uploads
from portal.lib.encryption import CannotOpen

PDF = b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"

# A red sheet of 32 × 48 as an iPhone would send it, lying on its side, with words and a place in its EXIF.
HEIC = base64.b64decode(
    "AAAAHGZ0eXBoZWljAAAAAG1pZjFoZWljbWlhZgAAAchtZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0AAAAAAAAAAAAAAAAAAAAADRpbG9jAA"
    "AAAERAAAIAAQAAAAAB7AABAAAAAAAAABsAAgAAAAACBwABAAAAAAAAAHoAAAA4aWluZgAAAAAAAgAAABVpbmZlAgAAAAABAABodmMxAAAAABVp"
    "bmZlAgAAAQACAABFeGlmAAAAAA5waXRtAAAAAAABAAABB2lwcnAAAADmaXBjbwAAAHZodmNDAQNwAAAAkAAAAAAAHvAA/P34+AAADwNgAAEAGE"
    "ABDAH//wNwAAADAJAAAAMAAAMAHroCQGEAAQAqQgEBA3AAAAMAkAAAAwAAAwAeoCCBBZbq5Ka5uAhoMCAAAAMDIAAAAwAhYgABAAZEAcFzwIkA"
    "AAATY29scm5jbHgAAQANAAaAAAAAFGlzcGUAAAAAAAAAQAAAAEAAAAAoY2xhcAAAADAAAAABAAAAIAAAAAH////wAAAAAv///+AAAAACAAAAEH"
    "BpeGkAAAAAAwgICAAAAAlpcm90AwAAABlpcG1hAAAAAAAAAAEAAQaBAgMFhIYAAAAaaXJlZgAAAAAAAAAOY2RzYwACAAEAAQAAAJ1tZGF0AAAA"
    "FygBr1jm9Oq//+c7v/8qPSH2JSHkanfAAAAABkV4aWYAAE1NACoAAAAIAAMBDgACAAAABwAAADIBEgADAAAAAQAGAACIJQAEAAAAAQAAADoAAA"
    "AAR0VIRUlNAAAAAgABAAIAAAACTgAAAAACAAUAAAADAAAAWAAAAAAAAAAtAAAAAQAAAAEAAAABAAAAAgAAAAE="
)


def upload(content, name="file.pdf"):
    return SimpleUploadedFile(name, content)


def refused(content, name="file.pdf", **options):
    with pytest.raises(ValidationError) as caught:
        uploads.check(upload(content, name), **options)
    assert caught.value.messages[0]
    return caught.value.code


def picture(picture_format="JPEG", size=(40, 30), **options):
    target = io.BytesIO()
    Image.new("RGB", size, "red").save(target, picture_format, **options)
    return target.getvalue()


def workbook():
    target = io.BytesIO()
    book = Workbook()
    book.active.append(["姓名", "金额"])
    book.save(target)
    return target.getvalue()


def zipped(members, compression=zipfile.ZIP_DEFLATED):
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", compression) as archive:
        for name, content in {"[Content_Types].xml": "<Types/>", "xl/workbook.xml": "<workbook/>", **members}.items():
            archive.writestr(name, content)
    return target.getvalue()


def document():
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", "<document/>")
    return target.getvalue()


@pytest.mark.parametrize(
    ("content", "kind"),
    [(PDF, "pdf"), (picture(), "jpg"), (picture("PNG"), "png"), (workbook(), "xlsx"), (document(), "docx")],
    ids=["pdf", "jpg", "png", "xlsx", "docx"],
)
def test_honest_files_come_in_whatever_they_are_called(content, kind):
    checked = uploads.check(upload(content, "扫描件.exe"))
    assert (checked.kind, checked.name) == (kind, f"扫描件.{kind}")
    assert checked.size == len(checked.content.read())


def test_a_table_of_text_comes_in_only_where_tables_are_asked_for():
    content = "姓名,金额\n某人,1\n".encode("gb18030")
    assert uploads.check(upload(content, "a.csv"), uploads.TABLES).kind == "csv"
    assert refused(content, "a.csv") == "kind"


def packed_object(body):
    """As a PDF of today keeps its objects."""
    return b"<</Type/ObjStm/N 1/Filter/FlateDecode>>\nstream\n" + zlib.compress(body) + b"\nendstream\n"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (b"MZ\x90\x00\x03", "kind"),
        (b"\x7fELF\x02\x01", "kind"),
        (b"<html><script>alert(1)</script>", "kind"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "kind"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "kind"),
        (b"GIF89a", "kind"),
        (b"%PDF-1.7\n no end", "pdf"),
        (PDF.replace(b"/Catalog", b"/Catalog/OpenAction<</S/JavaScript/JS(x)>>"), "pdf_program"),
        (PDF.replace(b"/Catalog", b"/Catalog/AA<</S/Launch/F(cmd)>>"), "pdf_program"),
        (PDF.replace(b"/Catalog", b"/Catalog/OpenAction<</S/J#61vaScript/J#53(x)>>"), "pdf_program"),
        (PDF.replace(b"endobj", b"%stream\n7 0 obj<</S/JavaScript/JS(x)>>\n%endstream\nendobj"), "pdf_program"),
        (PDF.replace(b"endobj", packed_object(b"<</S/JavaScript/JS(x)>>") + b"endobj"), "pdf_program"),
        (b"\xff\xd8\xff\xe0 broken", "picture"),
        (b"\x89PNG\r\n\x1a\n broken", "picture"),
        (b"PK\x03\x04 broken", "zip"),
        (workbook()[:-40], "zip"),
        (zipped({"xl/vbaProject.bin": "x"}), "macro"),
        (zipped({"xl/embeddings/oleObject1.bin": "x"}), "macro"),
        (zipped({"xl/../../etc/passwd": "x"}), "zip"),
        (zipped({"xl/sheet.xml": b"0" * 30_000_000}), "zip_ratio"),
        (zipped({f"xl/{n}.xml": "" for n in range(2100)}), "zip_size"),
        (
            zipped({"word/_rels/settings.xml.rels": '<R Type="x/attachedTemplate" TargetMode="External"/>'}),
            "remote",
        ),
    ],
)
def test_what_is_not_what_it_says_or_carries_a_program_is_refused(content, code):
    assert refused(content) == code


def test_a_zip_without_a_document_in_it_is_no_document():
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("run.exe", "x")
    assert refused(target.getvalue()) == "kind"


def test_too_large_a_file_is_refused_by_its_size():
    assert refused(PDF, limit=10) == "size"


def test_letters_that_mean_programs_may_occur_in_compressed_pages():
    page = b"stream\n" + os.urandom(50) + b" /JS " + b"\nendstream"
    assert uploads.check(upload(PDF.replace(b"endobj", page + b"endobj"))).kind == "pdf"


def test_a_picture_with_too_many_points_is_refused_before_it_is_unpacked(monkeypatch):
    monkeypatch.setattr(pictures, "MAX_PIXELS", 1000)
    assert refused(picture(size=(40, 30))) == "pixels"


def test_a_photograph_of_an_iphone_becomes_a_jpeg_the_right_way_up_and_tells_nothing():
    assert b"GEHEIM" in HEIC
    checked = uploads.check(upload(HEIC, "IMG_0001.HEIC"), uploads.PICTURES)
    assert (checked.kind, checked.name) == ("jpg", "IMG_0001.jpg")
    content = checked.content.read()
    with Image.open(io.BytesIO(content), formats=["JPEG"]) as image:
        assert (image.size, dict(image.getexif())) == ((32, 48), {})
        red, green, blue = image.getpixel((16, 24))
    assert (red > 200, green < 50, blue < 50) == (True, True, True)
    assert b"GEHEIM" not in content


def test_a_photograph_of_an_iphone_is_refused_where_jpeg_is(monkeypatch):
    assert refused(HEIC, kinds=("pdf",)) == "kind"
    assert refused(HEIC[:300]) == "picture"
    monkeypatch.setattr(pictures, "MAX_PIXELS", 1000)
    assert refused(HEIC) == "pixels"
    monkeypatch.setattr(pictures, "READS_HEIC", False)
    assert refused(HEIC) == "heic"


def test_a_small_picture_stands_on_white_and_is_small():
    see_through = io.BytesIO()
    Image.new("RGBA", (600, 300), (0, 0, 0, 0)).save(see_through, "PNG")
    with Image.open(pictures.thumbnail(see_through)) as small:
        assert (small.size, small.getpixel((5, 5))) == ((240, 120), (255, 255, 255))


def test_a_file_to_be_looked_at_stays_in_a_sandbox_and_a_pdf_in_a_frame_of_ours():
    key = uploads.store(uploads.check(upload(picture())))
    shown = uploads.show(key, "诊断证明-k7.jpg")
    assert shown["Content-Disposition"].startswith("inline")
    assert shown["Content-Security-Policy"] == "default-src 'none'; sandbox"
    shown = uploads.show(uploads.store(uploads.check(upload(PDF))), "诊断证明-k7.pdf")
    assert "frame-ancestors 'self'" in shown["Content-Security-Policy"]
    assert (shown["X-Frame-Options"], shown["X-Content-Type-Options"]) == ("SAMEORIGIN", "nosniff")


def test_hidden_data_of_a_picture_is_gone():
    exif = Image.Exif()
    exif[0x010F] = "camera-of-someone"
    photo = picture(exif=exif, comment=b"where-it-was")
    note = PngInfo()
    note.add_text("Author", "someone")
    drawing = picture("PNG", pnginfo=note)
    assert b"camera-of-someone" in photo
    assert b"someone" in drawing
    for content in (photo + b"PK\x03\x04 a second file", drawing + b"<?php ?>"):
        clean = uploads.check(upload(content)).content.read()
        for trace in (b"someone", b"where-it-was", b"second file", b"php"):
            assert trace not in clean


def test_a_picture_lying_on_its_side_is_put_upright():
    exif = Image.Exif()
    exif[0x0112] = 6
    with Image.open(uploads.check(upload(picture(exif=exif))).content) as image:
        assert image.size == (30, 40)


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("../../etc/passwd", "passwd.pdf"),
        ("C:\\文件\\证明.docx", "证明.pdf"),
        ("a\r\nSet-Cookie: x.pdf", "aSet-Cookie x.pdf"),
        ("evil\u202efdp.exe", "evilfdp.pdf"),
        ("", "file.pdf"),
        (".pdf", "file.pdf"),
        ("长" * 300, "长" * 80 + ".pdf"),
    ],
)
def test_names_are_made_safe(name, safe):
    assert uploads.safe_name(name, "pdf") == safe


# -- at rest ----------------------------------------------------------------------------------------------------------
def test_what_is_kept_is_unreadable_on_the_disk_and_read_back_whole(ring, storage):
    checked = uploads.check(upload(PDF))
    key = uploads.store(checked)
    lying = (storage / uploads.path_of(key)).read_bytes()
    assert b"Catalog" not in lying
    assert uploads.open_stored(key).read() == PDF
    uploads.delete(key)
    uploads.delete(key)
    with pytest.raises(FileNotFoundError):
        uploads.open_stored(key)


def test_a_file_under_the_key_of_another_does_not_open(ring, storage):
    one, two = (uploads.store(uploads.check(upload(PDF))) for _ in range(2))
    (storage / uploads.path_of(two)).write_bytes((storage / uploads.path_of(one)).read_bytes())
    with pytest.raises(CannotOpen):
        uploads.open_stored(two)


@pytest.mark.parametrize("key", ["../../secrets.json", "", "A" * 32, "a" * 31, "a" * 32 + "\n"])
def test_a_key_is_no_path(key):
    with pytest.raises(ValueError, match="key"):
        uploads.path_of(key)


def sealed(content):
    target = io.BytesIO()
    sealed_files.seal(io.BytesIO(content), target, b"here")
    return target.getvalue()


PIECE = sealed_files.PIECE


@pytest.mark.parametrize("length", [0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE])
def test_every_length_is_read_back(ring, length):
    content = os.urandom(length)
    reader = sealed_files.open_sealed(io.BytesIO(sealed(content)), b"here")
    assert reader.read() == content
    assert reader.raw.size == length


@given(start=st.integers(0, 3 * PIECE), length=st.integers(0, PIECE))
@settings(max_examples=30)
def test_a_sealed_file_is_read_from_any_position(start, length):
    content = bytes(range(251)) * (2 * PIECE // 251)
    reader = sealed_files.open_sealed(io.BytesIO(sealed(content)), b"here")
    reader.seek(start)
    assert reader.read(length) == content[start : start + length]


@pytest.mark.parametrize("harm", ["cut_at_piece", "cut_within", "swap", "change", "append", "empty"])
def test_pieces_cannot_be_cut_swapped_or_changed(ring, harm):
    whole = sealed(os.urandom(2 * PIECE + 10))
    step = PIECE + 16
    start = len(whole) - 2 * step - 26
    first, second, last = whole[start : start + step], whole[start + step : start + 2 * step], whole[start + 2 * step :]
    harmed = {
        "cut_at_piece": whole[: start + 2 * step],
        "cut_within": whole[:-5],
        "swap": whole[:start] + second + first + last,
        "change": whole[: start + 5] + bytes([whole[start + 5] ^ 1]) + whole[start + 6 :],
        "append": whole + b"x",
        "empty": whole[:start],
    }[harm]
    with pytest.raises(CannotOpen):
        sealed_files.open_sealed(io.BytesIO(harmed), b"here").read()


def test_rotation_rewrites_the_heads_of_files_only(ring, storage):
    keys = [uploads.store(uploads.check(upload(PDF))) for _ in range(3)]
    ring("b", "a", "b")
    newer = uploads.store(uploads.check(upload(PDF)))
    assert sum(uploads.rotate()) == 3
    assert sum(uploads.rotate()) == 0
    ring("b", "b")
    assert [uploads.open_stored(key).read() for key in [*keys, newer]] == [PDF] * 4
    assert len([path for path in storage.rglob("*") if path.is_file()]) == 4


def test_a_rotation_that_was_broken_off_is_finished_by_the_next(ring, storage):
    key = uploads.store(uploads.check(upload(PDF)))
    path = storage / uploads.path_of(key)
    path.rename(path.with_suffix(".new"))
    assert sum(uploads.rotate()) == 1
    assert uploads.open_stored(key).read() == PDF


def test_a_download_is_an_attachment_that_runs_nowhere(ring, storage):
    key = uploads.store(uploads.check(upload(PDF)))
    response = uploads.download(key, "政策文件-ab12.pdf")
    assert b"".join(response.streaming_content) == PDF
    assert response["Content-Disposition"].startswith("attachment; filename*=utf-8''%E6%94%BF")
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Length"] == str(len(PDF))
    assert "\n" not in uploads.download(key, "a\r\nX: y.pdf")["Content-Disposition"]


# -- scanner ----------------------------------------------------------------------------------------------------------
@pytest.fixture
def scanner(settings):
    """A daemon that speaks INSTREAM and calls everything with EICAR in it a virus."""
    server = socket.create_server(("127.0.0.1", 0))
    settings.CLAMD_URL = f"tcp://127.0.0.1:{server.getsockname()[1]}"

    def serve():
        while True:
            try:
                connection, _address = server.accept()
            except OSError:
                return
            with connection, connection.makefile("rb") as stream:
                assert stream.read(10) == b"zINSTREAM\0"
                content = b""
                while length := struct.unpack(">I", stream.read(4))[0]:
                    content += stream.read(length)
                connection.sendall(b"stream: Eicar FOUND\0" if b"EICAR" in content else b"stream: OK\0")

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield server
    server.shutdown(socket.SHUT_RDWR)
    server.close()
    thread.join()


def test_a_virus_is_refused_and_the_rest_comes_in(scanner):
    assert refused(PDF.replace(b"Catalog", b"EICAR")) == "virus"
    assert uploads.check(upload(PDF)).content.read() == PDF


def test_while_the_scanner_is_away_nothing_comes_in(settings):
    settings.CLAMD_URL = "unix:///nonexistent/clamd.sock"
    assert refused(PDF) == "scanner"
