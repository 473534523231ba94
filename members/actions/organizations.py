"""Units come, change, pause and are copied from a city to its counties. Every save is a version."""

import io

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from members import audit
from members.access import Refusal, Stale, may, may_in
from members.exports import organization_columns, organization_rows
from members.kinds import BUREAU_KINDS, MECHANISM_KINDS, MEMBER_UNIT_KINDS, group_of
from members.models import (
    JointBody,
    Organization,
    OrganizationChange,
    OrganizationStateChange,
    Seat,
)
from portal.lib.xlsx import Sheet, write

# What a unit says of itself.
PROFILE = (
    "short_name", "purpose", "business_scope", "strengths", "target_groups", "directions", "need_kinds",
    "service_areas",
)  # fmt: skip
# What decides what a unit is and may do: kept by the bureau of its area.
REGISTER = (
    "name", "kind", "level", "level_name", "area", "parent", "credit_code", "is_recognized_charity", "recognized_on",
    "is_recognition_candidate", "has_public_fundraising", "fundraising_from", "fundraising_until",
)  # fmt: skip
EDITABLE = (*REGISTER, *PROFILE)


def values_of(organization):
    """The editable values as the history keeps them: text, numbers and lists; divisions and units by their codes."""
    return {name: plain(getattr(organization, name)) for name in EDITABLE}


def create_organization(actor, values):
    """A new unit in an area that the actor may register for."""
    if not may_in(actor, "organization.create", values["area"]):
        raise Refusal(_("您只能登记本区域内的单位。"), field="area")
    values = dict(values)
    service_areas = values.pop("service_areas", [])
    organization = Organization(**{name: value for name, value in values.items() if name in EDITABLE})
    _refuse_what_cannot_be(organization)
    _refuse_namesake(organization)
    with transaction.atomic():
        _save(organization)
        organization.service_areas.set(service_areas)
        OrganizationChange.objects.create(
            organization=organization, version=1, changes={"name": ["", organization.name]}, made_by=actor
        )
        audit.record(actor, "organization.create", organization, organization=organization)
    return organization


def edit_organization(actor, organization, version, values):
    """One conditional UPDATE on the version the person saw; who comes second is told and loses nothing."""
    if not may(actor, "organization.edit", organization):
        raise PermissionDenied
    with transaction.atomic():
        current = Organization.objects.select_for_update().get(pk=organization.pk)
        before = values_of(current)
        if current.version != version:
            last = current.changes.select_related("made_by").first()
            raise Stale(current, by=last and last.made_by, at=last.made_at if last else timezone.now())
        values = {name: value for name, value in values.items() if name in EDITABLE}
        changes = {name: [before[name], plain(value)] for name, value in values.items() if before[name] != plain(value)}
        if not changes:
            return current
        _refuse_register(actor, current, changes, values)
        service_areas = values.pop("service_areas", None)
        for name, value in values.items():
            setattr(current, name, value)
        _refuse_what_cannot_be(current)
        current.version += 1
        _save(current)
        if service_areas is not None:
            current.service_areas.set(service_areas)
        OrganizationChange.objects.create(organization=current, version=current.version, changes=changes, made_by=actor)
        audit.record(actor, "organization.edit", current, organization=current, changes=changes)
    return current


def changed_since(organization, version):
    """{field: (value then, value now, who, when)} over all saves after this version."""
    found = {}
    saves = organization.changes.filter(version__gt=version).select_related("made_by").order_by("version")
    for save in saves:
        for name, (old, new) in save.changes.items():
            first = found[name][0] if name in found else old
            found[name] = (first, new, save.made_by, save.made_at)
    return found


def confirm_capacity(actor, organization, seen, capacity):
    """Say how much the unit can take now. It counts only if nobody has said something else since it was looked at."""
    if not may(actor, "organization.confirm_capacity", organization):
        raise PermissionDenied
    today = timezone.localdate()
    with transaction.atomic():
        updated = Organization.objects.filter(pk=organization.pk, capacity=seen).update(
            capacity=capacity, capacity_confirmed_on=today, capacity_confirmed_by=actor
        )
        if not updated:
            organization.refresh_from_db()
            raise Refusal(
                _("%(name)s 刚刚确认为“%(capacity)s”，请看过后再确认。")
                % {"name": organization.capacity_confirmed_by, "capacity": organization.get_capacity_display()}
            )
        audit.record(
            actor, "organization.confirm_capacity", organization, organization=organization,
            changes={"capacity": [seen, capacity]},
        )  # fmt: skip
    organization.refresh_from_db()
    return organization


def suspend_organization(actor, organization, reason):
    """From now on it gets nothing new. What it has in hand stays with it."""
    if organization.pk == actor.organization_id:
        raise Refusal(_("不能暂停自己所在的单位，请由上级民政部门办理。"))
    return _change_state(actor, "organization.suspend", organization, True, reason)


def resume_organization(actor, organization, reason):
    return _change_state(actor, "organization.resume", organization, False, reason)


def export_organizations(actor, rows):
    """A workbook of these units: their posts and profiles, no person. The audit tells how many left."""
    target = io.BytesIO()
    number = write(target, [Sheet(_("单位名录"), organization_columns(), organization_rows(rows))])
    audit.record(actor, "organization.export", changes={"rows": [None, number]})
    return target.getvalue()


def plan_clone(source, county):
    """What a copy of the city's member units would make: [(unit of the city, new name, the one already there)]."""
    there = {unit.kind: unit for unit in Organization.objects.same_level(county).filter(kind__in=MECHANISM_KINDS)}
    return [(unit, name_in(county, unit, source), there.get(unit.kind)) for unit in member_units(source)]


def member_units(area):
    """The units with a seat in the area's mechanism; without one, the member units that stand in the register."""
    mechanism = JointBody.objects.current().filter(area=area, kind="mechanism").first()
    units = Organization.objects.active().filter(level=area.level, area=area)
    if mechanism:
        units = units.filter(pk__in=Seat.objects.current().filter(joint_body=mechanism).values("organization"))
    else:
        units = units.filter(kind__in=MECHANISM_KINDS)
    return sorted(units, key=lambda unit: (_rank(unit.kind), unit.name))


def name_in(county, unit, source):
    """鸡西市妇女联合会 -> 鸡冠区妇女联合会, 共青团鸡西市委 -> 共青团鸡冠区委"""
    for old in (source.name, source.name.rstrip("市州盟省")):
        if old and unit.name.startswith(old):
            rest = unit.name[len(old) :]
            return county.name + (rest.removeprefix("市") if old != source.name else rest)
    return unit.name.replace(source.name, county.name, 1) if source.name in unit.name else county.name + unit.name


def clone_member_units(actor, source, county, names):
    """A county takes over the city's set. `names` is {code of the city's unit: the new unit's name}.

    Kind, level and what is taken are copied; recognition, credit code and contacts are each unit's own. A kind that is
    there already is left alone. The mechanism comes with its seats.
    """
    _refuse_clone(actor, source, county)
    with transaction.atomic():
        list(Organization.objects.select_for_update().filter(area=county).order_by("pk"))
        mechanism, _is_new = _mechanism_of(actor, county)
        made = []
        for unit, _proposed, present in plan_clone(source, county):
            if unit.code in names and not present:
                present = create_organization(actor, _copy_of(unit, county, names[unit.code]))
                made.append(present)
            if present:
                _seat_like(source, mechanism, unit, present)
        if not made:
            raise Refusal(_("没有需要新建的单位：所选的在 %(county)s 都已经有了。") % {"county": county})
        audit.record(
            actor, "organization.clone", county, reason=str(source), changes={"units": [None, [u.code for u in made]]}
        )
    return made


def _refuse_clone(actor, source, county):
    if not may_in(actor, "organization.clone", county):
        raise Refusal(_("您只能为本区域内的县（市、区）复制成员单位。"), field="county")
    if county.parent_id != source.pk or not county.is_current:
        raise Refusal(
            _("%(county)s 不是 %(city)s 现行的下一级区划。") % {"county": county, "city": source}, field="county"
        )


def _mechanism_of(actor, area):
    name = _("%(area)s政府救助与慈善帮扶衔接工作机制") % {"area": area.name}
    found = JointBody.objects.current().filter(area=area, kind="mechanism").first()
    if found:
        return found, False
    mechanism = JointBody.objects.create(area=area, kind="mechanism", name=name)
    audit.record(actor, "joint_body.create", mechanism)
    return mechanism, True


def _seat_like(source, mechanism, unit, copy):
    """The seat its model has in the city's mechanism, or the one its kind suggests."""
    model = Seat.objects.current().filter(joint_body__area=source, joint_body__kind="mechanism", organization=unit)
    role = model.values_list("role", flat=True).first()
    role = role or ("lead" if unit.kind == "civil_affairs" else "member")
    Seat.objects.get_or_create(joint_body=mechanism, organization=copy, until_on=None, defaults={"role": role})


def _copy_of(unit, county, name):
    return {
        "name": name, "kind": unit.kind, "level": county.level, "area": county, "parent": unit,
        "target_groups": unit.target_groups, "directions": unit.directions, "need_kinds": unit.need_kinds,
    }  # fmt: skip


def _change_state(actor, deed, organization, is_suspended, reason):
    if not may(actor, "organization.suspend", organization):
        raise PermissionDenied
    with transaction.atomic():
        updated = Organization.objects.filter(pk=organization.pk, is_suspended=not is_suspended).update(
            is_suspended=is_suspended
        )
        if not updated:
            last = organization.state_changes.select_related("made_by").first()
            words = _("已经暂停") if is_suspended else _("已经恢复")
            by = _("（%(name)s）") % {"name": last.made_by} if last and last.made_by else ""
            raise Refusal(_("%(unit)s %(state)s%(by)s。") % {"unit": organization, "state": words, "by": by})
        OrganizationStateChange.objects.create(
            organization=organization, is_suspended=is_suspended, reason=reason, made_by=actor
        )
        audit.record(actor, deed, organization, organization=organization, reason=reason)
    organization.refresh_from_db()
    return organization


def _refuse_register(actor, current, changes, values):
    """Kind, level, area and the like decide what a unit's people may do: its own people do not change them."""
    touched = [name for name in changes if name in REGISTER]
    if not touched:
        return
    if not may(actor, "organization.register", current):
        raise PermissionDenied
    if "area" in changes and not may_in(actor, "organization.register", values["area"]):
        raise Refusal(_("不能把单位移到您的区域之外。"), field="area")
    if "kind" in changes:
        _refuse_misfit_roles(current, values["kind"])


def _refuse_misfit_roles(current, kind):
    """A role fits some groups of units only; whoever holds one would keep it in the wrong place."""
    open_roles = current.staff.filter(is_active=True, role_assignments__ended_at=None, role_assignments__isnull=False)
    if group_of(current.kind) != group_of(kind) and open_roles.exists():
        raise Refusal(
            _("本单位还有在用人员的角色只适用于“%(kind)s”，请先结束这些角色再更改类型。")
            % {"kind": current.get_kind_display()},
            field="kind",
        )


def _refuse_what_cannot_be(organization):
    """The database holds most of this too; here it gets words."""
    governs = organization.kind in BUREAU_KINDS | MEMBER_UNIT_KINDS
    if governs and organization.level != organization.area.level:
        raise Refusal(
            _("%(kind)s 的层级应与所属区划一致（%(level)s）。")
            % {"kind": organization.get_kind_display(), "level": organization.area.get_level_display()},
            field="level",
        )
    if not organization.area.is_current:
        raise Refusal(_("%(area)s 已停用，请选择接替的区划。") % {"area": organization.area}, field="area")
    if organization.kind == "individual" and organization.credit_code:
        raise Refusal(_("自然人没有统一社会信用代码。"), field="credit_code")
    if organization.pk and organization.pk in _line_above(organization.parent_id):
        raise Refusal(_("上级单位不能是本单位或它的下级。"), field="parent")
    try:
        organization.validate_constraints()
    except ValidationError as error:
        raise Refusal(" ".join(error.messages)) from error


def _line_above(pk):
    """The ids of this unit and of all above it."""
    seen = []
    while pk and pk not in seen:
        seen.append(pk)
        pk = Organization.objects.values_list("parent_id", flat=True).get(pk=pk)
    return seen


def _refuse_namesake(organization):
    if Organization.objects.filter(area=organization.area, name=organization.name).exists():
        raise Refusal(
            _("%(area)s 已有名称相同的单位“%(name)s”。") % {"area": organization.area, "name": organization.name},
            field="name",
        )


def _save(organization):
    """Two people may enter the same credit code in the same moment: the second hears of it in words."""
    try:
        with transaction.atomic():
            organization.save()
    except IntegrityError as error:
        raise Refusal(_("已有单位登记了这个统一社会信用代码。"), field="credit_code") from error


def _rank(kind):
    return MECHANISM_KINDS.index(kind) if kind in MECHANISM_KINDS else len(MECHANISM_KINDS)


def plain(value):
    if hasattr(value, "all"):
        return sorted(value.values_list("code", flat=True))
    if hasattr(value, "code"):
        return value.code
    if hasattr(value, "isoformat"):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return sorted(getattr(one, "code", one) for one in value)
    return value if value is not None else ""
