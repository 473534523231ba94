"""make_*(): one object each, with sensible values for what the test does not care about."""

import copy
import itertools
from datetime import date, timedelta
from decimal import Decimal
from io import BytesIO

from django.contrib.auth.models import Permission
from django.utils import timezone

from members.actions.invitations import (
    invite_staff,
)
from members.actions.relations import (
    declare_relation,
)
from members.kinds import (
    Grantable,
    OrganizationKind,
)
from members.models import (
    Agreement,
    ApiToken,
    Area,
    AreaImport,
    ContactPost,
    Deputy,
    Job,
    JointBody,
    Organization,
    OrganizationGrant,
    OrganizationRelation,
    PolicyDocument,
    Prospect,
    RegionalProfile,
    RoleAssignment,
    Seat,
    Staff,
)
from portal.lib import identity, uploads
from programs import catalogue, definitions
from programs.actions import funds
from programs.actions.programs import columns_of
from programs.models import (
    Activity,
    ActivityRequest,
    Fund,
    LocalFact,
    Offer,
    OfferTaking,
    Program,
    ProgramGrant,
    ProgramVersion,
    Round,
    Wish,
)
from referrals.actions.consents import Explained, begin_consent, give_consent, refuse_consent, save_scope
from referrals.actions.incidents import record_incident
from referrals.actions.provisions import provide
from referrals.items import ITEMS, Group
from referrals.models import (
    ConsentWording,
    DataAgreement,
    EconomicCheck,
    ExchangePartner,
    ExchangeRun,
    GovernmentAid,
    Guardianship,
    Household,
    ImpactAssessment,
    ImportRow,
    Lead,
    LeadPhoto,
    MinorAccessApproval,
    Need,
    PeopleImport,
    Person,
    PersonCategory,
    PersonFact,
    PersonMerger,
    Visit,
    VisitPhoto,
    VisitRound,
)
from referrals.models.leads import TOLD
from referrals.models.people import PRIVATE

PASSWORD = "Correct-Horse-9"  # noqa: S105 - a test's
_numbers = itertools.count(1)


def make_area(code="230302000000", name="甲区", level="county", parent=None, **values):
    """An area with its columns of ancestors, taken from the code; an existing one is returned as it is."""
    ancestors = {
        "province": code[:2] + "0" * 10,
        "city": code[:4] + "0" * 8 if level not in {"province"} else "",
        "county": code[:6] + "0" * 6 if level in {"county", "town", "village"} else "",
        "town": code[:9] + "0" * 3 if level in {"town", "village"} else "",
    }
    defaults = {"name": name, "level": level, "parent": parent, "source": "test", **ancestors, **values}
    return Area.objects.get_or_create(code=code, defaults=defaults)[0]


def make_area_import(staff, rows=(("230302002000", "甲区二街道", ""),), **values):
    values = {"file_name": "areas.csv", "content": b"", "source": "test", **values}
    numbered = [[number, list(row)] for number, row in enumerate(rows, start=2)]
    return AreaImport.objects.create(rows=numbered, uploaded_by=staff, **values)


def make_organization(name=None, kind="other_charity", area=None, **values):
    area = area or make_area()
    values = {"level": area.level, **values}
    return Organization.objects.create(name=name or f"机构{next(_numbers)}", kind=kind, area=area, **values)


def make_contact_post(organization, **values):
    return ContactPost.objects.create(organization=organization, **{"title": "社会救助股", **values})


def make_affiliation(organization, other, kind="hub", **values):
    return OrganizationRelation.objects.create(organization=organization, other=other, kind=kind, **values)


def make_grant(organization, user, permission="organization.edit", **values):
    """Live for a week, unless the values say otherwise."""
    now = timezone.now()
    values = {"reason": "测试", "given_by": make_staff(organization=organization), "given_at": now, **values}
    values = {"expires_at": now + timedelta(days=7), **values}
    permission = Permission.objects.get(codename=Grantable(permission).codename)
    return OrganizationGrant.objects.create(user=user, permission=permission, content_object=organization, **values)


def make_agreement(party_a, party_b=None, **values):
    party_b = party_b or make_organization(kind="hospital", area=party_a.area)
    values = {"title": f"协议{next(_numbers)}", **values}
    return Agreement.objects.create(party_a=party_a, party_b=party_b, **values)


def make_joint_body(lead, kind="joint_body", **values):
    values = {"name": f"联合体{next(_numbers)}", "area": lead.area, **values}
    joint_body = JointBody.objects.create(kind=kind, **values)
    Seat.objects.create(joint_body=joint_body, organization=lead, role="lead")
    return joint_body


def make_prospect(owner, **values):
    values = {"name": f"爱心企业{next(_numbers)}", "kind": "company", "area": owner.area, **values}
    return Prospect.objects.create(owner=owner, **values)


def make_staff(name=None, organization=None, roles=(), **values):
    number = next(_numbers)
    staff = Staff(
        username=values.pop("username", f"person{number}"),
        name=name or f"演示人员{number}",
        organization=organization or make_organization(),
        **values,
    )
    staff.set_password(PASSWORD)
    staff.save()
    for role in roles:
        make_role(staff, role)
    return staff


def make_role(staff, role):
    return RoleAssignment.objects.create(staff=staff, role=role, confirmed_at=timezone.now())


def make_policy(area=None, **values):
    values = {"title": f"文件{next(_numbers)}", **values}
    return PolicyDocument.objects.create(area=area or make_area(), **values)


def make_profile(area=None, valid_from="2024-01-01", **values):
    return RegionalProfile.objects.create(area=area or make_area(), valid_from=date.fromisoformat(valid_from), **values)


def make_job(owner, kind="audit.export", result=None, **values):
    """A job as it stands in its row; with a result, done and with a file."""
    if result is not None:
        values = {
            "state": "done",
            "file": uploads.store_stream(BytesIO(result.encode())),
            "file_name": "结果.csv",
            "file_size": len(result.encode()),
            "finished_at": timezone.now(),
            "expires_at": timezone.now() + timedelta(days=7),
            **values,
        }
    return Job.objects.create(owner=owner, organization=owner.organization, kind=kind, **values)


def make_token(staff, scopes=("area.view", "organization.view"), **values):
    """A token that its person has not accepted yet."""
    values = {"made_by": staff, "name": "对接", "expires_at": timezone.now() + timedelta(days=30), **values}
    return ApiToken.objects.create(organization=staff.organization, staff=staff, scopes=list(scopes), **values)


def make_invitation(inviter, organization=None, **values):
    """The invitation and the token of its link."""
    values = {"label": "新同事", **values}
    return invite_staff(inviter, organization or inviter.organization, **values)


def make_relation(staff, **values):
    return declare_relation(staff, **{"name": "某亲属", "relation": "sibling", **values})


def make_deputy(staff, deputy, since=None, until=None, set_by=None):
    since = since or timezone.localdate()
    values = {"since": since, "until": until or since, "reason": "出差", "set_by": set_by or staff}
    return Deputy.objects.create(staff=staff, deputy=deputy, **values)


def definition_of(code="P02"):
    """The definition of a shipped program, free to be changed."""
    return next(copy.deepcopy(entry) for entry in catalogue.written()["programs"] if entry["code"] == code)


def make_program(organization=None, code=None, *, like="P02", state="released", valid_from="2024-07-12", **values):
    """A program with one version; by default in force, with what a shipped one says."""
    code = code or f"T{next(_numbers)}"
    organization = organization or make_organization()
    program = Program.objects.create(code=code, organization=organization, **values)
    definition = definition_of(like)
    definition = definition if like == code else definitions.copied(definition, like, code)
    definition = definitions.stamped(definition, program)
    make_version(program, definition, state=state, valid_from=valid_from)
    return program


def make_version(program, definition=None, *, state="draft", valid_from=None, **values):
    definition = definition or program.versions.first().definition
    number = program.versions.count() + 1
    if state in {"released", "withdrawn"}:
        values = {"valid_from": valid_from or "2024-07-12", "released_at": timezone.now(), **values}
    version = ProgramVersion.objects.create(
        program=program, number=number, state=state, **columns_of(definition, program), **values
    )
    Program.objects.filter(pk=program.pk).update(name=version.name, name_en=version.name_en)
    program.refresh_from_db()
    return version


def make_local_fact(organization, name=None, **values):
    """A fact of a place: yes or no, unless told otherwise."""
    name = name or f"local_{next(_numbers)}"
    definition = {"name": name, "label": [f"本地事实{name}", ""], "type": "bool", "knows": "family", **values}
    return LocalFact.objects.create(name=name, definition=definition, organization=organization)


def make_round(program, opens_on="2026-01-01", **values):
    return Round.objects.create(program=program, opens_on=opens_on, **{"label": f"批次{next(_numbers)}", **values})


def make_program_grant(program, user, given_by, codename="edit_program", **values):
    permission = Permission.objects.get(codename=codename, content_type__app_label="programs")
    values = {"reason": "协助编写", "expires_at": timezone.now() + timedelta(days=30), **values}
    return ProgramGrant.objects.create(
        content_object=program, user=user, given_by=given_by, permission=permission, **values
    )


def a_number(born="1980-01-01", gender="female", region="999999"):
    """A resident number of the demo region that nobody else of the test has."""
    order = next(_numbers) * 2 % 1000 + (gender == "male")
    first = f"{region}{born.replace('-', '')}{order:03d}"
    return first + identity.check_digit(first)


def make_household(keeper=None, **values):
    keeper = keeper or make_organization(kind="civil_affairs")
    return Household.objects.create(keeper=keeper, **{"residence": keeper.area, **values})


def make_person(keeper=None, household=None, *, born="1980-01-01", gender="female", number=None, **values):
    """Someone kept by this unit, head of a household of their own unless one is named.

    What is no column goes into the envelope: phone=, address= and so on. number="" makes a person without papers.
    """
    keeper = keeper or (household.keeper if household else make_organization(kind="civil_affairs"))
    private = {name: values.pop(name) for name in PRIVATE if name in values}
    number = a_number(born, gender) if number is None else number
    residence = values.pop("residence", household.residence if household else keeper.area)
    values = {
        "name": f"困难群众{next(_numbers)}",
        "relation": "child" if household else "head",
        "identity_kind": "resident" if number else "none",
        "birth_date": date.fromisoformat(born) if born else None,
        "gender": gender,
        **values,
    }
    return Person.objects.create(
        keeper=keeper,
        household=household or make_household(keeper, residence=residence),
        residence=residence,
        private={"number": number, **private},
        **values,
    )


def make_guardianship(ward, guardian=None, relation="mother", **values):
    private = values.pop("private", {} if guardian else {"name": "某监护人"})
    return Guardianship.objects.create(ward=ward, guardian=guardian, relation=relation, private=private, **values)


def make_category(person, category="dibao", since=None, **values):
    return PersonCategory.objects.create(
        person=person, category=category, since=since or timezone.localdate() - timedelta(days=30), **values
    )


def make_fact(person, name, value, **values):
    """A standing fact as it is, without the checks of the action."""
    fact = PersonFact(person=person, name=name, **values)
    fact.put(value)
    fact.save()
    return fact


def make_government_aid(person, scheme="dibao", state="granted", **values):
    return GovernmentAid.objects.create(person=person, scheme=scheme, state=state, **values)


def make_lead(filed_by, area=None, *, state="new", **values):
    """As it stands in its row; what is told goes into the envelope."""
    told = {name: values.pop(name) for name in TOLD if name in values}
    today = timezone.localdate()
    values = {
        "key": f"{next(_numbers):032x}", "channel": "grid_worker", "due_on": today + timedelta(days=3), "state": state,
        "area": area or filed_by.organization.area, "organization": filed_by.organization, **values,
    }  # fmt: skip
    if state not in ("new", "taken"):
        values = {"decided_by": filed_by, "decided_at": timezone.now(), **values}
    private = {"seen": "独居老人卧床无人照顾", "place": "建设路3号", **told}
    return Lead.objects.create(filed_by=filed_by, private=private, **values)


def make_lead_photo(lead):
    key = uploads.store_stream(BytesIO(b"\xff\xd8\xff"))
    return LeadPhoto.objects.create(lead=lead, file_key=key, file_name="photo.jpg", file_size=3)


def make_need(person, kind="medical", *, wish="手术费还差一些", **values):
    values = {"form": "material", "weight": "basic", "organization": person.keeper, **values}
    return Need.objects.create(person=person, kind=kind, private={"wish": wish}, **values)


def make_visit(person=None, *, area=None, recorded_by=None, findings="床上铺盖单薄", **values):
    area = area or person.residence
    keeper = recorded_by.organization if recorded_by else person.keeper
    values = {
        "occasion": "bureau_round", "visitors": "演示人员", "result": "changed" if person else "nothing_found",
        "homes": None if person else 12, "organization": keeper, "private": {"findings": findings}, **values,
    }  # fmt: skip
    return Visit.objects.create(person=person, area=area, recorded_by=recorded_by, **values)


def make_visit_photo(visit):
    key = uploads.store_stream(BytesIO(b"\xff\xd8\xff"))
    return VisitPhoto.objects.create(visit=visit, file_key=key, file_name="photo.jpg", file_size=3)


def make_visit_round(organization, **values):
    today = timezone.localdate()
    values = {"title": "入冬走访", "area": organization.area, "since": today, "until": today, **values}
    return VisitRound.objects.create(organization=organization, **values)


def make_import(actor, state="checked", **values):
    """A table with one row that was looked through; the file itself is in tests/referrals/tables.py."""
    values = {"organization": actor.organization, "uploaded_by": actor, "kind": "survey", "state": state, **values}
    if state == "checked":
        values = {
            "checked_at": timezone.now(),
            "counts": {"new": 1},
            "headings": ["姓名"],
            "columns": ["name"],
            **values,
        }
    made = PeopleImport.objects.create(**values)
    make_import_row(made)
    return made


def make_exchange_partner(organization, **values):
    staff = make_staff(organization=organization)
    values = {
        "platform": f"平台{next(_numbers)}",
        "items": ["name"],
        "basis": "对接协议",
        "changed_by": staff,
        **values,
    }
    return ExchangePartner.objects.create(organization=organization, **values)


def make_exchange_run(actor, **values):
    values = {"platform": "某平台", "direction": "out", "state": "done", "finished_at": timezone.now(), **values}
    return ExchangeRun.objects.create(organization=actor.organization, started_by=actor, **values)


def make_import_row(people_import, verdict="new", **values):
    number = people_import.rows.count() + 2
    private = {"values": {"name": f"某人{number}"}, "faults": [], **values.pop("private", {})}
    return ImportRow.objects.create(
        people_import=people_import, number=number, verdict=verdict, private=private, **values
    )


def make_check(person, organization=None, *, bureau=None, state="asked", **values):
    """As it stands in its row, authorized by a consent that nobody asks about here."""
    today = timezone.localdate()
    bureau = bureau or person.keeper
    values = {
        "purpose": "申请大病救助", "due_on": today + timedelta(days=9), "signed_on": today, "file_key": "0" * 32,
        "file_name": "a.pdf", "private": {"signed": [person.name]}, **values,
    }  # fmt: skip
    if state in ("written", "delivered"):
        values = {
            "written_by": make_staff(organization=bureau), "conclusion": "within", "checked_on": today,
            "valid_until": today + timedelta(days=90), **values,
        }  # fmt: skip
        values["private"] = {**values["private"], "findings": "存款余额见核对系统"}
    if state in ("delivered", "declined"):
        values = {"decided_by": make_staff(organization=bureau), "decided_at": timezone.now(), **values}
    return EconomicCheck.objects.create(
        person=person, organization=organization or person.keeper, bureau=bureau, state=state, **values
    )


def make_wording(purpose="refer_to_org", area=None, **values):
    """Released, unless the values say otherwise; the shipped one when no area is named."""
    texts = {name: f"{name}：{purpose}" for name in ConsentWording.TEXTS} | {"title": "转介帮扶告知书"}
    values = {"state": "released", "valid_from": date(2026, 1, 1), "checksum": "0" * 64, "number": 1, **texts, **values}
    found = ConsentWording.objects.filter(purpose=purpose, area=area, number=values["number"]).first()
    return found or ConsentWording.objects.create(purpose=purpose, area=area, **values)


def make_consent(person, recipients=(), *, actor, items=("name", "phone"), sensitive_items=(), rule=None, **values):
    """Given at the counter, before a witness, by the person or a guardian, through the same actions as on screen."""
    purpose, state = values.pop("purpose", "refer_to_org"), values.pop("state", "given")
    make_wording(purpose)
    until = values.pop("until", timezone.localdate() + timedelta(days=365))
    consent = begin_consent(actor, person, purpose, **values.pop("begin", {}))
    if state == "begun":
        return consent
    consent = save_scope(
        actor, consent, consent.version, recipients=recipients, rule=rule, items=items,
        sensitive_items=sensitive_items, until=until,
    )  # fmt: skip
    if state == "draft":
        return consent
    if state == "refused":
        return refuse_consent(actor, consent, consent.version, "不愿意")
    return give_consent(actor, consent, consent.version, an_answer(person, **values))


def an_answer(person, **values):
    """What the counter writes down: of a minor by the mother, of an adult by themselves."""
    giver = {"giver": "guardian", "giver_name": "某监护人", "relation": "mother", "is_signed_by_minor": True}
    return {
        "form": "oral", "witness_name": "某见证人", "language": "mandarin", "signed_on": timezone.localdate(),
        "explained": [point.value for point in Explained],
        **(giver if person.is_minor else {"giver": "self"}),
        **values,
    }  # fmt: skip


def make_data_agreement(party_a, receiver, **values):
    agreement = values.pop("agreement", None) or make_agreement(party_a, receiver)
    values = {
        "purposes": ["refer_to_org", "economic_check"], "groups": [group.value for group in Group],
        "measures": "专人查看", "keeping": "办结后删除", "made_by": make_staff(organization=party_a), **values,
    }  # fmt: skip
    return DataAgreement.objects.create(agreement=agreement, receiver=receiver, **values)


def make_assessment(organization, **values):
    """Approved and current, for every kind of receiver."""
    values = {
        "title": "转介帮扶影响评估", "purposes": ["refer_to_org", "economic_check"],
        "groups": [group.value for group in Group], "receiver_kinds": [kind.value for kind in OrganizationKind],
        "necessity": "必要", "risks": "可控", "measures": "加密、留痕", "is_acceptable": True,
        "valid_until": timezone.localdate() + timedelta(days=300), "state": "approved",
        "written_by": make_staff(organization=organization), "approved_by": make_staff(organization=organization),
        **values,
    }  # fmt: skip
    return ImpactAssessment.objects.create(organization=organization, **values)


def make_safeguards(provider, receiver):
    """Whatever must stand before data goes from one to the other."""
    return make_data_agreement(provider, receiver), make_assessment(provider)


def make_provision(actor, person, receiver, items=("name", "phone"), **values):
    """A list passed on, with everything it needs."""
    make_safeguards(person.keeper, receiver)
    sensitive_items = [code for code in items if ITEMS[code].is_sensitive]
    make_consent(
        person, [receiver], actor=actor, items=[code for code in items if code not in sensitive_items],
        sensitive_items=sensitive_items,
    )  # fmt: skip
    return provide(actor, person, receiver, "refer_to_org", list(items), values.pop("reason", "请评估能否帮助"))[0]


def make_minor_approval(staff, person=None, **values):
    values = {"reason": "办理个案", "until": timezone.localdate() + timedelta(days=30), "state": "approved", **values}
    if values["state"] != "asked":
        values = {"decided_by": make_staff(organization=staff.organization), "decided_at": timezone.now(), **values}
    return MinorAccessApproval.objects.create(
        staff=staff, organization=staff.organization, person=person, scope="person" if person else "all", **values
    )


def make_merger(kept, made_by, **values):
    """As it stands after another record was merged into this one."""
    dropped = make_person(kept.keeper, merged_into=kept)
    return PersonMerger.objects.create(kept=kept, dropped=dropped, made_by=made_by, **{"reason": "重复", **values})


def make_fund(organization=None, **values):
    """A fund without money."""
    organization = organization or make_organization(kind="charity_association", purpose="济困")
    values = {"name": f"基金{next(_numbers)}", "kind": "federation_assistance", "area": organization.area, **values}
    values = {"founder_kind": "legal_person", "founder_name": "演示企业", "purpose": "帮扶", "fit": "济困", **values}
    return Fund.objects.create(organization=organization, **{"opened_on": date(2024, 1, 1), **values})


def make_income(fund, amount="10000.00", restriction=None, donor=None, **values):
    """Recorded by somebody of the host's finance, today, as a gift without a name."""
    actor = values.pop("actor", None) or make_staff(None, fund.organization, ["charity_finance"])
    values = {"channel": "given", "reference": f"SJ-{next(_numbers)}", "day": timezone.localdate(), **values}
    return funds.record_income(actor, fund, amount=Decimal(amount), restriction=restriction, donor=donor, **values)


def make_commitment(fund, amount="1000.00", **values):
    """Also the money for it, when the fund has none."""
    if not fund.pots.exists():
        make_income(fund)
    actor = values.pop("actor", None) or make_staff(None, fund.organization, ["charity_approver"])
    values = {"reference": f"AJ-{next(_numbers)}", **values}
    return funds.commit(actor, fund, Decimal(amount), **values)


def make_order(fund, amount="1000.00", *, recorded_by=None):
    """A payment that waits for a second person."""
    recorded_by = recorded_by or make_staff(None, fund.organization, ["charity_finance"])
    return funds.pay(recorded_by, make_commitment(fund, amount), Decimal(amount), reference=f"FK-{next(_numbers)}")


def make_offer(organization=None, **values):
    """On offer and confirmed today, unless the values say otherwise."""
    today = timezone.localdate()
    days = {"confirmed_on": today, "confirm_by": today + timedelta(days=90), "lapses_on": today + timedelta(days=180)}
    values = {"title": f"供给{next(_numbers)}", "form": "service", **days, **values}
    areas = values.pop("areas", [])
    offer = Offer.objects.create(organization=organization or make_organization(), **values)
    offer.areas.set(areas)
    return offer


def make_stale_offer(organization=None, days=1, **values):
    """Asking to be confirmed for so many days."""
    day = timezone.localdate() - timedelta(days=days)
    old = {"confirmed_on": day - timedelta(days=90), "confirm_by": day, "lapses_on": day + timedelta(days=90)}
    return make_offer(organization, **{**old, **values})


def make_taking(offer, staff, reference=None, **values):
    today = timezone.localdate()
    taking = OfferTaking.objects.create(
        offer=offer, reference=reference or f"个案{next(_numbers)}", month=today.replace(day=1), taken_by=staff,
        organization=staff.organization, **values,
    )  # fmt: skip
    Offer.objects.filter(pk=offer.pk).update(taken=offer.taken + taking.number)
    return taking


def make_wish(organization=None, state="open", **values):
    organization = organization or make_organization()
    if state in ("claimed", "fulfilled"):
        today = timezone.localdate()
        claimed = {"claimed_by": organization, "claimed_at": timezone.now(), "promised_on": today}
        values = {**claimed, **({"fulfilled_on": today} if state == "fulfilled" else {}), **values}
    values = {"title": f"心愿{next(_numbers)}", "age_band": "pupil", "cost": 100, "area": organization.area, **values}
    return Wish.objects.create(organization=organization, state=state, **values)


def make_activity(organization=None, state="published", **values):
    organization = organization or make_organization()
    today = timezone.localdate()
    if state not in ("draft", "submitted"):
        values = {"published_at": timezone.now(), **values}
    if state == "ended":
        values = {"ended_on": today, "result": "已完成。", **values}
    values = {
        "title": f"活动{next(_numbers)}", "kind": "featured", "level": "county", "starts_on": today,
        "description": "走访慰问。", **values,
    }  # fmt: skip
    if values["kind"] == "fundraising":
        values = {"fundraising": "non_public", **values}
    return Activity.objects.create(organization=organization, state=state, **values)


def make_request(activity, organization, kind="help", **values):
    values = {"wanted": "请提供场地。", **values}
    return ActivityRequest.objects.create(activity=activity, organization=organization, kind=kind, **values)


def make_incident(actor, **values):
    now = timezone.now()
    values = {
        "kind": "leaked", "title": "一份名单误发", "found_at": now, "since": now - timedelta(days=2), "until": now,
        "receiver": None, "staff": None, "harm": "可能被人骚扰", "measures": "已追回", "reported_to": "",
        "reported_at": None, "notified_at": None, "notice": "", **values,
    }  # fmt: skip
    return record_incident(actor, values)
