"""Of people, consents and casework."""

from datetime import date, timedelta
from io import BytesIO

from django.utils import timezone

from members.kinds import OrganizationKind
from portal.lib import uploads
from referrals.actions.consents import Explained, begin_consent, give_consent, refuse_consent, save_scope
from referrals.actions.incidents import record_incident
from referrals.actions.provisions import provide
from referrals.items import ITEMS, Group
from referrals.models import (
    ConsentWording,
    DataAgreement,
    Document,
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
from tests.make.units import a_number, make_agreement, make_organization, make_staff, numbers


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
        "name": f"困难群众{next(numbers)}",
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
        "key": f"{next(numbers):032x}", "channel": "grid_worker", "due_on": today + timedelta(days=3), "state": state,
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
        "platform": f"平台{next(numbers)}",
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


def make_incident(actor, **values):
    now = timezone.now()
    values = {
        "kind": "leaked", "title": "一份名单误发", "found_at": now, "since": now - timedelta(days=2), "until": now,
        "receiver": None, "staff": None, "harm": "可能被人骚扰", "measures": "已追回", "reported_to": "",
        "reported_at": None, "notified_at": None, "notice": "", **values,
    }  # fmt: skip
    return record_incident(actor, values)


def make_document(person, kind="diagnosis_certificate", *, content=b"%PDF-1.4 scan %%EOF", **values):
    """A paper as it lies in the store; its bytes are not looked at here."""
    private = {"title": values.pop("title", ""), "file_name": values.pop("file_name", "scan.pdf")}
    values = {
        "file_key": uploads.store_stream(BytesIO(content)), "file_kind": "pdf", "file_size": len(content),
        "checksum": f"{next(numbers):064x}", **values,
    }  # fmt: skip
    if values["file_kind"] != "pdf":
        values.setdefault("preview_key", uploads.store_stream(BytesIO(b"\xff\xd8\xff")))
    return Document.objects.create(person=person, kind=kind, private=private, **values)
