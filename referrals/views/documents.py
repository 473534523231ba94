"""Papers of a person: the list, several files at once, one paper; and the one view that hands a file out."""

from functools import partial

from csp.constants import SELF
from csp.decorators import csp_update
from django.conf import settings
from django.contrib import messages
from django.http import Http404, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache

from members import audit
from members.access import Refusal, requires
from members.form_pages import confirm_page, refuse_stale
from portal.lib import uploads
from portal.lib.forms import refuse
from referrals import disclosure, local_facts, matching
from referrals.actions import documents as actions
from referrals.forms.documents import ChangeDocumentForm, DocumentsForm
from referrals.models import Document, Person
from referrals.permissions import may
from referrals.views.people import find, reason_form, small_form


@requires("document.view")
@never_cache
def list_documents(request, code):
    person = find(request, code, "document.view")
    audit.record(request.user, "person.view", person, organization=person.keeper, reason=_("材料"))
    rows = person.documents.select_related("uploaded_by", "put_aside_by")
    is_editor = may(request.user, "person.edit", person)
    context = {
        "person": person, "is_editor": is_editor, "documents": rows.standing(),
        "wanted": matching.wanted_papers(person),
        "aside": rows.filter(put_aside_at__isnull=False) if is_editor else (),
    }  # fmt: skip
    return render(request, "referrals/documents/list.html", context)


@requires("document.view")
@never_cache
def list_wanted_papers(request, code):
    """A part of the person's own page, asked for when it comes into sight: matching takes longer than the rest."""
    person = find(request, code, "document.view")
    if not request.htmx:
        return redirect(f"{reverse('referrals:list_documents', args=[person.code])}#wanted")
    context = {"person": person, "is_editor": may(request.user, "person.edit", person)}
    context["wanted"] = matching.wanted_papers(person)
    return render(request, "referrals/documents/_wanted.html", context)


@requires("person.edit")
def add_documents(request, code):
    """Each file for itself: what is fine is kept, of each other one it is said why it was not."""
    person = find(request, code, "person.edit")
    initial = {"kind": request.GET.get("kind", "")[:40]}
    form = DocumentsForm(request.POST or None, request.FILES or None, person=person, initial=initial)
    kept, refused = [], []
    if request.method == "POST" and form.is_valid():
        kept, refused = _keep(request, person, form)
    if request.method == "POST" and "application/json" in request.headers.get("Accept", ""):
        return _as_json(form, kept, refused)
    if kept:
        words = ngettext("已收存 %(number)d 份材料。", "已收存 %(number)d 份材料。", len(kept))
        messages.success(request, words % {"number": len(kept)})
    if kept and not refused:
        return redirect("referrals:list_documents", person.code)
    context = {"form": form, "person": person, "refused": refused, "limit": settings.UPLOAD_LIMIT // 1024**2}
    return render(request, "referrals/documents/add.html", context)


def _keep(request, person, form):
    """([document], [(name, why not)]); what is wrong with the description alone stands at its field."""
    kept, refused = [], []
    for name, file, fault in form.judged():
        try:
            if file is not None:
                kept.append(actions.add_document(request.user, person, form.values(), file))
        except Refusal as refusal:
            if refusal.field in form.fields and refusal.field != "files":
                refuse(form, refusal)
                break
            fault = refusal.message
        if fault:
            refused.append((name, fault))
    return kept, refused


def _as_json(form, kept, refused):
    """For the script that sends the files one by one."""
    faults = [str(error) for errors in form.errors.values() for error in errors] if not kept else []
    why = [str(fault) for _name, fault in refused] or faults
    return JsonResponse({"kept": [one.code for one in kept], "refused": why}, status=200 if kept and not why else 422)


@requires("document.view")
@never_cache
@csp_update({"frame-src": [SELF]})
def show_document(request, code):
    document, permitted, provision = _seen(request, code)
    is_keeper = permitted.basis == disclosure.KEEPER
    context = {
        "document": document, "person": document.person, "is_keeper": is_keeper,
        "is_editor": is_keeper and may(request.user, "person.edit", document.person),
        "provision": provision,
        "proves": _proves(document) if is_keeper else (),
    }  # fmt: skip
    return render(request, "referrals/documents/show.html", context)


@requires("document.view")
def open_document(request, code, way):
    """The one way to a file: to be looked at, as a small picture, or to be taken away. Each leaves its line."""
    document, *_ways = _seen(request, code)
    key = document.preview_key if way == "preview" else document.file_key
    if not key or not actions.open_document(request.user, document, is_download=way == "file"):
        raise Http404
    name = document.served_name
    if way == "file":
        return uploads.download(key, name)
    return uploads.show(key, name if way == "view" else f"{name.rsplit('.', 1)[0]}.jpg")


@requires("person.edit")
def change_document(request, code):
    document = _kept(request, code)
    person = document.person
    names = ("kind", "title", "issued_on", "valid_until", "consent", "version")
    initial = {name: getattr(document, name) for name in names}
    form = ChangeDocumentForm(request.POST or None, person=person, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            actions.change_document(request.user, document, form.cleaned_data["version"] or 0, form.values())
            messages.success(request, _("修改已保存。"))
            return redirect("referrals:show_document", document.code)
        except Refusal as refusal:
            refuse_stale(form, refusal)
    return small_form(request, person, form, _("修改材料说明"), _("保存修改"))


@requires("person.edit")
def put_aside_document(request, code):
    document = _kept(request, code)
    return reason_form(
        request, document.person, _("移除材料：%(kind)s") % {"kind": document.get_kind_display()}, _("移除材料"),
        lambda reason: actions.put_aside_document(request.user, document, reason), _("材料已移除。"),
        _before_putting_aside(document),
    )  # fmt: skip


@requires("person.edit")
def take_back_document(request, code):
    document = _kept(request, code)
    asked = {
        "heading": _("恢复材料：%(kind)s") % {"kind": document.get_kind_display()},
        "consequence": _("恢复后又可以查看；本人的同意包括这类材料的，接收单位也能看到。"),
        "button": _("恢复材料"),
    }
    act = partial(actions.take_back_document, request.user, document)
    back = reverse("referrals:list_documents", args=[document.person.code])
    return confirm_page(request, asked, act, _("材料已恢复。"), back=back)


def _before_putting_aside(document):
    words = _("移除后谁都不能再看，接收单位也不能；30 天内可以恢复，之后文件删除。")
    proves = _("、").join(str(one) for one in _proves(document))
    return words + (_("它是这些内容的依据：%(proves)s。") % {"proves": proves} if proves else "")


def _proves(document):
    """What rests on this paper, in words."""
    words = local_facts.vocabulary()
    facts = document.facts.filter(superseded_at=None).values_list("name", flat=True)
    yield from (words[name].label for name in facts if name in words)
    yield from (held.get_category_display() for held in document.categories.all())
    yield from (aid.get_scheme_display() for aid in document.government_aid.all())
    yield from (_("监护关系（%s）") % one.get_relation_display() for one in document.guardianships.all())


def _seen(request, code):
    try:
        return disclosure.find_document(request.user, code)
    except Document.DoesNotExist as error:
        raise Http404 from error


def _kept(request, code):
    """One that the keeper's own side may change."""
    rows = Document.objects.filter(person__in=Person.objects.visible_to(request.user))
    document = get_object_or_404(rows.select_related("person"), code=code)
    document.person = find(request, document.person.code, "person.edit")
    return document
