"""The chain over the audit: whoever changes, removes or slips in a line breaks it, be it the database's superuser.

Writers do nothing for it. A periodic task seals what was committed since: each link is a keyed digest (HMAC-SM3, key
derived from the key ring, not in the database) of the link before and of one line. What arrives more than an hour
behind the sealing is left unsealed, and so shows. The end of the chain is written down outside the database once an
hour (an anchor), so that a chain cut short shows too.
"""

import json
import logging
from base64 import b64decode
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, hmac
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from members.models import AuditArchive, AuditSeal
from portal.lib.partitions import part_of

LOCK = 0x617564697473  # "audits"; held for one transaction only
BATCH = 2000
# How far behind the sealing a line may honestly be committed.
TOLERANCE = timedelta(hours=1)
# A quiet sealing leaves a link without a line this often.
TICK = timedelta(minutes=10)
FORM = 1
ANCHORS = "audit/anchors"
COLUMNS = (
    "id", "at", "action", "outcome", "actor_id", "actor_name", "actor_organization_id", "actor_organization_name",
    "actor_roles", "object_type", "object_code", "object_name", "organization_id", "reason", "changes", "host(ip)",
    "session", "request_id",
)  # fmt: skip
_ENTRY = ", ".join(f"host(e.{name[5:-1]})" if name.startswith("host(") else f"e.{name}" for name in COLUMNS)

logger = logging.getLogger(__name__)
_keyed = {}


@dataclass(frozen=True)
class Finding:
    """The first place where the chain does not hold, in words."""

    kind: str
    sequence: int
    words: str


@dataclass(frozen=True)
class Verdict:
    """What a verification saw: how much, until when, and the first broken link if there is one."""

    links: int
    entries: int
    archived: int
    anchors: int
    head: int
    sealed_at: datetime | None
    finding: Finding | None = None


# -- Bytes and keys ---------------------------------------------------------------------------------------------------
def canonical(row):
    """A line as bytes, the same on every machine; `row` in the order of COLUMNS."""
    values = list(row)
    values[1] = values[1].astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(values[14], str):
        values[14] = json.loads(values[14])
    return json.dumps(values, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def digest(key, previous, sequence, sealed_at, line):
    """The link: bound to the one before, to its place and time, and to the line (empty for a tick)."""
    moment = sealed_at.astimezone(UTC).isoformat(timespec="microseconds")
    mac = _with_key(key, "audit seal").copy()
    mac.update(previous)
    mac.update(f"|{FORM}|{sequence}|{moment}|".encode())
    mac.update(line)
    return mac.finalize()


def sign(key, purpose, values):
    """A signature over plain values, for anchors and archives."""
    mac = _with_key(key, purpose).copy()
    mac.update(json.dumps(values, sort_keys=True, default=str).encode())
    return mac.finalize()


def is_signed(key, purpose, values, signature):
    try:
        mac = _with_key(key, purpose).copy()
        mac.update(json.dumps(values, sort_keys=True, default=str).encode())
        mac.verify(bytes(signature))
    except (InvalidSignature, KeyError):
        return False
    return True


def current_key():
    return settings.KEY_RING["current"]


def _with_key(key, purpose):
    """A started HMAC under a key of its own for each purpose; copies of it are cheap."""
    if (key, purpose) not in _keyed:
        root = hmac.HMAC(b64decode(settings.KEY_RING["keys"][key]), hashes.SM3())
        root.update(f"portal {purpose} 1".encode())
        _keyed[key, purpose] = hmac.HMAC(root.finalize(), hashes.SM3())
    return _keyed[key, purpose]


# -- Sealing ----------------------------------------------------------------------------------------------------------
def seal():
    """Seal whatever was committed since; returns how many lines. Two at once do no harm: the second leaves at once."""
    sealed, beyond = 0, None
    while True:
        with transaction.atomic():
            if not _is_alone():
                return sealed
            number, beyond = _seal_page(beyond)
        sealed += number
        if beyond is None:
            return sealed


def _is_alone():
    with connection.cursor() as cursor:
        cursor.execute("select pg_try_advisory_xact_lock(%s)", [LOCK])
        return cursor.fetchone()[0]


def _seal_page(beyond):
    """Look at one page of lines and seal those that are not; returns how many, and where to go on."""
    last, now = head(), timezone.now()
    page = _page(last.sealed_at - TOLERANCE if last else None, beyond)
    is_full = len(page) == BATCH
    if is_full:  # more to come: it has looked as far as the last of these, not as far as now
        now = max([page[-1][2], *([last.sealed_at] if last else [])])
    rows = [row for is_sealed, *row in page if not is_sealed]
    is_quiet = not (rows or is_full) and (last is None or now - last.sealed_at >= TICK)
    _write_links(last, now, [None] if is_quiet else rows)
    return len(rows), tuple(page[-1][1:3]) if is_full else None


def _write_links(last, now, rows):
    key, sequence, mac = current_key(), last.sequence if last else 0, bytes(last.mac) if last else b""
    links = []
    for row in rows:
        sequence += 1
        mac = digest(key, mac, sequence, now, canonical(row) if row else b"")
        number, at = row[:2] if row else (None, None)
        links.append(AuditSeal(sequence=sequence, sealed_at=now, entry_id=number, entry_at=at, key=key, mac=mac))
    AuditSeal.objects.bulk_create(links)


def _page(horizon, beyond):
    """Lines in order, each with whether it has a link. What is older than the horizon stays unsealed, to be found.

    Walked by key, a page at a time: a join of everything with everything would grow with the years.
    """
    conditions, values = [], []
    if horizon:
        conditions.append("at > %s")
        values.append(horizon)
    if beyond:
        number, at = beyond
        conditions.append("at >= %s and (at, id) > (%s, %s)")
        values += [at, at, number]
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            select exists (
                select from members_auditseal s where s.entry_at = e.at and s.entry_id = e.id offset 0
            ), {_ENTRY}
            from (
                select * from members_auditentry where {" and ".join(conditions) or "true"}
                order by at, id limit {BATCH}
            ) e
            order by e.at, e.id
            """,  # noqa: S608 - our own column names
            values,
        )
        return cursor.fetchall()


def head():
    """The newest link, or None."""
    return AuditSeal.objects.order_by("-sequence").first()


def link_of(entry):
    """The link over a line, or None while it waits for its sealing."""
    return AuditSeal.objects.filter(entry_at=entry.at, entry_id=entry.pk).first()


def links_of(entries):
    """(at, id) -> number of the link, for many lines at once."""
    if not entries:
        return {}
    moments = {entry.at for entry in entries}
    links = AuditSeal.objects.filter(entry_at__gte=min(moments), entry_at__lte=max(moments))
    return {(at, number): sequence for at, number, sequence in links.values_list("entry_at", "entry_id", "sequence")}


# -- Anchors ----------------------------------------------------------------------------------------------------------
def anchor():
    """Write the end of the chain down outside the database: a signed file a day, renewed each hour, and a log line."""
    last = head()
    if last is None:
        return None
    key = current_key()
    values = {"sequence": last.sequence, "mac": bytes(last.mac).hex(), "at": timezone.now().isoformat()}
    signed = {**values, "key": key, "signature": sign(key, "audit anchor", values).hex()}
    name = f"{ANCHORS}/{timezone.localdate():%Y-%m-%d}.json"
    text = json.dumps(signed, indent=1)
    if default_storage.exists(name):
        default_storage.delete(name)
    default_storage.save(name, ContentFile(text.encode()))
    logger.info("audit chain head %s %s", last.sequence, values["mac"])
    return signed


def read_anchors():
    """The anchors kept outside, as {sequence: mac}; one that is not signed by us counts as forged."""
    found, forged = {}, []
    for name in _anchor_files():
        with default_storage.open(f"{ANCHORS}/{name}") as file:
            values = json.loads(file.read())
        key, signature = values.pop("key"), bytes.fromhex(values.pop("signature"))
        if is_signed(key, "audit anchor", values, signature):
            found[values["sequence"]] = bytes.fromhex(values["mac"])
        else:
            forged.append(name)
    return found, forged


def _anchor_files():
    try:
        return sorted(default_storage.listdir(ANCHORS)[1])
    except FileNotFoundError:
        return []


# -- Verification -----------------------------------------------------------------------------------------------------
def verify(step=None, anchors=None):
    """Walk the whole chain and say where it first breaks. Reads in batches by key; no cursor is held open.

    `anchors` adds {sequence: mac} that were kept elsewhere (on paper, in a log) to those in the storage.
    """
    kept, forged = read_anchors()
    walk = Walk({**kept, **(anchors or {})}, step)
    finding = walk.find()
    if finding is None and forged:
        finding = Finding("anchor", 0, _("锚点文件 %(name)s 的签名无效。") % {"name": forged[0]})
    return Verdict(
        walk.sequence, walk.entries, walk.archived, len(walk.anchors), walk.sequence, walk.sealed_at, finding
    )


class Walk:
    """One way along the chain, from the first link to the last."""

    def __init__(self, anchors, step=None):
        self.anchors, self.step = anchors, step
        self.sequence, self.mac, self.sealed_at = 0, b"", None
        self.entries = self.archived = 0
        self.archives = [Archived(archive) for archive in AuditArchive.objects.order_by("month")]

    def find(self):
        for check in (self._forged_archive, self._broken_link, self._lost_archive, self._cut_end, self._slipped_in):
            if finding := check():
                return finding
        return None

    def _broken_link(self):
        total = AuditSeal.objects.count() if self.step else 0
        while rows := self._links_after(self.sequence):
            for row in rows:
                if finding := self._look_at(row):
                    return finding
            if self.step:
                self.step(self.sequence, max(total, self.sequence), _("正在核对封条"))
        return None

    @staticmethod
    def _links_after(sequence):
        with connection.cursor() as cursor:
            cursor.execute(
                f"""
                select s.sequence, s.sealed_at, s.entry_id, s.entry_at, s.key, s.mac, {_ENTRY}
                from (select * from members_auditseal where sequence > %s order by sequence limit {BATCH}) s
                left join lateral (
                    select * from members_auditentry where at = s.entry_at and id = s.entry_id offset 0
                ) e on true
                order by s.sequence
                """,  # noqa: S608 - our own column names
                [sequence],
            )
            return cursor.fetchall()

    def _look_at(self, row):
        sequence, sealed_at, entry_id, entry_at, key, mac = row[:6]
        line, mac = row[6:], bytes(mac)
        if sequence != self.sequence + 1:
            return Finding("gap", self.sequence + 1, _("第 %(n)s 号封条缺失。") % {"n": self.sequence + 1})
        archive = self._archive_of(entry_at) if entry_id is not None and line[0] is None else None
        if entry_id is not None and line[0] is None and archive is None:
            return self._about(sequence, "removed", entry_id, entry_at, _("对应的记录已被删除"))
        if archive is None:
            seen = canonical(line) if entry_id is not None else b""
            if key not in settings.KEY_RING["keys"]:
                return Finding("key", sequence, _("密钥环里没有密钥 %(key)s。") % {"key": key})
            if digest(key, self.mac, sequence, sealed_at, seen) != mac:
                return self._about(sequence, "changed", entry_id, entry_at, _("记录或封条的内容被改动"))
        if self.anchors.get(sequence, mac) != mac:
            return Finding("anchor", sequence, _("第 %(n)s 号封条与库外保存的锚点不符。") % {"n": sequence})
        self.sequence, self.mac, self.sealed_at = sequence, mac, sealed_at
        self.entries += entry_id is not None
        if archive:
            self.archived += 1
            archive.take(mac)
        return None

    @staticmethod
    def _about(sequence, kind, entry_id, entry_at, what):
        moment = timezone.localtime(entry_at).strftime("%Y-%m-%d %H:%M:%S") if entry_at else "—"
        words = (
            _("第 %(n)s 号封条（%(at)s 的记录 %(id)s）：%(what)s。")
            if sequence
            else _("%(at)s 的记录 %(id)s：%(what)s。")
        )
        return Finding(kind, sequence, words % {"n": sequence, "at": moment, "id": entry_id or "—", "what": what})

    def _archive_of(self, at):
        return next((archive for archive in self.archives if archive.start <= at < archive.end), None)

    def _forged_archive(self):
        for archive in self.archives:
            if not archive.is_genuine():
                return Finding(
                    "archive", 0, _("%(month)s 的归档凭据签名无效。") % {"month": f"{archive.row.month:%Y-%m}"}
                )
        return None

    def _lost_archive(self):
        for archive in self.archives:
            if not archive.is_whole():
                words = _("%(month)s 的封条与归档凭据不符。")
                return Finding("archive", 0, words % {"month": f"{archive.row.month:%Y-%m}"})
        return None

    def _cut_end(self):
        beyond = max(self.anchors, default=0)
        if beyond > self.sequence:
            words = _("链条到第 %(n)s 号封条为止，而库外锚点记到第 %(m)s 号：末尾被截去。")
            return Finding("cut", self.sequence + 1, words % {"n": self.sequence, "m": beyond})
        return None

    def _slipped_in(self):
        """A line that the sealing can no longer have overlooked, and that has no link."""
        horizon = (self.sealed_at or timezone.now()) - TOLERANCE
        with connection.cursor() as cursor:
            cursor.execute(
                """
                select e.id, e.at from members_auditentry e left join members_auditseal s
                on s.entry_at = e.at and s.entry_id = e.id
                where e.at <= %s and s.sequence is null order by e.at, e.id limit 1
                """,
                [horizon],
            )
            row = cursor.fetchone()
        if row is None:
            return None
        if self.sealed_at is None:
            return self._about(0, "unsealed", *row, _("没有任何封条：加封任务未运行，或封条被全部删除"))
        return self._about(0, "inserted", *row, _("没有封条，是事后插入的，或其封条被删除"))


class Archived:
    """An archived month on the way: the links of its lines must be those that the archive signed for."""

    def __init__(self, row):
        self.row = row
        part = part_of("members_auditentry", row.month)
        self.start, self.end = part.start, part.end
        self._rows, self._digest = 0, hashes.Hash(hashes.SM3())

    def take(self, mac):
        self._rows += 1
        self._digest.update(mac)

    def is_whole(self):
        return (self._rows, self._digest.finalize().hex()) == (self.row.rows, self.row.seals_digest)

    def is_genuine(self):
        return is_signed(self.row.key, "audit archive", signed_part(self.row), self.row.mac)


def signed_part(archive):
    names = ("month", "file", "checksum", "rows", "seals_digest")
    return {name: str(getattr(archive, name)) for name in names}
