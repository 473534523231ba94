"""Old months of the audit leave the database as files that can still be verified.

A month's file is gzipped JSON lines, encrypted like every stored file: a heading, then every line of the audit with its
link and the link before, so that each can be checked with the key alone. A month is dropped only when it is older than
the retention, wholly sealed and its file has been read back; its links stay in the chain, and a signed AuditArchive row
vouches for them.
"""

import gzip
import json
import tempfile
from dataclasses import dataclass
from datetime import UTC, date, datetime

from cryptography.hazmat.primitives import hashes
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connection, transaction
from django.utils import timezone

from members import seals
from members.access import Refusal
from members.audit import record
from members.models import AuditArchive
from portal.lib import partitions, uploads

TABLE = "members_auditentry"
LEAST_MONTHS = 6


@dataclass(frozen=True)
class Archived:
    month: date
    file: str
    rows: int
    checksum: str
    is_dropped: bool


def retention_limit():
    """Months before this one may leave the database. The law asks for six at least."""
    months = settings.AUDIT_RETENTION_MONTHS
    if months < LEAST_MONTHS:
        raise ImproperlyConfigured(f"AUDIT_RETENTION_MONTHS must be {LEAST_MONTHS} or more")
    return partitions.next_month(timezone.localdate(), -months)


def archive_before(day):
    """Write every whole month before the day to a file; drop those beyond the retention. Refuses a broken chain."""
    limit = retention_limit()
    months = [part for part in partitions.parts(TABLE) if part.end.date() <= day and part.end <= timezone.now()]
    if not months:
        return []
    if finding := seals.verify().finding:
        raise Refusal(finding.words)
    return [_archive(part, part.month < limit) for part in months]


def _archive(part, may_drop):
    _refuse_unsealed(part)
    name, rows, checksum, links = _write(part)
    if read_back(name, checksum) != rows:
        raise Refusal(f"{name}: 读回的行数与写入的不符，未删除任何记录。")
    if may_drop:
        with transaction.atomic():
            _vouch(part, name, rows, checksum, links)
            partitions.drop(TABLE, part.month)
    record(None, "audit.archive", reason=f"{part.month:%Y-%m} {rows} {checksum}" + (" dropped" if may_drop else ""))
    return Archived(part.month, name, rows, checksum, may_drop)


def _refuse_unsealed(part):
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            select count(*) from {part.name} e where not exists (
                select 1 from members_auditseal s where s.entry_at = e.at and s.entry_id = e.id
            )
            """  # noqa: S608 - our own table's name
        )
        (number,) = cursor.fetchone()
    if number:
        raise Refusal(f"{part.month:%Y-%m} 还有 {number} 条记录未加封，暂不能归档。")


def _write(part):
    links, rows = hashes.Hash(hashes.SM3()), 0
    with tempfile.NamedTemporaryFile(suffix=".gz") as file:
        with gzip.open(file, "wt", encoding="utf-8", newline="\n") as text:
            text.write(json.dumps({"month": str(part.month), "columns": seals.COLUMNS, "form": seals.FORM}) + "\n")
            for sequence, sealed_at, key, before, mac, line in _lines(part):
                links.update(mac)
                rows += 1
                told = [sequence, sealed_at.astimezone(UTC).isoformat(), key, before.hex(), mac.hex(), line.decode()]
                text.write(json.dumps(told, ensure_ascii=False) + "\n")
        file.flush()
        file.seek(0)
        name = uploads.store_stream(file)
        file.seek(0)
        return name, rows, _checksum(file), links.finalize().hex()


def _lines(part):
    """The lines of a month in the order of sealing, each with its link and the one before; in batches by key."""
    columns = ", ".join(f"host(e.{name[5:-1]})" if "(" in name else f"e.{name}" for name in seals.COLUMNS)
    after = 0
    while True:
        with connection.cursor() as cursor:
            cursor.execute(
                f"""
                select s.sequence, s.sealed_at, s.key, coalesce(p.mac, ''::bytea), s.mac, {columns}
                from (
                    select * from members_auditseal where sequence > %s and entry_at >= %s and entry_at < %s
                    order by sequence limit {seals.BATCH}
                ) s
                join lateral (
                    select * from {part.name} where at = s.entry_at and id = s.entry_id offset 0
                ) e on true
                left join members_auditseal p on p.sequence = s.sequence - 1
                order by s.sequence
                """,  # noqa: S608 - our own names
                [after, part.start, part.end],
            )
            rows = cursor.fetchall()
        for sequence, sealed_at, key, before, mac, *line in rows:
            yield sequence, sealed_at, key, bytes(before), bytes(mac), seals.canonical(line)
        if not rows:
            return
        after = rows[-1][0]


def read_back(name, checksum=None):
    """Read an archive and check its sum and every link in it; returns the number of lines."""
    rows = 0
    with uploads.open_stored(name) as file:
        if checksum and _checksum(file) != checksum:
            raise Refusal(f"{name}: 校验和不符，文件已损坏或被改动。")
        file.seek(0)
        with gzip.open(file, "rt", encoding="utf-8") as text:
            next(text)
            for line in text:
                sequence, sealed_at, key, before, mac, told = json.loads(line)
                moment = datetime.fromisoformat(sealed_at)
                if seals.digest(key, bytes.fromhex(before), sequence, moment, told.encode()).hex() != mac:
                    raise Refusal(f"{name}: 第 {sequence} 号封条与记录不符。")
                rows += 1
    return rows


def verify_files():
    """Read every archive that stands for a dropped month; raises the first refusal, returns the number of lines."""
    return sum(read_back(archive.file, archive.checksum) for archive in AuditArchive.objects.order_by("month"))


def _vouch(part, name, rows, checksum, links):
    archive = AuditArchive(
        month=part.month, file=name, checksum=checksum, rows=rows, seals_digest=links, key=seals.current_key()
    )
    archive.mac = seals.sign(archive.key, "audit archive", seals.signed_part(archive))
    archive.save(force_insert=True)


def _checksum(file):
    sum_ = hashes.Hash(hashes.SM3())
    while chunk := file.read(1 << 20):
        sum_.update(chunk)
    return sum_.finalize().hex()
