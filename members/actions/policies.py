"""Who may change the policy library changes it here, and the audit hears of it."""

from contextlib import contextmanager

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from members import audit
from members.access import Refusal, Stale, may_in
from members.models import PolicyDocument
from portal.lib import uploads

EDITABLE = (
    "title", "short_name", "number", "issuers", "issued_on", "effective_on", "status", "area", "summary", "source",
    "replaced_by",
)  # fmt: skip
NO_FILE = {"file_key": "", "file_name": "", "file_size": 0}


def create_policy(actor, values, file=None):
    """`file` is what portal.lib.uploads.check() let through."""
    _require_reach(actor, values.get("area"))
    with uploads.kept(file) as stored, transaction.atomic():
        known = {name: values[name] for name in EDITABLE if name in values}
        policy = PolicyDocument(**known, **stored, changed_by=actor)
        _refuse_what_cannot_be(policy)
        with _unique_number():
            policy.save()
        audit.record(actor, "policy.create", policy, changes=changes_between(None, policy))
    return policy


@transaction.atomic
def load_policy(entry):
    """One entry of the shipped list, unless it is there: what people changed since is theirs. True when it is new."""
    number = entry.get("number", "")
    present = Q(shipped_as=entry["shipped_as"]) | (Q(number=number) if number else Q(pk=None))
    if PolicyDocument.objects.filter(present).exists():
        return False
    policy = PolicyDocument(**entry)
    policy.full_clean(exclude={"changed_by"})
    policy.save()
    audit.record(None, "policy.load", policy)
    return True


def edit_policy(actor, policy, version, values, file=None, *, without_file=False):
    """`file` takes the place of the one that is there; `without_file` takes that away."""
    values = {name: values[name] for name in EDITABLE if name in values}
    with uploads.kept(file) as stored:
        return _change(actor, "policy.edit", policy, version, values | (NO_FILE if without_file else {}) | stored)


def publish_policy(actor, policy, version):
    """Marks it 主动公开: from now on it stands on the public page."""
    if policy.is_public:
        raise Refusal(_("这份文件已经公开。"))
    return _change(actor, "policy.publish", policy, version, {"is_public": True})


def withdraw_policy(actor, policy, version):
    """Takes it off the public page; in the library it stays."""
    if not policy.is_public:
        raise Refusal(_("这份文件没有公开，不需要撤下。"))
    return _change(actor, "policy.withdraw", policy, version, {"is_public": False})


def changes_between(old, new):
    """{field: [old, new]} in words, of what differs."""
    names = (*EDITABLE, "is_public", "file_name", "file_size")
    before, after = ({name: _in_words(row, name) for name in names} if row else {} for row in (old, new))
    return {name: [before.get(name, ""), after[name]] for name in names if before.get(name, "") != after[name]}


@transaction.atomic
def _change(actor, action, policy, version, values):
    """One conditional UPDATE: it counts only if nobody has changed the row since the person saw it."""
    old = PolicyDocument.objects.select_related("area", "replaced_by", "changed_by").get(pk=policy.pk)
    new = PolicyDocument.objects.select_related("area", "replaced_by").get(pk=policy.pk)
    for name, value in values.items():
        setattr(new, name, value)
    _require_reach(actor, old.area)
    _require_reach(actor, new.area)
    _refuse_what_cannot_be(new)
    stamp = {"version": F("version") + 1, "changed_by": actor, "changed_at": timezone.now()}
    with _unique_number():
        updated = PolicyDocument.objects.filter(pk=policy.pk, version=version).update(**values, **stamp)
    if not updated:
        raise Stale(old, by=old.changed_by, at=old.changed_at)
    audit.record(actor, action, new, changes=changes_between(old, new))
    if old.file_key and old.file_key != new.file_key:
        transaction.on_commit(lambda: uploads.delete(old.file_key))
    return new


@contextmanager
def _unique_number():
    """Two people may enter the same document in the same moment: the second hears of it in words."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        raise Refusal(_("政策文件库中已有这个文号的文件。"), field="number") from error


def _require_reach(actor, area):
    if not may_in(actor, "policy.edit", area):
        raise PermissionDenied


def _refuse_what_cannot_be(policy):
    """The database holds these too; here they get words."""
    if policy.pk and policy.replaced_by_id == policy.pk:
        raise Refusal(_("一份文件不能替代它自己。"), field="replaced_by")
    if policy.issued_on and policy.effective_on and policy.effective_on < policy.issued_on:
        raise Refusal(_("施行日期早于印发日期，请核对。"), field="effective_on")
    try:
        policy.validate_constraints()
    except ValidationError as error:
        raise Refusal(" ".join(error.messages)) from error


def _in_words(row, name):
    value = getattr(row, name)
    if name == "status":
        return str(row.get_status_display())
    if name == "is_public":
        return _("是") if value else _("否")
    if isinstance(value, list):
        return "、".join(value)
    return "" if value is None else str(value)
