"""A charity tells the government of a family, or helps it apply (R82, R83): a draft, sent like all others."""

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from members import audit
from members.access import Refusal
from members.kinds import BUREAU_KINDS
from referrals import tellings, timeline
from referrals.actions.referrals import draft_referral
from referrals.kinds import Ground
from referrals.models import Need, NeedStep
from referrals.workflow import TO_BUREAU_KINDS, ReferralKind


def tell_bureau(actor, person, receiver, values, lead=None):
    """`values`: kind, circumstances, urgency, needs; of an application also scheme, application, helper, papers.

    Who has no need on record yet needs help with applying: that is written down as the need.
    """
    if actor.organization.kind in BUREAU_KINDS:
        raise PermissionDenied
    _refuse_wanting(person, receiver, values)
    with transaction.atomic():
        needs = list(values.get("needs") or ()) or [_need_of(actor, person, values)]
        said = {**values, "needs": needs, "ground": Ground.POSSIBLY_ELIGIBLE, "is_exclusive": False}
        if values["kind"] == ReferralKind.LEAD:
            said |= {"scheme": "", "papers": []}
        said["items"] = tellings.least_items(values["kind"], _held(person, said["papers"]))
        referral = draft_referral(actor, person, receiver, said)
        if lead is not None:
            _link(actor, lead, referral)
    return referral


def _refuse_wanting(person, receiver, values):
    if values["kind"] not in TO_BUREAU_KINDS:
        raise Refusal(_("请选择线索告知或协助申请。"), field="kind")
    if receiver not in tellings.bureaus_for(person):
        raise Refusal(_("只能告知家庭居住地的镇街或者民政局。"), field="receiver")
    if values["kind"] == ReferralKind.ASSIST_APPLY:
        if not values.get("scheme"):
            raise Refusal(_("请选择帮助申请哪一项政府救助。"), field="scheme")
        if not values.get("application", "").strip():
            raise Refusal(_("请与家庭一起写好申请理由。"), field="application")


def _need_of(actor, person, values):
    need = Need.objects.create(
        person=person, organization=actor.organization, recorded_by=actor, changed_by=actor, kind="application_help",
        form="service", weight="basic", urgency=values.get("urgency", "normal"), ground=Ground.POSSIBLY_ELIGIBLE,
        private={"wish": values["circumstances"].strip()[:500]},
    )  # fmt: skip
    NeedStep.objects.create(need=need, state=need.state, made_by=actor)
    timeline.record("need_added", actor, person=person, need=need.get_kind_display())
    audit.record(actor, "need.add", need, organization=person.keeper)
    return need


def _held(person, papers):
    """Of the papers that were ticked, those that lie with the record: only they can be passed on."""
    return person.documents.standing().filter(kind__in=papers).values_list("kind", flat=True).distinct()


def _link(actor, lead, referral):
    """The unit's own lead about this family; it ends when the draft is sent."""
    if not tellings.leads_of_unit(actor.organization, referral.person).filter(pk=lead.pk).exists():
        raise Refusal(_("这条线索已经处理，或者不是本单位报的。"), field="lead")
    lead.referral = referral
    lead.save(update_fields=["referral"])
