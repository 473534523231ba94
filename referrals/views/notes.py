"""What people write on a case: notes and messages with their files, and what waits to be read."""

from functools import partial

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from members import audit
from members.access import Refusal, requires
from members.form_pages import confirm_page
from portal.lib import uploads
from portal.lib.forms import refuse
from portal.lib.pages import page_of
from referrals import case_notes, cases_shown, disclosure
from referrals.actions import notes as actions
from referrals.forms.notes import FilesForm, NoteForm, WithdrawForm
from referrals.models import CaseFile, CaseNote, Referral
from referrals.views.referrals import find_referral


@requires("referral.view")
def list_messages(request):
    """Messages of other units to this one, the newest first. Of which family they speak stands behind the link."""
    concerned = Referral.objects.visible_to(request.user)
    rows = CaseNote.objects.to_unit(request.user.organization_id).filter(referral__in=concerned)
    page = page_of(request, rows.select_related("referral", "organization", "author"), ["-pk"])
    return render(request, "referrals/notes/messages.html", {"page": page})


@requires("referral.view")
@never_cache
def list_notes(request, code):
    referral = find_referral(request, code)
    permitted = disclosure.permitted(request.user, referral.person)
    page = page_of(request, case_notes.rows_of(request.user, referral, permitted), ["-pk"], size=30)
    actions.see_notes(request.user, referral, page.rows)
    audit.record(request.user, "referral.view", referral, organization=referral.sender)
    context = {
        "referral": referral, "page": page, "notes": case_notes.shown(request.user, permitted, page.rows),
        "desk": cases_shown.desk_of(request.user, referral),
        "writes": case_notes.audiences_of(request.user, referral),
        "why_not_write": case_notes.why_not_write(request.user, referral),
    }  # fmt: skip
    return render(request, "referrals/notes/list.html", context)


@requires("referral.view")
@never_cache
def write_note(request, code):
    referral = find_referral(request, code)
    audiences = case_notes.audiences_of(request.user, referral)
    if not audiences:
        raise PermissionDenied
    form = NoteForm(request.POST or None, request.FILES or None, audiences=audiences)
    act = partial(actions.write_note, request.user, referral)
    page = {"heading": _("写备注或留言"), "button": _("写好了")}
    return _filled(request, referral, form, page, act, _("已写入。"))


@requires("referral.view")
@never_cache
def attach_files(request, code):
    """`?to=question:<code>` or `report:<code>`: what the files go with."""
    referral = find_referral(request, code)
    if not case_notes.audiences_of(request.user, referral):
        raise PermissionDenied
    kind, _colon, which = request.GET.get("to", "").partition(":")
    rows = {"question": referral.questions, "report": referral.reports}.get(kind)
    if rows is None:
        raise Http404
    form = FilesForm(request.POST or None, request.FILES or None)
    act = partial(actions.attach_files, request.user, referral, **{kind: get_object_or_404(rows, code=which)})
    page = {"heading": _("附上文件"), "button": _("附上文件")}
    return _filled(request, referral, form, page, act, _("文件已附上。"))


def _filled(request, referral, form, page, act, done):
    back = reverse("referrals:show_referral", args=[referral.code])
    if reason := case_notes.why_not_write(request.user, referral):
        messages.error(request, reason)
        return redirect(back)
    if request.method == "POST" and form.is_valid():
        try:
            act(**form.cleaned_data)
            messages.success(request, done)
            return redirect(f"{back}#notes")
        except Refusal as refusal:
            refuse(form, refusal)
    context = {**page, "form": form, "referral": referral, "desk": cases_shown.desk_of(request.user, referral)}
    return render(request, "referrals/notes/write.html", context)


@requires("referral.view")
def withdraw_note(request, code, note):
    referral = find_referral(request, code)
    permitted = disclosure.permitted(request.user, referral.person)
    row = get_object_or_404(case_notes.visible(request.user, referral, permitted), code=note)
    return _withdraw(request, referral, row.author_id, partial(actions.withdraw_note, request.user, row))


@requires("referral.view")
def withdraw_file(request, code, file):
    referral, row, _permitted = _file(request, code, file)
    return _withdraw(request, referral, row.uploaded_by_id, partial(actions.withdraw_file, request.user, row))


def _withdraw(request, referral, writer, act):
    if writer != request.user.pk:
        raise PermissionDenied
    asked = {
        "heading": _("撤回"), "button": _("撤回"), "is_destructive": True,
        "consequence": _("撤回后谁都看不到内容，只看到写过又撤回了、为什么。已经看过的人不会忘记。"),
    }  # fmt: skip
    back = reverse("referrals:show_referral", args=[referral.code])
    return confirm_page(request, asked, act, _("已撤回。"), back=back, form=WithdrawForm(request.POST or None))


@requires("referral.view")
@never_cache
def open_file(request, code, file):
    _referral, row, permitted = _file(request, code, file)
    actions.open_file(request.user, row, permitted)
    return uploads.download(row.file_key, row.served_name)


def _file(request, code, file):
    """One that this person may open at this moment; 404 for all others."""
    referral = find_referral(request, code)
    row = get_object_or_404(
        CaseFile.objects.select_related("note", "referral__person__keeper"), referral=referral, code=file
    )
    permitted = disclosure.permitted(request.user, referral.person)
    notes = case_notes.visible(request.user, referral, permitted)
    is_seen = notes.filter(pk=row.note_id).exists() if row.note_id else bool(permitted)
    if not is_seen or not case_notes.opens(request.user, permitted, row):
        raise Http404
    return referral, row, permitted
