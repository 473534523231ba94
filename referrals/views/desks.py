"""The desks, what is done with many of their rows at once, lists kept under a name, and who holds how many cases."""

from functools import partial

from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q
from django.http import QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from members import audit
from members.access import Refusal, requires
from members.form_pages import confirm_page, form_page, press
from members.models import Staff
from portal.lib.forms import refuse
from portal.lib.pages import page_by
from portal.lib.prepared import Prepared
from referrals import case_notes, desks, desks_drawn
from referrals.actions import handlers
from referrals.actions import saved_lists as actions
from referrals.actions.moves import RELATED
from referrals.forms.desks import DeskFilter, HandOnForm, SaveListForm, colleagues
from referrals.forms.referrals import colleagues_of
from referrals.models import Referral, SavedList
from referrals.workflow import LIVE, State

MOST_AT_ONCE = 50
HEADINGS = {
    desks.RECEIVED: gettext_lazy("收到的转介"),
    desks.SENT: gettext_lazy("发出的转介"),
    desks.AREA: gettext_lazy("辖区内的转介"),
}
MOVABLE = LIVE - {State.DRAFT}


# -- The desks --------------------------------------------------------------------------------------------------------
@requires("referral.view")
def list_received_referrals(request):
    return _desk(request, desks.RECEIVED)


@requires("referral.view")
def list_sent_referrals(request):
    return _desk(request, desks.SENT)


@requires("referral.view")
def list_area_referrals(request):
    """For whoever answers for an area: what goes on there, whoever's turn it is."""
    if not desks.has_area(request.user):
        raise PermissionDenied
    return _desk(request, desks.AREA)


def _desk(request, desk):
    staff = request.user
    tab = desks.tab_of(staff, desk, request.GET.get("tab", ""))
    filters = DeskFilter(request.GET, staff=staff, desk=desk)
    page = page_by(request, desks.fetch_rows(staff, desk, tab, filters), filters.order_of(tab))
    desks.shown(staff, page.rows, desk)
    if desk != desks.AREA:
        case_notes.mark_unread(staff, page.rows)
    may_sign, may_reassign = _may(staff, desk, tab)
    context = {
        "page": page, "desk": desk, "tabs": desks.tabs_for(staff, desk), "tab": tab, "filters": filters,
        "heading": HEADINGS[desk], "rows": desks_drawn.drawn(page.rows, desk, picks=may_sign or may_reassign),
        "counts": desks.counts_of(staff, desk), "may_sign": may_sign, "may_reassign": may_reassign,
        "colleagues": colleagues(staff.organization) if may_reassign and page.rows else (),
        "saved": _saved_for(staff, desk),
        "filters_drawn": desks_drawn.drawn_filters(filters, desk, tab, tab.order == desks.CLOCK),
        "query": request.GET.urlencode(),
    }  # fmt: skip
    if any(row.about.is_read for row in page.rows):
        audit.record(staff, "person.list", changes={"rows": [None, len(page.rows)]})
    return render(request, "referrals/referrals/list.html", context)


def _saved_rows(owner, unit):
    return SavedList.objects.of(owner, unit).order_by("name", "pk").values_list("desk", "name", "query")


_saved = Prepared(_saved_rows, owner=int, unit=int)


def _saved_for(staff, desk):
    rows = _saved(owner=staff.pk, unit=staff.organization_id)
    return [(name, query) for at, name, query in rows if at == desk]


def _may(staff, desk, tab):
    """(sign, reassign) the rows of a tab, many at once: on one's own desks, and while there is something to do."""
    held = staff.permissions
    may_sign = desk == desks.RECEIVED and tab.code == "to_sign" and "referral.receive" in held
    is_open = bool(tab.states) and set(tab.states) <= LIVE and set(tab.states) != {State.DRAFT}
    return may_sign, desk != desks.AREA and is_open and "referral.reassign" in held


# -- Many at once -----------------------------------------------------------------------------------------------------
@requires("referral.view")
@require_POST
def act_on_referrals(request):
    """Each by itself: the page that answers says of every one whether it was done, or why not."""
    codes = request.POST.getlist("code")[:MOST_AT_ONCE]
    rows = Referral.objects.visible_to(request.user).filter(code__in=codes).select_related(*RELATED).order_by("pk")
    if request.POST.get("do") == "reassign":
        handler = get_object_or_404(colleagues_of(request.user.organization), code=request.POST.get("handler", ""))
        done, words = handlers.reassign_each(request.user, rows, handler), _("改派给%(who)s") % {"who": handler}
    else:
        done, words = handlers.sign_each(request.user, rows), _("签收")
    return _report(request, done, words, _desk_it_came_from(request))


def _desk_it_came_from(request):
    desk = request.POST.get("desk")
    name = f"list_{desk}_referrals" if desk in (desks.RECEIVED, desks.SENT) else "list_received_referrals"
    return reverse(f"referrals:{name}")


def _report(request, done, words, back):
    number = sum(not one.why_not for one in done)
    context = {"done": done, "number": number, "words": words, "back": back, "is_empty": not done}
    return render(request, "referrals/referrals/many.html", context)


# -- Kept under a name ------------------------------------------------------------------------------------------------
@requires("referral.view")
@require_POST
def save_list(request):
    desk = request.POST.get("desk")
    if desk not in HEADINGS:
        raise PermissionDenied
    query = QueryDict(request.POST.get("query", "")[:2000])
    kept = DeskFilter(query, staff=request.user, desk=desk).kept(desks.tab_of(request.user, desk, query.get("tab", "")))
    back = f"{reverse(f'referrals:list_{desk}_referrals')}?{kept}"
    form = SaveListForm(request.POST)
    if not form.is_valid():
        return press(request, partial(_refuse_name, form), "", back)
    said = form.cleaned_data
    act = partial(actions.save_list, request.user, desk, said["name"], kept, is_shared=said["is_shared"])
    return press(request, act, _("已存为常用：%(name)s") % {"name": said["name"]}, back)


def _refuse_name(form):
    raise Refusal(_("名称：%(why)s") % {"why": " ".join(form.errors.get("name", [_("请检查。")]))})


@requires("referral.view")
def list_saved_lists(request):
    """One's own, to be renamed, shared or deleted; and what colleagues share."""
    rows = SavedList.objects.visible_to(request.user).select_related("owner").order_by("desk", "name", "pk")
    return render(request, "referrals/referrals/saved.html", {"rows": rows})


@requires("referral.view")
def change_saved_list(request, code):
    row = _own_list(request, code)
    form = SaveListForm(request.POST or None, instance=row)
    if request.method == "POST" and form.is_valid():
        try:
            actions.change_list(request.user, row, **form.cleaned_data)
            return redirect("referrals:list_saved_lists")
        except Refusal as refusal:
            refuse(form, refusal)
    return form_page(request, form, _("修改常用清单"), _("保存修改"), _crumbs())


@requires("referral.view")
def delete_saved_list(request, code):
    row = _own_list(request, code)
    asked = {
        "heading": _("删除常用清单：%(name)s") % {"name": row.name}, "button": _("删除"), "is_destructive": True,
        "consequence": _("只删除这个名称和筛选条件，转介不受影响。"),
    }  # fmt: skip
    act = partial(actions.delete_list, request.user, row)
    return confirm_page(request, asked, act, _("已删除。"), back=reverse("referrals:list_saved_lists"))


def _own_list(request, code):
    """404 for what is not seen, 403 for what a colleague shares."""
    row = get_object_or_404(SavedList.objects.visible_to(request.user), code=code)
    if row.owner_id != request.user.pk:
        raise PermissionDenied
    return row


def _crumbs():
    return [(_("常用清单"), reverse("referrals:list_saved_lists"))]


# -- Who holds how many -----------------------------------------------------------------------------------------------
@requires("referral.reassign")
def list_handlers(request):
    """The colleagues and how many live cases each holds; nothing of the cases is told here."""
    unit = request.user.organization_id
    taken = Count("handled_referrals", filter=Q(handled_referrals__receiver=unit, handled_referrals__state__in=MOVABLE))
    rows = list(Staff.objects.filter(organization=unit).annotate(taken=taken).order_by("-is_active", "name", "pk"))
    sent = Referral.objects.filter(sender=unit, state__in=MOVABLE).order_by().values("sender_handler")
    sent = dict(sent.annotate(number=Count("pk")).values_list("sender_handler", "number"))
    for one in rows:
        one.sent = sent.get(one.pk, 0)
    rows = [one for one in rows if one.taken or one.sent]
    waiting = Referral.objects.filter(receiver=unit, handler=None, state__in=MOVABLE - {State.SENT, State.REVIEW})
    context = {"rows": rows, "waiting": waiting.count()}
    return render(request, "referrals/referrals/handlers.html", context)


@requires("referral.reassign")
def hand_on_referrals(request, code):
    """Everything one colleague holds to another, each case with its answer."""
    staff = get_object_or_404(Staff, code=code, organization=request.user.organization_id)
    form = HandOnForm(request.POST or None, staff=staff)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            done = handlers.hand_on(request.user, staff, said["successor"], said["note"])
            words = _("改派给%(who)s") % {"who": said["successor"]}
            return _report(request, done, words, reverse("referrals:list_handlers"))
        except Refusal as refusal:
            refuse(form, refusal)
    heading = _("把%(who)s经办的转介交给同事") % {"who": staff}
    return form_page(request, form, heading, _("全部移交"), [(_("经办人"), reverse("referrals:list_handlers"))])
