"""Files that people send: looked at, made harmless, kept unreadable, handed out safely.

The type is read from the content; a name proves nothing. Pictures are drawn anew, which drops places and dates hidden
in them. Zip-based documents are measured before anyone unpacks them, and refused when they carry programs. What is kept
lies encrypted under a random key; the name stays in the database of whoever keeps it.

    checked = uploads.check(request.FILES["file"])      # ValidationError with words for the person
    row = PolicyFile(key=uploads.store(checked), name=checked.name, kind=checked.kind, size=checked.size)
    return uploads.download(row.key, f"政策文件-{row.code}.{row.kind}")
"""

import contextlib
import hashlib
import io
import itertools
import os
import posixpath
import re
import secrets
import tempfile
import unicodedata
import zipfile
import zlib
from dataclasses import dataclass
from typing import BinaryIO

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files import File
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404
from django.utils.translation import gettext_lazy as _

from portal.lib import encryption, pictures, sealed_files
from portal.lib.virus_scan import refuse_virus

CONTENT_TYPES = {
    "pdf": "application/pdf",
    "jpg": "image/jpeg",
    "png": "image/png",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv",
    "zip": "application/zip",
    "json": "application/json",
    "txt": "text/plain",
}
DOCUMENTS = ("pdf", "jpg", "png", "docx", "xlsx")
PICTURES = ("jpg", "png")
TABLES = ("xlsx", "csv")
# What is turned into another kind on the way in is taken wherever that one is.
BECOMES = {"heic": "jpg"}
# Of a zip: how many files, how large unpacked, how many times larger than packed.
MAX_MEMBERS, MAX_UNPACKED, MAX_RATIO = 2000, 200 * 1024 * 1024, 200
# Stored files live below one folder; the first two letters of the key spread them.
FOLDER = "sealed"
_KEY = re.compile(r"[0-9a-f]{32}")
_SPOOL = 4 * 1024 * 1024
_PROGRAMS = re.compile(r"vbaProject|activeX|\.(?:bin|exe|dll|js|vbs|scr|bat|cmd|ps1|jar|com|hta|lnk)$", re.IGNORECASE)
# Printer settings are the one kind of .bin an honest workbook has.
_HARMLESS = re.compile(r"xl/printerSettings/printerSettings\d+\.bin")
# What of a picture or a document may point outside and be fetched when it is opened.
_REMOTE = re.compile(
    rb'(?:attachedTemplate|oleObject|frame|subDocument)"[^>]*TargetMode\s*=\s*"External"', re.IGNORECASE
)
# Programs of a PDF. Its streams are left out: in compressed bytes any three letters turn up by chance.
_STREAM = re.compile(rb"stream\r?\n.*?endstream", re.DOTALL)
_PDF_SHORT = re.compile(rb"/JS\b")
# Every program is an action of one of these kinds; names so long are no chance, wherever they stand.
_PDF_PROGRAM = re.compile(rb"/(?:JavaScript|Launch)\b")
# /J#61vaScript is the same name.
_PDF_ESCAPED = re.compile(rb"#([0-9a-fA-F]{2})")
# Objects that lie packed in a stream of their own.
_PDF_PACKED = re.compile(rb"/ObjStm\b.{0,1000}?stream\r?\n(.*?)endstream", re.DOTALL)


@dataclass
class CheckedFile:
    """A file that may be kept. `content` stands at its beginning; `name` is what the person called it, made safe."""

    kind: str
    name: str
    content: BinaryIO
    size: int
    sha256: str

    @property
    def content_type(self):
        return CONTENT_TYPES[self.kind]


def check(upload, kinds=DOCUMENTS, limit=None) -> CheckedFile:
    """Look at an uploaded file; ValidationError says in plain words why it cannot be taken."""
    limit = limit or settings.UPLOAD_LIMIT
    if upload.size > limit:
        message = _("文件有 %(size)s MB，最多 %(limit)s MB。")
        raise _refused("size", message, size=-(-upload.size // 1024**2), limit=limit // 1024**2)
    if not upload.size:
        raise _refused("empty", _("文件是空的。"))
    upload.seek(0)
    found = kind_of(upload)
    kind = BECOMES.get(found, found)
    if kind not in kinds:
        raise _refused("kind", _("只能上传 %(kinds)s 文件。"), kinds=_("、").join(kinds))
    content = _MAKE_HARMLESS[found](upload)
    refuse_virus(content)
    size, digest = _measure(content)
    return CheckedFile(kind, safe_name(upload.name, kind), content, size, digest)


def kind_of(content) -> str:
    """What the content is, by its first bytes and, of a zip, by its members; "" for anything else."""
    head = content.read(1024)
    content.seek(0)
    if head.startswith(b"%PDF-"):
        return "pdf"
    if head.startswith(b"\xff\xd8\xff"):
        return "jpg"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if pictures.is_heic(head):
        return "heic"
    if head.startswith(b"PK\x03\x04"):
        return _kind_of_zip(content)
    return "csv" if _is_text(head) else ""


def check_zip(content):
    """Measure a zip by its directory, before anything of it is unpacked."""
    with _as_zip(content) as archive:
        members = archive.infolist()
        unpacked = sum(member.file_size for member in members)
        packed = sum(member.compress_size for member in members) or 1
        if len(members) > MAX_MEMBERS or unpacked > MAX_UNPACKED:
            raise _refused("zip_size", _("文件解压后过大，请拆分或另存后再上传。"))
        if unpacked > 1024**2 and unpacked / packed > MAX_RATIO:
            raise _refused("zip_ratio", _("文件的压缩比异常，已拒绝。请用办公软件另存后再上传。"))
        for member in members:
            _refuse_member(member)
        _refuse_remote_parts(archive, members)
    content.seek(0)


def safe_name(name: str, kind: str) -> str:
    """The last part of a path, without what a file system or a header could stumble over, with the true ending."""
    name = unicodedata.normalize("NFC", str(name or "")).replace("\\", "/").rsplit("/", 1)[-1]
    stem = name.rsplit(".", 1)[0] if "." in name else name
    stem = "".join(c for c in stem if unicodedata.category(c)[0] != "C" and c not in '<>:"|?*;')
    return f"{stem.strip(' .')[:80] or 'file'}.{kind}"


def store(checked: CheckedFile) -> str:
    """Keep a checked file, encrypted; returns its key."""
    checked.content.seek(0)
    return store_stream(checked.content)


def store_stream(content) -> str:
    """Keep what a program of ours made (an export, say) without holding it whole."""
    key = secrets.token_hex(16)
    with tempfile.SpooledTemporaryFile(_SPOOL) as sealed:
        sealed_files.seal(content, sealed, _context(key))
        sealed.seek(0)
        saved = default_storage.save(path_of(key), File(sealed, name=key))
    if saved != path_of(key):
        default_storage.delete(saved)
        raise FileExistsError("a random key came twice")
    return key


def open_stored(key: str) -> io.BufferedReader:
    """A stored file, readable from any position. FileNotFoundError when it is gone, CannotOpen when tampered with."""
    return sealed_files.open_sealed(default_storage.open(path_of(key), "rb"), _context(key))


@contextlib.contextmanager
def kept(file):
    """The file is stored before the row is written, and gone again if the row is not: never a row without a file."""
    if file is None:
        yield {}
        return
    key = store(file)
    try:
        yield {"file_key": key, "file_name": file.name, "file_size": file.size}
    except BaseException:
        delete(key)
        raise


def delete(key: str):
    """Deleting twice is no error: the task that deletes may run twice."""
    default_storage.delete(path_of(key))


def path_of(key: str) -> str:
    if not _KEY.fullmatch(key):
        raise ValueError("a key of a stored file is 32 hexadecimal digits")
    return f"{FOLDER}/{key[:2]}/{key}"


def download(key: str, name: str) -> FileResponse:
    """The file as an attachment. `name` is for the person's disk: say what it is and which case, never who."""
    return _response(key, name, is_shown=False)


def show(key: str, name: str) -> FileResponse:
    """The file to be looked at in the page: a picture, or a PDF in a frame of ours with the browser's own viewer."""
    response = _response(key, name, is_shown=True)
    if response["Content-Type"] == CONTENT_TYPES["pdf"]:
        # No browser shows a PDF in a sandbox; its viewer is one, and what runs by itself was refused at the door.
        response["Content-Security-Policy"] = "default-src 'none'; object-src 'self'; frame-ancestors 'self'"
        response["X-Frame-Options"] = "SAMEORIGIN"
    return response


def _response(key, name, *, is_shown):
    """A file that is gone is not found, whoever asks."""
    try:
        stored = open_stored(key)
    except FileNotFoundError as error:
        raise Http404 from error
    kind = name.rsplit(".", 1)[-1].lower()
    name = safe_name(name, kind)
    content_type = CONTENT_TYPES.get(kind, "application/octet-stream")
    response = FileResponse(stored, as_attachment=not is_shown, filename=name, content_type=content_type)
    response["Content-Length"] = stored.raw.size
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cache-Control"] = "no-store, private"
    return response


def stored_keys():
    """The keys of all stored files, a list for each folder."""
    for folder in _folders(FOLDER):
        yield [name for name in default_storage.listdir(folder)[1] if _KEY.fullmatch(name)]


def rotate():
    """Seal anew the keys of all stored files; yields 1 for each that was rewritten. Run it again after a crash."""
    for folder in _folders(FOLDER):
        for name in default_storage.listdir(folder)[1]:
            if name.endswith(".new"):
                yield _finish_rotation(posixpath.join(folder, name))
        for name in default_storage.listdir(folder)[1]:
            if _KEY.fullmatch(name):
                yield _rotate_file(name)


# -- one kind each ----------------------------------------------------------------------------------------------------
def _harmless_pdf(upload):
    """A PDF is handed on as it is, unless it says that it runs something. Attachments stay: e-invoices have them."""
    upload.seek(0)
    content = upload.read()
    if b"%%EOF" not in content[-2048:]:
        raise _refused("pdf", _("PDF 文件不完整，可能没有下载完。"))
    packed = b"".join(_unpacked(found[1]) for found in itertools.islice(_PDF_PACKED.finditer(content), MAX_MEMBERS))
    everywhere, outside = _unescaped(content + packed), _unescaped(_STREAM.sub(b"", content))
    if _PDF_PROGRAM.search(everywhere) or _PDF_SHORT.search(outside):
        raise _refused("pdf_program", _("PDF 文件带有程序，请打印为新的 PDF 后再上传。"))
    return io.BytesIO(content)


def _unpacked(piece):
    """The beginning is enough: what unpacks to more, or not at all, is no list of objects."""
    try:
        return zlib.decompressobj().decompress(piece, 1024**2)
    except zlib.error:
        return b""


def _unescaped(content):
    return _PDF_ESCAPED.sub(lambda found: bytes.fromhex(found[1].decode()), content)


def _harmless_office(upload):
    check_zip(upload)
    return upload


def _harmless_text(upload):
    upload.seek(0)
    while piece := upload.read(1024**2):
        if b"\0" in piece:
            raise _refused("text", _("文件不是文本表格，请另存为 CSV（UTF-8）或 xlsx。"))
    upload.seek(0)
    return upload


_MAKE_HARMLESS = {
    "pdf": _harmless_pdf,
    "jpg": pictures.redraw,
    "png": pictures.redraw,
    "heic": pictures.redraw_heic,
    "docx": _harmless_office,
    "xlsx": _harmless_office,
    "csv": _harmless_text,
}


# -- zip --------------------------------------------------------------------------------------------------------------
@contextlib.contextmanager
def _as_zip(content):
    try:
        with zipfile.ZipFile(content) as archive:
            yield archive
    except (zipfile.BadZipFile, EOFError, RuntimeError, UnicodeDecodeError, OSError, zlib.error):
        raise _refused("zip", _("文件已损坏或加了密码，请另存后再上传。")) from None


def _kind_of_zip(content):
    with _as_zip(content) as archive:
        names = set(archive.namelist())
    content.seek(0)
    if "[Content_Types].xml" not in names:
        return ""
    if "xl/workbook.xml" in names:
        return "xlsx"
    return "docx" if "word/document.xml" in names else ""


def _refuse_member(member):
    name = member.filename
    if _PROGRAMS.search(name) and not _HARMLESS.fullmatch(name):
        raise _refused("macro", _("文件带有宏或程序，请另存为不含宏的格式后再上传。"))
    if member.flag_bits & 1:
        raise _refused("password", _("文件加了密码，请去掉密码后再上传。"))
    if name.startswith(("/", "\\")) or ".." in name.replace("\\", "/").split("/"):
        raise _refused("zip", _("文件已损坏或加了密码，请另存后再上传。"))


def _refuse_remote_parts(archive, members):
    """A template or an object that is fetched from elsewhere at opening. Plain hyperlinks are let through."""
    for member in members:
        if not member.filename.endswith(".rels"):
            continue
        if member.file_size > 5 * 1024**2 or _REMOTE.search(archive.read(member)):
            raise _refused("remote", _("文件会在打开时读取外部内容，请另存后再上传。"))


# -- storage ----------------------------------------------------------------------------------------------------------
def _folders(root):
    try:
        return [f"{root}/{name}" for name in sorted(default_storage.listdir(root)[0])]
    except FileNotFoundError:
        return []


def _rotate_file(key):
    """Written whole beside the old one first, so that a crash at any point leaves one good copy."""
    path = path_of(key)
    with default_storage.open(path, "rb") as source:
        if sealed_files.is_current(source):
            return 0
        with tempfile.SpooledTemporaryFile(_SPOOL) as target:
            sealed_files.rotate(source, target, _context(key))
            target.seek(0)
            default_storage.save(f"{path}.new", File(target, name=key))
    return _finish_rotation(f"{path}.new")


def _finish_rotation(new_path):
    path = new_path.removesuffix(".new")
    with default_storage.open(new_path, "rb") as new:
        default_storage.delete(path)
        default_storage.save(path, File(new, name=path))
    default_storage.delete(new_path)
    return 1


def _context(key):
    return encryption.place("file", "content", key)


def _measure(content):
    content.seek(0)
    digest = hashlib.file_digest(content, "sha256") if hasattr(content, "readinto") else _digest(content)
    size = content.seek(0, os.SEEK_END)
    content.seek(0)
    return size, digest.hexdigest()


def _digest(content):
    digest = hashlib.sha256()
    while piece := content.read(1024**2):
        digest.update(piece)
    return digest


def _is_text(head):
    """Neither NUL nor other control characters: a CSV of any encoding that is used here."""
    return not re.search(rb"[\x00-\x08\x0e-\x1f]", head)


def _refused(code, message, **values):
    return ValidationError(message, code=code, params=values or None)
