"""The catalogue for those who work with it: the list, one program, a new one, a copy."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, Q
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from members import audit
from members.access import Refusal
from members.access import may as may_at
from members.access import requires as requires_role
from members.form_pages import form_page
from portal.lib.forms import refuse
from portal.lib.pages import capped_count, page_of
from programs import catalogue, ceilings, versions, wording
from programs.access import grants_to, may, requires, versions_for, visible_to, working_on
from programs.actions import programs as actions
from programs.editing import naming
from programs.forms.grants import CHOICES as GRANTABLE_WORDS
from programs.forms.programs import AgreementForm, CopyForm, DraftForm, ProgramFilter, ProgramForm
from programs.funds import funds_of
from programs.models import IN_FORCE, ProgramVersion, Round
from programs.reading import WrongProgram
from programs.reverse import COUNT, stored_counts
from programs.rounds import program_state
from programs.words import BENEFICIARIES, CONVENTIONS, KINDS, PARTIES, STAGES, say

ORDER = ["position", "code"]


@requires_role("program.view")
def list_programs(request):
    filters = ProgramFilter(request.GET)
    programs = _narrowed(visible_to(request.user), filters.asked, request.user)
    number, has_more = capped_count(programs)
    page = page_of(request, programs.with_version().select_related("organization", "parent"), ORDER)
    page.rows = list(_rows(page.rows, request.user))
    fits = stored_counts(request.user, [program.pk for program in page])
    for program in page:
        program.fitting = fits.get(program.pk)
    context = {
        "page": page,
        "filters": filters,
        "number": number,
        "has_more": has_more,
        "may_create": "program.edit" in request.user.permissions,
        "has_fits": bool(fits),
    }
    return render(request, "programs/list.html", context)


def _narrowed(programs, asked, staff):
    shown = ProgramVersion.objects.filter(pk=OuterRef("shown_id"))
    if text := asked.get("q"):
        found = shown.filter(Q(search_text__icontains=text) | Q(name_en__icontains=text))
        programs = programs.with_version().filter(Q(code__iexact=text) | Q(Exists(found)))
    if kind := asked.get("kind"):
        programs = programs.with_version().filter(Exists(shown.filter(kind=kind)))
    for column, key in (("kinds", "project_kind"), ("groups", "group")):
        if code := asked.get(key):
            programs = programs.with_version().filter(Exists(shown.filter(**{f"{column}__contains": [code]})))
    if area := asked.get("area"):
        programs = (
            programs.filter(organization__area__in=[area.pk])
            if area.level == "village"
            else programs.filter(**{f"organization__area__{area.level}": area.code})
        )
    if unit := asked.get("unit"):
        programs = programs.filter(organization=unit)
    return _in_state(programs, asked.get("state"), staff)


def _in_state(programs, state, staff):
    holding = ProgramVersion.objects.holding_on(timezone.localdate()).values("program_id")
    if state == "in_force":
        return programs.filter(pk__in=holding)
    if state == "over":
        return programs.filter(versions__state__in=IN_FORCE).exclude(pk__in=holding).distinct()
    if state in ("draft", "submitted"):
        mine = working_on(staff).values("pk")
        return programs.filter(pk__in=ProgramVersion.objects.filter(state=state, program__in=mine).values("program_id"))
    return programs


def _rows(programs, staff):
    """Each row with the version it shows and what that says; two queries for all of them."""
    shown = ProgramVersion.objects.defer("search_text").in_bulk([program.shown_id for program in programs])
    unfinished = {
        version.program_id: version
        for version in ProgramVersion.objects.unfinished()
        .filter(program__in=working_on(staff).filter(pk__in=[program.pk for program in programs]))
        .defer("definition", "search_text")
    }
    words = catalogue.vocabulary()
    for program in programs:
        program.version = shown[program.shown_id]
        program.unfinished = unfinished.get(program.pk)
        program.kind_words = say(KINDS, program.version.kind) if program.version.kind else ""
        parsed = read(program.version, words)
        program.sponsor = parsed.texts.get("sponsor", "") if parsed else ""
        program.whom = wording.whom(parsed, words) if parsed else ""
        program.how_much = wording.how_much(parsed) if parsed else ""
        yield program


def read(version, words):
    """The program that a version says, or nothing while it is a draft that cannot be read yet."""
    try:
        return catalogue.parsed(version, words)
    except WrongProgram:
        return None


@requires_role("program.view")
def show_program(request, code):
    """What holds today, or what held on the day that is asked for."""
    program = find(request, code)
    day = _day(request.GET.get("on")) or timezone.localdate()
    rows = list(
        versions_for(request.user, program)
        .select_related("written_by", "submitted_by", "released_by", "withdrawn_by")
        .defer("definition", "search_text")
    )
    held = next((one for one in rows if one.state in IN_FORCE and _holds(one, day)), None)
    shown = held or next((one for one in rows if one.state in IN_FORCE), None) or rows[0]
    context = {
        "program": program,
        "versions": rows,
        "version": shown,
        "held": held,
        "day": day,
        "unfinished": next((one for one in rows if one.state not in IN_FORCE), None),
        "parts": list(program.parts.filter(pk__in=visible_to(request.user)).order_by(*ORDER)),
        "rounds": list(Round.objects.filter(program=program)[:20]),
        "funds": funds_of(shown, request.user),
        "state": program_state(program, day),
        "history": [(line, audit.words_of(line.action)) for line in audit.history_of(program, 20)],
        **rights(request.user, program),
        **described(shown, request.user),
    }
    return render(request, "programs/show.html", context)


def _holds(version, day):
    return version.valid_from <= day and (version.valid_to is None or version.valid_to > day)


def _day(text):
    try:
        return timezone.datetime.strptime(text or "", "%Y-%m-%d").date()
    except ValueError:
        return None


def find(request, code):
    """A program this person sees, or 404."""
    programs = visible_to(request.user).select_related("organization__area", "parent", "agreement")
    return get_object_or_404(programs, code=code)


def find_version(request, code, number):
    program = find(request, code)
    rows = versions_for(request.user, program).select_related(
        "written_by", "submitted_by", "released_by", "withdrawn_by"
    )
    version = get_object_or_404(rows, number=number)
    version.program = program
    return version


def rights(staff, program):
    """What the person may do with it, for the buttons."""
    asked = ("edit", "submit", "release", "withdraw", "delegate")
    held = {f"may_{name}": may(staff, f"program.{name}", program) for name in asked}
    held["may_count"] = COUNT in staff.permissions
    held["may_agree"] = may_at(staff, "program.edit", program.organization)
    return held | {"may_round": may(staff, "round.edit", program), "may_copy": "program.edit" in staff.permissions}


def described(version, staff):
    """One version in words: everything the page shows of it. Notes are for those who keep the catalogue."""
    words = catalogue.vocabulary()
    version.refresh_from_db(fields=["definition"])
    try:
        said = catalogue.parsed(version, words)
    except WrongProgram as wrong:
        return {"faults": told(wrong.faults)}
    found = paragraphs_of(said, words) | {"policies": list(version.policies.all())}
    if "program.edit" in staff.permissions or may(staff, "program.edit", version.program):
        found["notes"] = said.notes
    return found


def told(faults):
    """[(where in words, what is wrong)]: nobody here reads the places of a definition."""
    return [(naming.in_words(one.place) if one.place else "", one.message) for one in faults]


def paragraphs_of(said, words):
    """A program in words, as templates/programs/_definition.html shows it to everybody."""
    found = {"said": said, "general": list(wording.general_lines(said, words))}
    if not said.is_container:
        found |= {
            "conditions": list(wording.condition_lines(said, words)),
            "papers": [_paper_row(paper, words) for paper in said.papers],
            "benefit_facts": [text for _key, text in wording.benefit_facts(said.benefit)],
            "benefit_rows": list(wording.benefit_rows(said.benefit, words)),
            "limits": ceilings.lines(said.limits),
            "year_cap": said.limits.year_cap,
            "steps": [wording.step_text(step) for step in said.steps],
            "applicants": wording.applicants_text(said, words),
            "beneficiary": say(BENEFICIARIES, said.beneficiary),
            "convention": say(CONVENTIONS, said.age_convention),
        }
    return found


def _paper_row(paper, words):
    seals = words["document_seals"]
    return {
        "paper": paper,
        "seals": [seals.label_of(code) for code in paper.seals],
        "refused": [seals.label_of(code) for code in paper.refused_seals],
        "when": wording.when_text(paper.when, words),
        "who": say(PARTIES, paper.brought_by),
        "stage": say(STAGES, paper.stage),
    }


@requires_role("program.edit")
def create_program(request):
    form = ProgramForm(request.POST or None, actor=request.user)
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        try:
            program = actions.create_program(
                request.user, request.user.organization, values["code"], name=values["name"], kind=values["kind"],
                parent=values["parent"],
            )  # fmt: skip
            messages.success(request, _("已建好草稿，请填写条件、材料和待遇。"))
            return redirect(draft_url(program.versions.get()))
        except Refusal as refusal:
            refuse(form, refusal)
    intro = _("项目归您所在的单位主管。新项目先是草稿，由另一位目录管理员发布后才生效。")
    return form_page(request, form, _("新建项目"), _("建立草稿"), _crumbs(), intro=intro)


@requires_role("program.edit")
def copy_program(request, code):
    source = find(request, code)
    form = CopyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            version = actions.copy_program(request.user, source, **form.cleaned_data)
            messages.success(request, _("已复制成新项目的草稿。"))
            return redirect(draft_url(version))
        except Refusal as refusal:
            refuse(form, refusal)
    intro = _("新项目归您所在的单位主管，条件、材料、待遇和步骤照抄，之后各改各的。")
    heading = _("复制“%(name)s”") % {"name": source}
    return form_page(request, form, heading, _("复制成草稿"), _crumbs(source), intro=intro)


@requires("program.edit")
def start_draft(request, code):
    program = changeable(request, code, "program.edit")
    form = DraftForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            version = actions.start_draft(request.user, program, note=form.cleaned_data["note"])
            return redirect(draft_url(version))
        except Refusal as refusal:
            refuse(form, refusal)
    intro = _("草稿从现行版本开始改，现行版本照常有效，直到新版本发布。")
    heading = _("起草“%(name)s”的新版本") % {"name": program}
    return form_page(request, form, heading, _("开始起草"), _crumbs(program), intro=intro)


@requires("program.edit")
def set_agreement(request, code):
    program = changeable(request, code, "program.edit")
    if not may_at(request.user, "program.edit", program.organization):
        raise PermissionDenied
    answer = request.POST if request.method == "POST" else None
    form = AgreementForm(answer, program=program, initial={"agreement": program.agreement})
    if request.method == "POST" and form.is_valid():
        try:
            actions.set_agreement(request.user, program, form.cleaned_data["agreement"])
            messages.success(request, _("已保存合作协议。"))
            return redirect("programs:show_program", code)
        except Refusal as refusal:
            refuse(form, refusal)
    heading = _("“%(name)s”的合作协议") % {"name": program}
    return form_page(request, form, heading, _("保存协议"), _crumbs(program))


@requires_role("program.view")
def list_drafts(request):
    """What is being written or waits for its release, among the programs this person works on."""
    found = versions.unfinished_for(request.user)
    tab = request.GET.get("show", "")
    if tab in versions.TABS:
        found = versions.TABS[tab](request.user)
    rows = found.select_related("program__organization", "written_by", "submitted_by")
    page = page_of(request, rows.defer("definition", "search_text"), ["-pk"])
    return render(request, "programs/drafts.html", {"page": page, "tab": tab, "grants": _granted(request.user)})


def _granted(staff):
    """(grant, what it opens, in words): what units lent this person."""
    words = dict(GRANTABLE_WORDS)
    rows = grants_to(staff).select_related("permission", "content_object__organization", "given_by")[:100]
    return [(grant, words.get(grant.permission.codename, "")) for grant in rows]


def changeable(request, code, permission):
    program = find(request, code)
    if not may(request.user, permission, program):
        raise PermissionDenied
    return program


def draft_url(version):
    """The browser editor, where there is one; the page of the version otherwise."""
    address = [version.program.code, version.number]
    try:
        return reverse("programs:edit_version", args=address)
    except NoReverseMatch:
        return reverse("programs:show_version", args=address)


def _crumbs(program=None):
    found = [(_("项目目录"), reverse("programs:list_programs"))]
    return found + ([(str(program), reverse("programs:show_program", args=[program.code]))] if program else [])
