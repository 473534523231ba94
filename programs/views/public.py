"""The catalogue for everyone, without signing in: what is in force, what was, where to turn. Posts, never people."""

from functools import lru_cache, wraps

from django.db.models import Exists, OuterRef, Prefetch, Q
from django.http import Http404
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_cache_control, patch_vary_headers

from members.access import public
from members.models import ContactPost, PolicyDocument
from portal.lib import pinyin
from portal.lib.pages import capped_count, page_of
from programs import catalogue, hsds, wording
from programs.blank_forms import blank_form
from programs.forms.public import PublicFilter
from programs.leaflets import brief, leaflet
from programs.models import IN_FORCE, Program, ProgramVersion
from programs.words import KINDS, say

ORDER = ["position", "code"]
# What anybody may read anybody may keep for a while; who is signed in gets the page fresh (members.middleware).
KEPT_SECONDS = 60


def cacheable(view):
    """The same page for all who bring no cookie: a cache in front may answer for us."""

    @wraps(view)
    def kept(request, *args, **kwargs):
        response = view(request, *args, **kwargs)
        if response.status_code == 200:
            patch_cache_control(response, public=True, max_age=KEPT_SECONDS)
            patch_vary_headers(response, ["Cookie"])
        return response

    return kept


@public
@cacheable
def list_public_programs(request):
    day = timezone.localdate()
    in_force = Program.objects.released_on(day).filter(is_container=False)
    filters = PublicFilter(request.GET, programs=in_force, versions=ProgramVersion.objects.holding_on(day))
    programs = narrowed(in_force.with_version(day), filters.asked)
    number, has_more = capped_count(programs)
    page = page_of(request, programs.select_related("organization", "parent"), ORDER)
    page.rows = list(_rows(page.rows))
    return render(
        request,
        "public/programs/list.html",
        {"page": page, "filters": filters, "number": number, "has_more": has_more, "day": day},
    )


def narrowed(programs, asked):
    shown = ProgramVersion.objects.filter(pk=OuterRef("shown_id"))
    if text := asked.get("q"):
        said = Exists(shown.filter(Q(search_text__icontains=text) | Q(name_en__icontains=text)))
        programs = programs.filter(Q(code__iexact=text) | Q(said) | Q(pk__in=sounding_like(programs, text)))
    if kind := asked.get("kind"):
        programs = programs.filter(Exists(shown.filter(kind=kind)))
    if group := asked.get("group"):
        programs = programs.filter(Exists(shown.filter(groups__contains=[group])))
    if area := asked.get("area"):
        level = "code" if area.level == "village" else area.level
        programs = programs.filter(**{f"organization__area__{level}": area.code})
    if unit := asked.get("unit"):
        programs = programs.filter(organization=unit)
    return programs


def sounding_like(programs, text):
    """Programs by the sound of their name: xts or xiaotianshi for 小天使."""
    text = text.replace(" ", "").lower()
    if len(text) < 2 or not (text.isascii() and text.isalpha()):
        return []
    return [pk for pk, name in programs.values_list("pk", "name") if any(text in sound for sound in sounds(name))]


@lru_cache(maxsize=5000)
def sounds(name):
    """(initials, whole syllables). A program's name is no person's name: no character is read as a surname."""
    syllables = pinyin.library().lazy_pinyin(name)
    return "".join(one[:1] for one in syllables).lower(), "".join(syllables).lower()


def _rows(programs):
    """Each row with what its version says; one query for all of them."""
    versions = ProgramVersion.objects.defer("search_text").in_bulk([program.shown_id for program in programs])
    words = catalogue.vocabulary()
    for program in programs:
        said = catalogue.parsed(versions[program.shown_id], words)
        program.kind_words = say(KINDS, said.kind)
        program.sponsor = said.texts.get("sponsor", "")
        program.whom = brief(said, words)
        program.how_much = wording.how_much(said)
        yield program


@public
@cacheable
def show_public_program(request, code):
    """What holds today; of a program that has ended, what held last, and that it ended."""
    program, versions = _find(code)
    today = timezone.localdate()
    held = next((one for one in versions if one.holds), None)
    begun = next((one for one in versions if one.valid_from <= today), versions[-1])
    return _show(request, program, versions, held or begun)


@public
@cacheable
def show_public_version(request, code, number):
    """What held on other days: a case is judged by the version of its day."""
    program, versions = _find(code)
    shown = next((one for one in versions if one.number == number), None)
    if shown is None:
        raise Http404
    return _show(request, program, versions, shown)


@public
@cacheable
def show_public_form(request, code, number):
    """A printed form of the program as it holds today, empty, to be filled in by hand."""
    program, versions = _find(code)
    version = next((one for one in versions if one.holds), None)
    if version is None:
        raise Http404
    words = catalogue.vocabulary()
    said = catalogue.parsed(version, words)
    form = blank_form(said, number, words)
    if form is None:
        raise Http404
    context = {"program": program, "version": version, "said": said, "form": form}
    return render(request, "public/programs/form.html", context)


def _find(code):
    """The program and every version that is or was in force, the newest first."""
    posts = ContactPost.objects.filter(is_public=True, ended_at=None)
    programs = Program.objects.select_related("organization__area", "parent").prefetch_related(
        Prefetch("organization__contact_posts", posts, to_attr="public_posts")
    )
    program = get_object_or_404(programs, code=code)
    policies = Prefetch("policies", named_in_public(), to_attr="public_policies")
    versions = list(
        program.versions.filter(state__in=IN_FORCE).order_by("-number").defer("search_text").prefetch_related(policies)
    )
    if not versions:
        raise Http404
    return program, versions


def named_in_public():
    """What is open to everyone, and what was issued under a number: that is named, its text is not shown."""
    return PolicyDocument.objects.filter(Q(is_public=True) | ~Q(number="")).order_by("-is_public", "number")


def _show(request, program, versions, shown):
    words = catalogue.vocabulary()
    said = catalogue.parsed(shown, words)
    today = timezone.localdate()
    held = next((one for one in versions if one.holds), None)
    context = {
        "program": program,
        "version": shown,
        "versions": versions,
        "held": held,
        "coming": next((one for one in reversed(versions) if one.valid_from > today and one.state == "released"), None),
        "said": said,
        "kind_words": say(KINDS, said.kind) if said.kind else "",
        "today": today,
        "alternates": _alternates(program, shown) if shown is held else [],
    }
    if said.is_container:
        context["parts"] = list(_rows(Program.objects.released_on(today).with_version(today).filter(parent=program)))
    else:
        context["leaflet"] = leaflet(said, words)
    return render(request, "public/programs/show.html", context)


def _alternates(program, version):
    """(title, address) of the same for machines."""
    found = [("JSON", reverse("api:program", args=[program.code]))]
    if not program.is_container:
        found.append(("HSDS 3", reverse("api:hsds_service", args=[hsds.service_id(program.code)])))
    return found
