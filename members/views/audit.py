"""The audit, for those who oversee: who did or saw what, in their area."""

from urllib.parse import urlencode

from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from members import audit, jobs, seals
from members.access import requires
from members.actions import audit as actions
from members.forms.audit import AuditFilter
from members.models import Organization, Staff
from members.models.staff import Role
from portal.lib.pages import page_of

ORDER = ["-at", "-id"]


@requires("audit.view")
@require_GET
def list_audit(request):
    filters = AuditFilter(request.GET)
    asked = filters.as_codes()
    page = page_of(request, audit.narrowed(audit.visible_to(request.user), asked), ORDER)
    shown = {
        "page": page,
        "rows": _with_words(page.rows),
        "filters": filters,
        "chosen": _chosen(asked),
        "query": urlencode(asked),
        "seal": seals.head() if "audit.verify" in request.user.permissions else None,
        "verified": jobs.latest("audit.verify") if "audit.verify" in request.user.permissions else None,
    }
    return render(request, "members/audit/list.html", shown)


@requires("audit.view")
@require_GET
def show_audit(request, code):
    entry = audit.visible_to(request.user).with_code(code).first()
    if entry is None:
        raise Http404
    ((_entry, *words),) = _with_words([entry])
    changes = [
        (
            audit.field_words(entry.object_type, name),
            *(audit.value_words(entry.object_type, name, value) for value in _both(change)),
        )
        for name, change in sorted(entry.changes.items())
    ]
    shown = {
        "entry": entry,
        "deed": words[0],
        "about": words[1],
        "actor_code": words[2],
        "unit_code": words[3],
        "roles": _roles(entry.actor_roles),
        "changes": changes,
        "link": seals.link_of(entry),
    }
    return render(request, "members/audit/show.html", shown)


@requires("audit.export")
@require_POST
def export_audit(request):
    job = actions.export_audit(request.user, AuditFilter(request.POST).as_codes())
    return redirect("members:show_job", job.code)


@requires("audit.verify")
@require_POST
def verify_audit(request):
    return redirect("members:show_job", actions.verify_audit(request.user).code)


def _with_words(entries):
    """(line, deed in words, kind of object, code of the person, code of the unit), with one look-up for each kind."""
    people = dict(Staff.objects.filter(pk__in={e.actor_id for e in entries}).values_list("pk", "code"))
    numbers = {entry.actor_organization_id for entry in entries}
    units = dict(Organization.objects.filter(pk__in=numbers).values_list("pk", "code"))
    return [
        (
            entry,
            audit.words_of(entry.action),
            audit.object_words(entry.object_type),
            people.get(entry.actor_id, ""),
            units.get(entry.actor_organization_id, ""),
        )
        for entry in entries
    ]


def _chosen(asked):
    """The chips: what the list is narrowed to beside the fields, and the address without it."""
    names = {
        "actor": lambda code: _name_of(Staff, code),
        "unit": lambda code: _name_of(Organization, code),
        "object": lambda code: code,
    }
    labels = {"actor": _("人员"), "unit": _("单位"), "object": _("对象")}
    return [
        (labels[name], names[name](asked[name]), urlencode({k: v for k, v in asked.items() if k != name}))
        for name in names
        if name in asked
    ]


def _name_of(model, code):
    return str(model.objects.filter(code=code).first() or code)


def _both(change):
    """[old, new]; a line that only says what is new has one."""
    if isinstance(change, list) and len(change) == 2:
        return change
    return [None, change]


def _roles(text):
    """The codes of the roles in words; a deputy's stand behind."""
    words = dict(Role.choices)
    return [str(words.get(role, role)) for role in text.split(",") if role]
