"""Of the catalogue, the funds and the offers."""

import copy
from datetime import date, timedelta
from decimal import Decimal

from django.contrib.auth.models import Permission
from django.utils import timezone

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
from tests.make.units import make_organization, make_staff, numbers


def definition_of(code="P02"):
    """The definition of a shipped program, free to be changed."""
    return next(copy.deepcopy(entry) for entry in catalogue.written()["programs"] if entry["code"] == code)


def make_program(organization=None, code=None, *, like="P02", state="released", valid_from="2024-07-12", **values):
    """A program with one version; by default in force, with what a shipped one says."""
    code = code or f"T{next(numbers)}"
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
    name = name or f"local_{next(numbers)}"
    definition = {"name": name, "label": [f"本地事实{name}", ""], "type": "bool", "knows": "family", **values}
    return LocalFact.objects.create(name=name, definition=definition, organization=organization)


def make_round(program, opens_on="2026-01-01", **values):
    return Round.objects.create(program=program, opens_on=opens_on, **{"label": f"批次{next(numbers)}", **values})


def make_program_grant(program, user, given_by, codename="edit_program", **values):
    permission = Permission.objects.get(codename=codename, content_type__app_label="programs")
    values = {"reason": "协助编写", "expires_at": timezone.now() + timedelta(days=30), **values}
    return ProgramGrant.objects.create(
        content_object=program, user=user, given_by=given_by, permission=permission, **values
    )


def make_fund(organization=None, **values):
    """A fund without money."""
    organization = organization or make_organization(kind="charity_association", purpose="济困")
    values = {"name": f"基金{next(numbers)}", "kind": "federation_assistance", "area": organization.area, **values}
    values = {"founder_kind": "legal_person", "founder_name": "演示企业", "purpose": "帮扶", "fit": "济困", **values}
    return Fund.objects.create(organization=organization, **{"opened_on": date(2024, 1, 1), **values})


def make_income(fund, amount="10000.00", restriction=None, donor=None, **values):
    """Recorded by somebody of the host's finance, today, as a gift without a name."""
    actor = values.pop("actor", None) or make_staff(None, fund.organization, ["charity_finance"])
    values = {"channel": "given", "reference": f"SJ-{next(numbers)}", "day": timezone.localdate(), **values}
    return funds.record_income(actor, fund, amount=Decimal(amount), restriction=restriction, donor=donor, **values)


def make_commitment(fund, amount="1000.00", **values):
    """Also the money for it, when the fund has none."""
    if not fund.pots.exists():
        make_income(fund)
    actor = values.pop("actor", None) or make_staff(None, fund.organization, ["charity_approver"])
    values = {"reference": f"AJ-{next(numbers)}", **values}
    return funds.commit(actor, fund, Decimal(amount), **values)


def make_order(fund, amount="1000.00", *, recorded_by=None):
    """A payment that waits for a second person."""
    recorded_by = recorded_by or make_staff(None, fund.organization, ["charity_finance"])
    return funds.pay(recorded_by, make_commitment(fund, amount), Decimal(amount), reference=f"FK-{next(numbers)}")


def make_offer(organization=None, **values):
    """On offer and confirmed today, unless the values say otherwise."""
    today = timezone.localdate()
    days = {"confirmed_on": today, "confirm_by": today + timedelta(days=90), "lapses_on": today + timedelta(days=180)}
    values = {"title": f"供给{next(numbers)}", "form": "service", **days, **values}
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
        offer=offer, reference=reference or f"个案{next(numbers)}", month=today.replace(day=1), taken_by=staff,
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
    values = {"title": f"心愿{next(numbers)}", "age_band": "pupil", "cost": 100, "area": organization.area, **values}
    return Wish.objects.create(organization=organization, state=state, **values)


def make_activity(organization=None, state="published", **values):
    organization = organization or make_organization()
    today = timezone.localdate()
    if state not in ("draft", "submitted"):
        values = {"published_at": timezone.now(), **values}
    if state == "ended":
        values = {"ended_on": today, "result": "已完成。", **values}
    values = {
        "title": f"活动{next(numbers)}", "kind": "featured", "level": "county", "starts_on": today,
        "description": "走访慰问。", **values,
    }  # fmt: skip
    if values["kind"] == "fundraising":
        values = {"fundraising": "non_public", **values}
    return Activity.objects.create(organization=organization, state=state, **values)


def make_request(activity, organization, kind="help", **values):
    values = {"wanted": "请提供场地。", **values}
    return ActivityRequest.objects.create(activity=activity, organization=organization, kind=kind, **values)
