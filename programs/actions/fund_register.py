"""The register of funds: what a fund is for and by which rules it works. Its money moves in actions/funds.py."""

import io

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from members import audit
from members.access import Refusal, Stale
from members.access import may as may_at
from members.kinds import CHARITY_KINDS, MEMBER_UNIT_KINDS, OrganizationKind
from portal.lib import uploads
from portal.lib.xlsx import Sheet, write
from programs import fund_sheets
from programs.facts import CODE
from programs.funds import may
from programs.models import PUBLIC_MONEY, Fund, FundKind, FundRules

EDITABLE = (
    "name", "kind", "joint_bureau", "founder_kind", "founder_naming", "founder_name", "purpose", "fit", "area",
    "causes", "gaps", "recipients", "reserve", "warn_below", "is_public", "opened_on",
)  # fmt: skip
RULES = ("valid_from", "standard", "procedure", "running", "note")
# Words that stand in addresses where a code could stand.
RESERVED = {
    "new", "export", "overview", "orders", "lines", "commitments", "rules", "donations", "budgets", "imports",
}  # fmt: skip
HOSTS = CHARITY_KINDS | MEMBER_UNIT_KINDS


def create_fund(actor, organization, values, code=""):
    """A new fund of a host, without any money yet. Programs name it by its code, which stays."""
    if not may_at(actor, "fund.edit", organization):
        raise PermissionDenied
    fund = Fund(organization=organization, changed_by=actor, **{name: values[name] for name in EDITABLE})
    if code:
        fund.code = _free_code(code)
    _refuse_unfit(fund)
    with transaction.atomic():
        _save(fund)
        audit.record(actor, "fund.create", fund, changes={"kind": [None, fund.kind]})
    return fund


def edit_fund(actor, fund, version, values):
    _require(actor, "fund.edit", fund)
    with transaction.atomic():
        current = _locked(fund)
        if current.version != version:
            raise Stale(current, by=current.changed_by, at=current.changed_at)
        known = {name: values[name] for name in EDITABLE if name in values}
        changed = [name for name, value in known.items() if getattr(current, name) != value]
        for name, value in known.items():
            setattr(current, name, value)
        _refuse_unfit(current)
        _touch(current, actor)
        # Which parts, not what they say: somebody's name may be among them.
        audit.record(actor, "fund.edit", current, changes={"parts": [None, changed]})
    return current


def close_fund(actor, fund, reason):
    """No income and no commitment any more; what is committed may still be paid or released."""
    _require(actor, "fund.edit", fund)
    with transaction.atomic():
        current = _locked(fund)
        if current.closed_on:
            raise Refusal(_("基金已于 %(day)s 停用。") % {"day": current.closed_on.isoformat()})
        current.closed_on, current.close_reason = timezone.localdate(), reason
        _touch(current, actor)
        audit.record(actor, "fund.close", current, reason=reason)
    return current


def reopen_fund(actor, fund):
    _require(actor, "fund.edit", fund)
    with transaction.atomic():
        current = _locked(fund)
        if not current.closed_on:
            raise Refusal(_("基金没有停用。"))
        current.closed_on, current.close_reason = None, ""
        _refuse_unfit(current)
        _touch(current, actor)
        audit.record(actor, "fund.reopen", current)
    return current


def confirm_fund(actor, fund):
    """Somebody compared the ledger with the bank today, and they agree."""
    _require(actor, "fund.confirm", fund)
    with transaction.atomic():
        current = _locked(fund)
        if current.confirmed_on != timezone.localdate():
            current.confirmed_on, current.confirmed_by = timezone.localdate(), actor
            current.save(update_fields=["confirmed_on", "confirmed_by"])
            audit.record(actor, "fund.confirm", current)
    return current


def set_rules(actor, fund, values, file=None):
    """The next version of standard, procedure and running rules; a day later than the one before."""
    _require(actor, "fund.edit", fund)
    with uploads.kept(file) as stored, transaction.atomic():
        _locked(fund)
        last = fund.rules.aggregate(number=Max("number"), day=Max("valid_from"))
        if last["day"] and values["valid_from"] <= last["day"]:
            words = {"number": last["number"], "day": last["day"].isoformat()}
            raise Refusal(_("第 %(number)s 版从 %(day)s 起执行，新的一版要更晚。") % words, field="valid_from")
        known = {name: values[name] for name in RULES}
        rules = FundRules.objects.create(
            fund=fund, number=(last["number"] or 0) + 1, written_by=actor, **known, **stored
        )
        audit.record(actor, "fund.set_rules", fund, changes={"number": [last["number"], rules.number]})
    return rules


def export_funds(actor, funds):
    """The list as a workbook; the audit tells how many rows left."""
    target = io.BytesIO()
    number = write(target, [Sheet(_("基金"), fund_sheets.fund_columns(), fund_sheets.fund_rows(funds))])
    audit.record(actor, "fund.export", changes={"rows": [None, number]})
    return target.getvalue()


def export_ledger(actor, fund, lines):
    """The lines of one fund, as narrowed on the screen, oldest first."""
    target = io.BytesIO()
    number = write(target, [Sheet(_("基金台账"), fund_sheets.line_columns(), fund_sheets.line_rows(lines))])
    audit.record(actor, "fund.export", fund, changes={"rows": [None, number]})
    return target.getvalue()


# -- small things -----------------------------------------------------------------------------------------------------
def _free_code(code):
    if not CODE.fullmatch(code) or "." in code or code.lower() in RESERVED:
        raise Refusal(_("基金编号只用字母、数字、连字符和下划线，最多 60 个字符。"), field="code")
    if Fund.objects.filter(code__iexact=code).exists():
        raise Refusal(_("基金编号 %s 已经有了。") % code, field="code")
    return code


def _refuse_unfit(fund):
    """The host must be one that may hold such money, and the fund must lie within what it is there for."""
    host = fund.organization
    if host.is_suspended:
        raise Refusal(_("%(unit)s已暂停，不能登记基金。") % {"unit": host.name})
    if fund.kind not in PUBLIC_MONEY:
        if host.kind not in HOSTS:
            words = {"kind": FundKind(fund.kind).label}
            raise Refusal(_("%(kind)s由慈善组织或成员单位管理。") % words, field="kind")
        if not (host.purpose or host.business_scope):
            raise Refusal(_("先在单位资料里填写宗旨和业务范围，再登记基金。"), field="fit")
        if not fund.fit:
            raise Refusal(_("写明这项基金为什么符合本单位的宗旨和业务范围。"), field="fit")
    _refuse_bureau(fund)
    if fund.kind != FundKind.EMERGENCY:
        fund.causes, fund.gaps, fund.recipients = [], [], []
    try:
        fund.validate_constraints()
    except ValidationError as error:
        raise Refusal(" ".join(error.messages)) from error


def _refuse_bureau(fund):
    bureau = fund.joint_bureau
    if bureau is None:
        return
    host = fund.organization
    is_same = bureau.area_id == host.area_id and bureau.level == host.level
    if bureau.kind != OrganizationKind.CIVIL_AFFAIRS or not is_same:
        raise Refusal(_("共同管理的应是同级民政部门。"), field="joint_bureau")


def _require(actor, permission, fund):
    if not may(actor, permission, fund):
        raise PermissionDenied


def _locked(fund):
    return Fund.objects.select_for_update(of=("self",)).select_related(
        "organization__area", "joint_bureau__area", "changed_by", "area"
    ).get(pk=fund.pk)  # fmt: skip


def _touch(fund, actor):
    fund.version += 1
    fund.changed_by, fund.changed_at = actor, timezone.now()
    _save(fund)


def _save(fund):
    """Two people may enter the same fund in the same moment: the second hears of it in words."""
    try:
        with transaction.atomic():
            fund.save()
    except IntegrityError as error:
        raise Refusal(_("本单位已经有同名的基金。"), field="name") from error
