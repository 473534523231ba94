"""People in difficulty: the list, the search, one record, registering, changing."""

from functools import partial

from django.contrib import messages
from django.http import HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from members import audit, relations
from members.access import Refusal, Stale, requires
from members.form_pages import form_page, press, refuse_stale
from members.kinds import BUREAU_KINDS
from members.profile_words import duty_to_tell
from members.profiles import profile_of
from portal.lib.api import count as count_one
from portal.lib.forms import refuse
from portal.lib.pages import capped_count, page_of
from referrals import (
    aid_shown,
    consents_shown,
    earlier_grants,
    finding,
    groups,
    likely_aid,
    local_facts,
    matching,
    minors,
    next_steps,
    tellings,
    timeline,
)
from referrals.actions import households
from referrals.actions import people as actions
from referrals.facts import step_of, words_of
from referrals.forms.facts import ReasonForm
from referrals.forms.people import FindForm, MoveForm, PersonFilter, PersonForm, UnmaskForm
from referrals.models import Person
from referrals.permissions import find_person, may

VISITS_SHOWN = 10
DOCUMENTS_SHOWN = 8
# So many times a person of staff may ask whether somebody is known, and no more: the answer tells of other units.
ASKING = "60/600"


@requires("person.view")
def list_people(request):
    """Filters stand in the URL; what was searched for stands there sealed."""
    filters = PersonFilter(request.GET)
    people = filters.narrow(Person.objects.visible_to(request.user))
    token = request.GET.get("found", "")
    text = finding.from_token(request.user, token)
    if token:
        people = finding.found(people, text)
    number, has_more = capped_count(people)
    rows = groups.with_turn(people.as_rows()) if filters.puts_weak_first else people.as_rows()
    page = page_of(request, rows, ["turn", "-pk"] if filters.puts_weak_first else ["-pk"])
    if page.rows and shows_names(request.user):
        audit.record(request.user, "person.list", changes={"rows": [None, len(page.rows)]})
    context = {
        "page": page, "filters": filters, "number": number, "has_more": has_more, "text": text, "token": token,
        "find": FindForm(initial={"text": text}), "shows_names": shows_names(request.user),
    }  # fmt: skip
    return render(request, "referrals/people/list.html", context)


@requires("person.view")
@require_POST
def find_people(request):
    """The words come by POST and go on sealed, so that pages and filters work on what was found."""
    form = FindForm(request.POST)
    url = reverse("referrals:list_people")
    if not form.is_valid():
        return redirect(url)
    query = request.GET.copy()
    for name in ("after", "before"):
        query.pop(name, None)
    query["found"] = finding.to_token(request.user, form.cleaned_data["text"])
    return HttpResponseRedirect(f"{url}?{query.urlencode()}")


@requires("person.view")
@never_cache
def show_person(request, code):
    if kept := _merged_into(request, code):
        return redirect("referrals:show_person", kept.code)
    person = find(request, code)
    categories = list(person.categories.select_related("document"))
    current = [held for held in categories if held.is_current]
    held = {one.category for one in current}
    is_editor = may(request.user, "person.edit", person)
    context = {
        "person": person,
        "shows_names": shows_names(request.user),
        "is_editor": is_editor,
        "may_unmask": may(request.user, "person.unmask", person),
        "may_merge": may(request.user, "person.merge", person),
        "alike": _alike(request.user, person),
        "mergers": person.mergers.filter(undone_at=None).select_related("made_by"),
        "is_related": relations.closeness(request.user, person.number, person.name),
        "categories": categories,
        "is_certified": matching.is_certified(person, held, profile_of(person.residence)),
        "is_weak": matching.is_weak(person, held),
        "facts": facts_shown(person),
        "household": household_of(request.user, person),
        "guardians": person.guardianships.open().select_related("guardian", "document"),
        "aid": person.government_aid.select_related("document"),
        "given": aid_shown.of_person(request.user, person),
        "may_tell_aid": "aid.propose" in request.user.permissions,
        "needs": person.needs.all(),
        "visits": person.visits.select_related("organization")[:VISITS_SHOWN],
        "documents": person.documents.standing()[:DOCUMENTS_SHOWN],
        "may_open": may(request.user, "document.view", person),
        "lines": timeline.lines_for(request.user, person),
        "consents": consents_shown.section(request.user, person),
    }
    recorded = [one.scheme for one in context["aid"]]
    context["likely"] = likely_aid.likely_schemes(person, held, recorded)
    if is_editor:
        parts = {name: context[name] for name in ("needs", "aid", "consents")}
        context["may_refer"] = may(request.user, "referral.write", person)
        context["may_tell"] = context["may_refer"] and request.user.organization.kind not in BUREAU_KINDS
        context |= _duty(person, context) if context["may_tell"] else {}
        duty = context["duty"] if context.get("must_tell") else ""
        context["step"] = next_steps.next_step(person, **parts, may_refer=context["may_refer"], duty=duty)
    audit.record(request.user, "person.view", person, organization=person.keeper)
    return render(request, "referrals/people/show.html", context)


def _duty(person, shown):
    """What the region asks of a unit outside civil affairs, and whether it is to be done now."""
    return {
        "duty": duty_to_tell(profile_of(person.residence)),
        "must_tell": tellings.is_bound_to_tell(person, shown["likely"], shown["aid"]),
    }


@requires("person.register")
def register_person(request):
    """With ?household=<code of somebody in it> the new one joins theirs."""
    relative = _relative(request)
    initial = {"residence": request.user.organization.area}
    if relative:
        initial = {"residence": relative.residence, "address": relative.address, "relation": "child"}
    form = PersonForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid() and is_paced(request, form):
        try:
            person = actions.register_person(
                request.user,
                form.values(),
                household=relative and relative.household,
                is_another=form.cleaned_data["is_another"],
            )
            messages.success(request, _("已登记，编号 %(code)s。") % {"code": person.code})
            return redirect("referrals:show_person", person.code)
        except Refusal as refusal:
            refuse_alike(request.user, form, refusal)
    if relative:
        see_form(request.user, relative, _("登记家人"))
    context = {"form": form, "relative": relative, "heading": _("登记困难群众"), "button": _("登记")}
    return render(request, "referrals/people/form.html", {**context, "back": reverse("referrals:list_people")})


@requires("person.edit")
def change_person(request, code):
    person = find(request, code, "person.edit")
    form = PersonForm(request.POST or None, person=person, initial=_initial(person))
    current = []
    if request.method == "POST" and form.is_valid() and is_paced(request, form):
        try:
            changed = actions.change_person(
                request.user,
                person,
                form.cleaned_data["version"] or 0,
                form.values(),
                is_another=form.cleaned_data["is_another"],
            )
            messages.success(request, _("修改已保存。"))
            return _after_change(request, changed)
        except Stale as stale:
            current = [*refuse_stale(form, stale, actions.COLUMNS), *_private(stale.current)]
        except Refusal as refusal:
            refuse_alike(request.user, form, refusal)
    see_form(request.user, person, _("修改资料"))
    context = {"form": form, "person": person, "heading": _("修改资料"), "button": _("保存修改"), "current": current}
    context["back"] = reverse("referrals:show_person", args=[person.code])
    return render(request, "referrals/people/form.html", context)


@requires("person.edit")
@require_POST
def verify_person(request, code):
    person = find(request, code, "person.edit")
    done = _("已记下：今天核实过，没有变化。")
    return press(request, partial(actions.verify_person, request.user, person), done, _address(person))


@requires("person.unmask")
@never_cache
def unmask_person(request, code):
    """Shown once, as the answer to the reason; opening the page again asks for it again."""
    person = find(request, code, "person.unmask")
    form = UnmaskForm(request.POST or None)
    context = {"person": person, "form": form}
    if request.method == "POST" and form.is_valid():
        try:
            shown = actions.unmask_person(request.user, person, form.cleaned_data["reason"])
            context["shown"] = [(actions.LABELS[name], value) for name, value in shown.items()]
        except Refusal as refusal:
            refuse(form, refusal)
    return render(request, "referrals/people/unmask.html", context)


@requires("person.edit")
def move_person(request, code):
    person = find(request, code, "person.edit")
    form = MoveForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            seen = Person.objects.visible_to(request.user, "person.edit")
            relative = finding.one_of(seen, said["who"]) if said["who"] else None
            households.move_person(
                request.user, person, said["relation"], relative and relative.household, said["reason"]
            )
            messages.success(request, _("家庭已调整。"))
            return redirect("referrals:show_person", person.code)
        except Refusal as refusal:
            refuse(form, _at(refusal, "household", "who"))
    return small_form(request, person, form, _("调整家庭"), _("调整家庭"))


@requires("person.edit")
@require_POST
def change_head(request, code):
    person = find(request, code, "person.edit")
    done = _("已设为户主，请核对其他人与户主的关系。")
    return press(request, partial(households.change_head, request.user, person), done, _address(person))


# -- What the views of a person share ---------------------------------------------------------------------------------
def find(request, code, permission="person.view"):
    return find_person(request.user, code, permission)


shows_names = minors.tells_names


def facts_shown(person):
    """`filled`: (group, title, rows, whether somebody has to look again), a row being label, value, fact; `open`: what
    nobody has asked yet."""
    known = {fact.name: fact for fact in person.facts.standing().select_related("document")}
    shown = {"filled": [], "open": []}
    words = local_facts.vocabulary()
    for group, (title, names) in local_facts.groups(known).items():
        rows = [(words[name].label, _in_words(known[name], words), known[name]) for name in names if name in known]
        is_stale = any(fact.is_stale for *_words, fact in rows)
        rows += _from_ledger(person, words) if "prior_grants" in names else []
        if rows:
            shown["filled"].append((group, title, rows, is_stale))
        else:
            shown["open"].append((group, title))
    return shown


def _from_ledger(person, words):
    """What was given before stands in the ledger: told here with its source, and asked of nobody."""
    grants = earlier_grants.by_person([person]).get(person.pk)
    if not grants:
        return []
    told = ngettext("得到过 %(n)s 笔", "得到过 %(n)s 笔", len(grants)) % {"n": len(grants)}
    return [(words["prior_grants"].label, told, {"source": _("帮扶台账自动计入"), "verified_on": timezone.localdate()})]


def _in_words(fact, vocabulary):
    words = words_of(fact.name, fact.known, vocabulary)
    step = step_of(fact.known) if fact.name == "education_stage" else ""
    return f"{words}（{step}）" if step else words


def household_of(staff, person):
    """Those of the household who are in sight, the head first."""
    people = Person.objects.visible_to(staff).filter(household=person.household)
    return sorted(people.defer("name_keys"), key=lambda one: (one.relation != "head", one.birth_date is None, one.pk))


def small_form(request, person, form, heading, button, intro=""):
    return form_page(request, form, heading, button, crumbs(person), intro=intro)


def crumbs(person):
    """The way to a person, who stands in it without a name."""
    return [(_("困难群众"), reverse("referrals:list_people")), (person.masked_name, _address(person))]


def _address(person):
    return reverse("referrals:show_person", args=[person.code])


def reason_form(request, person, heading, button, act, done, consequence=""):
    """Asks why, acts, and goes back to the person."""
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            act(form.cleaned_data["reason"])
            messages.success(request, done)
            return redirect("referrals:show_person", person.code)
        except Refusal as refusal:
            refuse(form, refusal)
    return small_form(request, person, form, heading, button, consequence)


def _merged_into(request, code):
    """A record that was merged leads to the one that stands, for those who may see it."""
    return Person.objects.visible_to(request.user).filter(merged__code=code).first()


def _relative(request):
    code = request.GET.get("household", "")
    return find(request, code, "person.edit") if code else None


def see_form(staff, person, heading):
    """A form that is filled with what is held shows it, like every page."""
    audit.record(staff, "person.view", person, organization=person.keeper, reason=heading)


def is_paced(request, form):
    """Every answer may tell that another unit knows somebody: nobody asks a list of numbers."""
    wait = count_one(f"person-asked:{request.user.pk}", ASKING)
    if wait:
        form.add_error(
            None, _("短时间内登记和核对的次数太多，请 %(minutes)d 分钟后再试。") % {"minutes": wait // 60 + 1}
        )
    return not wait


def _alike(staff, person):
    """Beside a record, too, the answer tells of other units; records of one's own are no way around the pace."""
    found = finding.duplicates_of(staff, person)
    if found.elsewhere and count_one(f"person-beside:{staff.pk}", ASKING):
        found.elsewhere = []
    return found


def refuse_alike(staff, form, refusal):
    """Somebody alike is shown above the form, with the box that says it is another. That it was told leaves a line."""
    if isinstance(refusal, actions.Alike):
        form.alike = refusal.found
        told = {"seen": [None, len(refusal.found.seen)], "elsewhere": [None, len(refusal.found.elsewhere)]}
        audit.record(staff, "person.alike", changes=told)
    refuse(form, refusal)


def _at(refusal, field, shown):
    return Refusal(refusal.message, field=shown if refusal.field in (field, None) else refusal.field)


def _initial(person):
    values = actions.values_of(person)
    for name in ("number", "phone", "second_phone", "account"):
        values[name] = ""
    return {**values, "is_identity_unknown": not person.is_identity_known, "version": person.version}


def _private(person):
    """What is masked on the page is masked here."""
    return [
        (_("证件号码"), person.masked_number),
        (_("电话"), person.masked_phone),
        (_("详细住址"), person.address),
    ]


def _after_change(request, person):
    """Who moved out of one's area is no longer there to be shown."""
    if may(request.user, "person.view", person):
        return redirect("referrals:show_person", person.code)
    messages.info(request, _("此人已不在您的辖区，由 %(area)s 继续办理。") % {"area": person.residence})
    return redirect("referrals:list_people")
