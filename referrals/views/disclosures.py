"""Passing on what a consent covers, what was passed on, and the receiver's own page."""

from functools import partial

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from members import audit
from members.access import Refusal, requires
from members.form_pages import confirm_page
from portal.lib.forms import refuse
from portal.lib.pages import page_of
from referrals import consents_shown, disclosure, minors
from referrals.actions import provisions as actions
from referrals.forms.disclosures import ProvideForm
from referrals.items import ITEMS, Purpose, in_order
from referrals.models import Consent, Person, Provision
from referrals.permissions import may
from referrals.views.people import find, shows_names


@requires("disclosure.view")
@never_cache
def list_disclosures(request, code):
    """Everything that left the house about a person: to whom, what, when, under which consent; and who looked."""
    person = find(request, code, "disclosure.view")
    audit.record(request.user, "disclosure.list", person, organization=person.keeper)
    page = page_of(request, consents_shown.log_of(person).select_related("provision__consent"), ["-at", "-pk"])
    for line in page.rows:
        line.item_words = [item.label for item in in_order(line.items)]
    provisions = Provision.objects.about(person).select_related("receiver", "consent", "provided_by").order_by("-pk")
    context = {
        "person": person, "shown_name": person.name if shows_names(request.user) else person.masked_name,
        "page": page, "provisions": provisions[:50], "may_provide": may(request.user, "disclosure.provide", person),
    }  # fmt: skip
    return render(request, "referrals/disclosures/list.html", context)


@requires("disclosure.provide")
@never_cache
def provide_information(request, code):
    """`code` is the consent's: it says who may be sent to and what; `?to=` chooses among its recipients."""
    consent = _consent(request, code)
    person, receivers = consent.person, disclosure.recipients_of(consent)
    only = next(iter(receivers.values())) if len(receivers) == 1 else None
    receiver = receivers.get(request.GET.get("to", ""), only)
    context = {"person": person, "consent": consent, "receivers": receivers.values(), "receiver": receiver}
    context["shown_name"] = person.name
    if receiver is None:
        return render(request, "referrals/disclosures/provide.html", context)
    covered = disclosure.covered(person, receiver, consent.purpose, list(ITEMS)).by_item
    form = ProvideForm(request.POST or None, covered=[item for item in ITEMS if item in covered])
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            actions.provide(request.user, person, receiver, consent.purpose, said["items"], said["reason"])
            messages.success(request, _("已提供给%(receiver)s，对方每次查看都有记录。") % {"receiver": receiver})
            return redirect("referrals:list_disclosures", person.code)
        except Refusal as refusal:
            refuse(form, refusal)
    standing = disclosure.safeguards.check(person.keeper, receiver, consent.purpose, list(covered))
    context |= {"form": form, "wanting": [*_outgrown_words(consent), *standing.wanting]}
    return render(request, "referrals/disclosures/provide.html", context)


@requires("disclosure.provide")
def end_provision(request, code):
    people = Person.objects.visible_to(request.user)
    rows = Provision.objects.filter(person__in=people) | Provision.objects.filter(person__merged_into__in=people)
    provision = get_object_or_404(rows.select_related("person__residence", "receiver", "provider"), code=code)
    if not may(request.user, "disclosure.provide", provision.person.merged_into or provision.person):
        raise PermissionDenied
    minors.require(request.user, provision.person)
    asked = {
        "heading": _("停止向%(receiver)s提供") % {"receiver": provision.receiver},
        "consequence": _("对方马上不能再看这份清单上的内容；以前看过的记录保留。要再提供，需要重新提供一次。"),
        "button": _("停止提供"),
        "is_destructive": True,
    }
    done = _("已停止，%(receiver)s不能再看。") % {"receiver": provision.receiver}
    back = reverse("referrals:list_disclosures", args=[provision.person.code])
    return confirm_page(request, asked, partial(actions.end_provision, request.user, provision), done, back=back)


# -- The receiver -----------------------------------------------------------------------------------------------------
@requires("received.view")
@never_cache
def list_received(request):
    """Lists passed on to the viewer's unit. Without names: a name is an item like any other."""
    rows = disclosure.received_by(request.user.organization)
    if request.GET.get("show") == "ended":
        rows = rows.filter(ended_at__isnull=False)
    elif request.GET.get("show") != "all":
        rows = rows.filter(ended_at=None)
    page = page_of(request, rows, ["-pk"])
    for provision in page.rows:
        provision.shown = in_order(disclosure.left_of(provision))
        # What was asked for is in words of the sender's, which may name the family: it goes with the items.
        is_open = provision.shown and not provision.ended_at
        provision.tells = is_open and minors.may_see(request.user, provision.person)
    return render(request, "referrals/disclosures/received.html", {"page": page, "show": request.GET.get("show", "")})


@requires("received.view")
@never_cache
def show_received(request, code):
    """What may be seen of one person at this moment; each opening is a line in the log that the family may ask for."""
    provision = _received(request, code)
    permitted, rows = actions.see_received(request.user, provision)
    context = {
        "provision": provision,
        "permitted": permitted,
        "rows": rows,
        "withheld": in_order(permitted.withheld),
        "documents": disclosure.papers(provision.person.merged_into or provision.person, permitted),
        "is_minor": provision.person.is_minor and not minors.may_see(request.user, provision.person),
    }
    return render(request, "referrals/disclosures/show.html", context)


@requires("received.view")
def confirm_deletion(request, code):
    provision = _received(request, code)
    asked = {
        "heading": _("确认已删除留存的信息"),
        "consequence": _("请先删除打印件、下载的文件、抄录和聊天记录里的内容，依法必须留存的除外，再来确认。"),
        "button": _("确认已全部删除"),
    }
    act, back = (
        partial(actions.confirm_deletion, request.user, provision),
        reverse("referrals:show_received", args=[code]),
    )
    return confirm_page(request, asked, act, _("已确认删除。"), back=back)


def _received(request, code):
    return get_object_or_404(disclosure.received_by(request.user.organization), code=code)


def _consent(request, code):
    people = Person.objects.visible_to(request.user)
    rows = Consent.objects.filter(purpose__in=[Purpose.REFER_TO_ORG, Purpose.ECONOMIC_CHECK]).with_terms()
    rows = rows.select_related("person__keeper__area", "person__residence", "organization")
    consent = get_object_or_404(rows.filter(person__in=people), code=code)
    if not may(request.user, "disclosure.provide", consent.person):
        raise PermissionDenied
    minors.require(request.user, consent.person)
    return consent


def _outgrown_words(consent):
    if disclosure.is_outgrown(consent, consent.person):
        yield _("本人已满 18 周岁，监护人以前的同意不能再用来提供，请征得本人同意。")
