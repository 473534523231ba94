"""The one road by which a receiver sees personal data.

`permitted(viewer, person, purpose)` gives the items that may be seen, or the reason for none; `project()` turns them
into words; whoever shows them records it (actions.provisions.see_received). What was passed on is a frozen list
(Provision), but the list alone opens nothing: at every look the consent must still cover each item, the agreement and
the assessment must still stand. So a withdrawal closes the road at once, everywhere.

The keeper's own side does not come this way for its own screens; asked here, it is told everything is its own.
"""

import json
from dataclasses import dataclass, field, replace

from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Prefetch, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from members import relations
from members.kinds import Level
from members.models import Area, Organization
from portal.lib import encryption, identity, money
from programs.sentences import value_text
from referrals import local_facts, minors, safeguards
from referrals.coverage import cover
from referrals.facts import VOCABULARY
from referrals.items import ITEMS, TO_ORGANIZATIONS, Purpose, in_order, item_of_fact, item_of_paper
from referrals.kinds import ADULT_AGE, Category, PaperKind
from referrals.models import Consent, DisclosureLog, Document, Provision, ReferralGrant, ReferralShare
from referrals.permissions import may

# What of a person whoever pays has to know.
PAYEE_ITEMS = frozenset({"name", "number", "phone", "account"})
KEEPER, CONSENT = "keeper", "consent"


@dataclass(frozen=True)
class Permitted:
    """The items that may be seen; when there are none, `reason` says why in a sentence for the viewer."""

    items: frozenset = frozenset()
    reason: str = ""
    basis: str = ""
    # Items that were passed on and may be seen no longer, and the list they stand on.
    withheld: frozenset = frozenset()
    provisions: tuple = field(default=(), compare=False)

    def __bool__(self):
        return bool(self.items)

    def __contains__(self, item):
        return item in self.items

    def allows_paper(self, kind):
        return item_of_paper(kind).code in self.items


def permitted(viewer, person, purpose=Purpose.REFER_TO_ORG):
    """What this person of staff may see of this person for this purpose, at this moment."""
    if may(viewer, "person.view", person):
        return _of_the_keeper(viewer, person)
    if "received.view" not in viewer.permissions:
        return Permitted(reason=_("您的角色不办理转来的个案。"))
    provisions = list(_provisions(person, viewer.organization, purpose))
    is_related = bool(provisions) and relations.closeness(viewer, person.number, person.name) == relations.RELATED
    return _as_receiver(viewer, person, provisions, is_related)


def permitted_each(viewer, people, purpose=Purpose.REFER_TO_ORG, *, is_payment=False):
    """The same for many people at once, in as many queries as for one: {id of the person: Permitted}. For lists.

    `is_payment`: whoever pays handles no cases, and reads of the unit's people what the bank must know.
    """
    found, others = {}, []
    pays = is_payment and "aid.pay" in viewer.permissions and "received.view" not in viewer.permissions
    for person in people:
        if may(viewer, "person.view", person):
            found[person.pk] = _of_the_keeper(viewer, person)
        elif pays and person.keeper_id == viewer.organization_id:
            found[person.pk] = Permitted(PAYEE_ITEMS if minors.may_see(viewer, person) else frozenset(), basis=KEEPER)
        elif "received.view" not in viewer.permissions and not pays:
            found[person.pk] = Permitted(reason=_("您的角色不办理转来的个案。"))
        else:
            others.append(person)
    if others:
        declared = {identity.normalize(number) for number in relations.declared_numbers(viewer)}
        listed = _provisions_of_each(others, viewer.organization, purpose)
        standings = {}
        for person in others:
            is_related = bool(person.number) and identity.normalize(person.number) in declared
            seen = _as_receiver(viewer, person, listed[person.pk], is_related, standings)
            found[person.pk] = replace(seen, items=seen.items & PAYEE_ITEMS) if pays else seen
    return found


def _as_receiver(viewer, person, provisions, is_related, standings=None):
    if not provisions:
        return Permitted(reason=_("没有向贵单位提供过这方面的信息。"))
    if reason := _why_not(viewer, person, provisions, is_related):
        return Permitted(reason=reason, withheld=_listed(provisions), provisions=tuple(provisions))
    return _of_the_receiver(viewer.organization, provisions, {} if standings is None else standings)


def permitted_to_guest(receiver, person):
    """What somebody may see who came by a link for this unit: what its people would see, and never a child."""
    provisions = list(_provisions(person, receiver, Purpose.REFER_TO_ORG))
    if not provisions:
        return Permitted(reason=_("没有向贵单位提供过这方面的信息。"))
    reason = ""
    if receiver.is_suspended:
        reason = _("贵单位已被暂停，暂时不能查看个人信息。")
    elif all(one.ended_at for one in provisions):
        reason = _ended_words(provisions[0])
    elif person.is_minor:
        reason = _("未成年人的个案须经贵单位负责人批准才能查看，请开通账号后登录办理。")
    if reason:
        return Permitted(reason=reason, withheld=_listed(provisions), provisions=tuple(provisions))
    return _of_the_receiver(receiver, provisions, {})


def permitted_by_share(viewer, share):
    """What somebody may see to whom this share was given by name: its own lists, and nothing that reached their unit
    on another road."""
    if reason := _why_not_shared(viewer, share):
        return Permitted(reason=reason)
    person = share.referral.person
    rows = share.provisions.select_related("provider__area", "receiver", "lane").prefetch_related(terms())
    is_related = relations.closeness(viewer, person.number, person.name) == relations.RELATED
    return _as_receiver(viewer, person, list(rows.order_by("-pk")), is_related)


def _why_not_shared(viewer, share):
    if share.is_over:
        return _("这次共享已经结束：%(how)s。已留存的请删除并确认。") % {"how": share.how_it_ended}
    if not ReferralGrant.objects.held_by(viewer).filter(share=share).exists():
        return _("这件个案只共享给指定的人员，没有共享给您。")
    if "received.view" not in viewer.permissions:
        return _("您的角色不办理转来的个案。")
    return ""


def shares_with(viewer, person):
    """The shares by which this person of staff sees something of that person."""
    held = ReferralGrant.objects.held_by(viewer)
    about = Q(referral__person=person) | Q(referral__person__merged_into=person)
    rows = ReferralShare.objects.open().filter(about, pk__in=held.values("share"))
    return rows.select_related("referral__person").order_by("-pk")


def _of_the_keeper(viewer, person):
    """A supervisor sees a masked page and nothing behind it."""
    if not {"person.unmask", "person.edit"} & viewer.permissions.keys():
        return Permitted(reason=_("您的角色只查看脱敏内容。"))
    if not minors.may_see(viewer, person):
        return Permitted(reason=_("未成年人的个案须经批准才能查看。"))
    return Permitted(frozenset(ITEMS), basis=KEEPER)


def _why_not(viewer, person, provisions, is_related):
    if viewer.organization.is_suspended:
        return _("贵单位已被暂停，暂时不能查看个人信息。")
    if all(one.ended_at for one in provisions):
        return _ended_words(provisions[0])
    if is_related:
        return _("您申报过与此人的关系，按回避规定不能查看，请交由同事办理。")
    if not minors.may_see(viewer, person):
        return _("未成年人的个案须经本单位负责人批准才能查看。")
    return ""


def _ended_words(provision):
    words = {"who": provision.provider, "when": f"{timezone.localtime(provision.ended_at):%Y-%m-%d %H:%M}"}
    if provision.ended == Provision.Ended.WITHDRAWN:
        return _("本人已于 %(when)s 撤回同意，贵单位不能再查看。已留存的请删除并确认。") % words
    if provision.ended == Provision.Ended.EXPIRED:
        return _("同意已于 %(when)s 到期。还需要的，请联系%(who)s重新征得同意。") % words
    if provision.ended == Provision.Ended.URGENT_OVER:
        return _("救急难的依据已于 %(when)s 终止，等%(who)s补齐本人的同意。") % words
    return _("%(who)s已于 %(when)s 停止提供。") % words


def _of_the_receiver(receiver, provisions, standings):
    """`standings` keeps what was asked of the same two units and the same items before."""
    shown, wanting = frozenset(), ()
    for provision in provisions:
        if provision.ended_at:
            continue
        left = left_of(provision)
        asks = left and provision.lane_id is None
        standing = _standing(provision, receiver, left, standings) if asks else None
        if standing is not None and not standing:
            wanting, left = standing.wanting, frozenset()
        shown |= left
    withheld = _listed(provisions) - shown
    if shown:
        return Permitted(shown, basis=CONSENT, withheld=withheld, provisions=tuple(provisions))
    reason = wanting[0] if wanting else _("本人的同意已不包括这些信息，不能再查看。")
    return Permitted(reason=reason, withheld=withheld, provisions=tuple(provisions))


def _standing(provision, receiver, items, standings):
    asked = (provision.provider_id, provision.purpose, items)
    if asked not in standings:
        standings[asked] = safeguards.check(provision.provider, receiver, provision.purpose, items)
    return standings[asked]


def left_of(provision, on=None):
    """Of the items on a list those that its consent still covers for that receiver; under 救急难, while it stands."""
    if provision.lane_id:
        return frozenset(provision.items) if provision.lane.is_standing else frozenset()
    covered = provision.consent.terms.items_for(provision.receiver_id, on or timezone.localdate())
    return frozenset(provision.items) & covered


# -- Papers -----------------------------------------------------------------------------------------------------------
def papers(person, permitted):
    """The papers of a person that may be seen under this, the newest first; what they are called stays sealed."""
    kinds = [kind for kind in PaperKind if permitted.allows_paper(kind)]
    return person.documents.standing().filter(kind__in=kinds).without_envelope()


def find_document(viewer, code):
    """(the paper, by what it may be seen at this moment, the list it stands on); DoesNotExist when by nothing."""
    rows = Document.objects.near(viewer).select_related("person__keeper__area", "person__residence", "uploaded_by")
    document = rows.select_related("consent").get(code=code)
    if may(viewer, "person.view", document.person):
        minors.require(viewer, document.person)
    permitted, provision = opened_by(viewer, document)
    if not permitted:
        raise Document.DoesNotExist
    return document, permitted, provision


def opened_by(viewer, document):
    """(by what this person of staff may open a paper, the list it stands on): a list for a receiver, none for the
    keeper's own side; (None, None) when nothing opens it."""
    if not document.is_standing:
        return None, None
    for purpose in sorted(TO_ORGANIZATIONS):
        found = permitted(viewer, document.person, purpose)
        if found.allows_paper(document.kind):
            return found, list_of(found, document.item.code)
    for share in shares_with(viewer, document.person):
        found = permitted_by_share(viewer, share)
        if found.allows_paper(document.kind):
            return found, list_of(found, document.item.code)
    return None, None


def list_of(permitted, item):
    standing = (one for one in permitted.provisions if one.ended_at is None and item in left_of(one))
    return next(standing, None)


def _listed(provisions):
    return frozenset().union(*(one.items for one in provisions))


def _provisions(person, receiver, purpose):
    rows = Provision.objects.about(person).to_unit(receiver).filter(purpose=purpose)
    return rows.select_related("provider__area", "receiver", "lane").prefetch_related(terms()).order_by("-pk")


def _provisions_of_each(people, receiver, purpose):
    """id of a person -> their lists, those of records merged into theirs among them; the newest first."""
    ids = [person.pk for person in people]
    about = Q(person__in=ids) | Q(person__merged_into__in=ids)
    rows = Provision.objects.to_unit(receiver).filter(about, purpose=purpose)
    rows = rows.select_related("provider__area", "receiver", "lane", "person")
    rows = rows.prefetch_related(terms()).order_by("-pk")
    listed = {pk: [] for pk in ids}
    for provision in rows:
        pk = provision.person_id
        listed[pk if pk in listed else provision.person.merged_into_id].append(provision)
    return listed


def terms():
    return Prefetch("consent", Consent.objects.with_terms())


def received_by(organization):
    """The lists that were passed on to a unit, with what is needed to say what is left of them."""
    rows = Provision.objects.to_unit(organization)
    return rows.select_related("provider__area", "receiver", "person", "lane").prefetch_related(terms())


def count_unseen(staff):
    """Lists passed on to the person's unit that nobody opened yet; what came with a referral waits on its desk."""
    seen = DisclosureLog.objects.filter(receiver=staff.organization, kind=DisclosureLog.Kind.SEEN)
    alone = Provision.objects.open().to_unit(staff.organization).filter(manifests=None)
    return alone.exclude(pk__in=seen.values("provision")).count()


# -- Before sending ---------------------------------------------------------------------------------------------------
def covered(person, receiver, purpose, items, on=None):
    """Coverage of wanted items by the person's live consents; units that a class would name count as recipients."""
    on = on or timezone.localdate()
    return _cover(_live(person, purpose, on), receiver, purpose, items, on)


def agreed_among(person, receivers, purpose, items):
    """The ids of those units to which all of it may go, in as many queries as for one."""
    on = timezone.localdate()
    standing = _live(person, purpose, on)
    return {one.pk for one in receivers if not _cover(standing, one, purpose, items, on).missing}


def _live(person, purpose, on):
    consents = Consent.objects.of(person).in_time(on).filter(purpose=purpose).with_terms()
    return [one for one in consents if not is_outgrown(one, person, on)]


def _cover(standing, receiver, purpose, items, on):
    return cover([terms_for(one, receiver) for one in standing], receiver.pk, purpose, items, on)


def is_outgrown(consent, person, on=None):
    """A guardian agreed for a child who is of age now: what was passed on stays open, for more the person is asked."""
    if consent.giver != Consent.Giver.GUARDIAN or person.birth_date is None:
        return False
    return person.age_on(consent.signed_on) < ADULT_AGE <= person.age_on(on)


def terms_for(consent, receiver):
    """The terms, with this unit among the recipients when the consent's rule names it."""
    terms = consent.terms
    if is_of_the_class(consent, receiver):
        return _with_recipient(terms, receiver.pk)
    return terms


def recipients_of(consent):
    """code -> unit: those named, those a class has named, and with a class those it would name and that may receive."""
    left = consent.terms.recipients_left(timezone.localdate())
    found = Organization.objects.filter(pk__in=left).select_related("area")
    units = {one.code: one for one in found.order_by("name")}
    if consent.rule:
        offered = Organization.objects.active().filter(kind__in=consent.rule.kinds).select_related("area")
        for one in offered.filter(data_clauses__ended_on=None).distinct().order_by("name")[:60]:
            if is_of_the_class(consent, one):
                units.setdefault(one.code, one)
    return units


def is_of_the_class(consent, receiver):
    area = receiver.area
    return bool(consent.rule) and consent.rule.names(receiver.kind, {area.code, *area.ancestor_codes})


def _with_recipient(terms, pk):
    return type(terms)(**{**terms.__dict__, "recipients": terms.recipients | {pk}})


# -- In words ---------------------------------------------------------------------------------------------------------
def project(person, items, needs=None):
    """[(group's words, [(item, value in words)])]: of a person only these items, and nothing else.

    `needs`: those that are meant where something is passed on for them; without them all that are open.
    """
    groups, facts = {}, list(person.facts.standing().order_by("name"))
    for item in in_order(items):
        if not item.is_paper:
            groups.setdefault(item.group, []).append((item, _read(person, item, facts, needs)))
    return [(group.label, rows) for group, rows in groups.items()]


def _read(person, item, facts, needs):
    if item.code == "needs":
        told = [_needs(person.needs.open() if needs is None else needs)]
    else:
        told = [READERS[item.code](person)] if item.code in READERS else []
    return str(_("；")).join(words for words in (*told, _facts_of(item, facts)) if words)


def payload_hash(rows):
    """A keyed digest of what was shown: it proves what it was to whoever has the same, and tells nobody else."""
    plain = [[item.code, value] for _label, pairs in rows for item, value in pairs]
    return keyed(json.dumps(plain, cls=DjangoJSONEncoder, ensure_ascii=False, sort_keys=True))


def keyed(text):
    return encryption.provider().blind_index(text.encode(), "referrals.disclosure").hex()


def _guardians(person):
    held = person.guardianships.open().select_related("guardian")
    return str(_("；")).join(f"{one.name}（{one.get_relation_display()}）{one.phone}" for one in held)


def _household(person):
    rows = person.household.people.filter(merged_into=None, died_on=None).exclude(pk=person.pk)
    words = [(one.get_relation_display(), one.age) for one in rows.order_by("pk")]
    return str(_("、")).join(
        str(relation) if age is None else str(_("%(relation)s %(age)s 岁")) % {"relation": relation, "age": age}
        for relation, age in words
    )


def _members(person):
    rows = person.household.people.filter(merged_into=None, died_on=None).exclude(pk=person.pk)
    return str(_("、")).join(rows.order_by("pk").values_list("name", flat=True))


def _nationality(person):
    return str(person.get_compatriot_origin_display() or person.nationality)


def _number(person):
    return f"{person.get_identity_kind_display()} {person.number}".strip()


def _place(area):
    """From the city down: 某市某区某街道."""
    above = Area.objects.filter(code__in=area.ancestor_codes).exclude(level=Level.PROVINCE).order_by("code")
    return "".join([*above.values_list("name", flat=True), area.name])


def _account(person):
    told = (person.private.get(name, "") for name in ("account_holder", "bank", "account"))
    return " ".join(one for one in told if one)


def _categories(person):
    words = dict(Category.choices)
    held = person.categories.current().order_by("category").values_list("category", flat=True)
    return str(_("、")).join(str(words[one]) for one in dict.fromkeys(held))


def _government_aid(person):
    rows = person.government_aid.order_by("-pk")
    return str(_("；")).join(f"{one.get_scheme_display()} {one.get_state_display()}" for one in rows)


def _needs(needs):
    """What is to be done, the most urgent first: kind, wish, cost."""
    return str(_("；")).join(_need_words(need) for need in needs.order_by("rank", "-pk"))


def _need_words(need):
    cost = _("预计 %(sum)s") % {"sum": money.show(need.estimated_yuan)} if need.estimated_yuan is not None else ""
    return str(_("，")).join(
        str(part) for part in (need.get_kind_display(), need.wish.rstrip("。；，,;. "), cost) if part
    )


def _check_result(person):
    """The conclusion of a report that still holds; what it rests on never."""
    check = person.checks.filter(state="delivered", valid_until__gte=timezone.localdate()).first()
    return f"{check.get_conclusion_display()}（{check.checked_on.isoformat()}）" if check else ""


def _visit(person):
    """The last one: when and with what result; what was seen in the home stays with those who saw it."""
    visit = person.visits.first()
    return f"{visit.visited_on.isoformat()} {visit.get_result_display()}" if visit else ""


def _facts_of(item, facts):
    """The standing facts that belong to an item, in words: 疾病诊断：白血病."""
    mine = [fact for fact in facts if fact.known is not None and _belongs(fact.name, item)]
    return str(_("；")).join(_fact_words(fact) for fact in mine)


def _belongs(name, item):
    return item_of_fact(name) == item


def _fact_words(fact):
    known = VOCABULARY.get(fact.name) or local_facts.vocabulary().get(fact.name)
    return f"{known.label}：{value_text(known, fact.known)}" if known else f"{fact.name}：{fact.known}"


# item -> function(person) -> words, beside the facts that belong to it.
READERS = {
    "name": lambda person: person.name,
    "gender": lambda person: str(person.get_gender_display()),
    "birth_date": lambda person: person.birth_date.isoformat() if person.birth_date else "",
    "number": _number,
    "nationality": _nationality,
    "phone": lambda person: str(_("、")).join(person.phones),
    "residence": lambda person: _place(person.residence),
    "address": lambda person: person.address,
    "registration": lambda person: _place(person.registration) if person.registration_id else "",
    "household": _household,
    "members": _members,
    "guardian": _guardians,
    "category": _categories,
    "government_aid": _government_aid,
    "check_result": _check_result,
    "visit": _visit,
    "account": _account,
}
