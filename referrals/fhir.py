"""A referral as other platforms read it: FHIR R4 (4.0.1) resources after the closed loop of SDOH Clinical Care.

One referral is a ServiceRequest (what is asked) and the Task that fulfills it (how far it is). Task.status is the
nearest word that FHIR has; our own state stands beside it in businessStatus, and by both a state is found again.
`received` is a word of R4 that the SDOH guide leaves out: a client of that guide reads it as `requested`.
Of the person there is only what `rows` holds: what the manifest lists and the consent covers at this moment.
"""

import uuid

from django.conf import settings

from members.kinds import NeedKind
from referrals.kinds import Urgency
from referrals.workflow import Effectiveness, ReferralKind, State

VERSION = "4.0.1"
MEDIA_TYPE = "application/fhir+json"
BASE = settings.SITE_URL.rstrip("/") + "/fhir/"
SDOH = "http://hl7.org/fhir/us/sdoh-clinicalcare/CodeSystem/SDOHCC-CodeSystemTemporaryCodes"
TASK_CODE = "http://hl7.org/fhir/CodeSystem/task-code"
ABSENT = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"

# Our state -> (Task.status, ServiceRequest.status). The first state of a Task.status is meant where none is named.
STATUSES = {
    State.DRAFT: ("draft", "draft"),
    State.REVIEW: ("draft", "draft"),
    State.SENT: ("requested", "active"),
    State.RECEIVED: ("received", "active"),
    State.RETURNED: ("received", "active"),
    State.WAITLISTED: ("received", "active"),
    State.ACCEPTED: ("accepted", "active"),
    State.IN_PROGRESS: ("in-progress", "active"),
    State.ON_HOLD: ("on-hold", "on-hold"),
    State.REPORTED: ("completed", "active"),
    State.CLOSED: ("completed", "completed"),
    State.REJECTED: ("rejected", "revoked"),
    State.CANCELLED: ("cancelled", "revoked"),
    State.FORWARDED: ("cancelled", "revoked"),
    State.WITHDRAWN: ("cancelled", "revoked"),
    State.EXPIRED: ("cancelled", "revoked"),
    State.FAILED: ("failed", "revoked"),
    State.IN_ERROR: ("entered-in-error", "entered-in-error"),
}
TASK_STATUSES = list(dict.fromkeys(task for task, _request in STATUSES.values()))
PRIORITIES = {Urgency.NORMAL: "routine", Urgency.URGENT: "urgent", Urgency.CRITICAL: "stat"}
CATEGORIES = {
    NeedKind.LIVING: "financial-insecurity", NeedKind.MEDICAL: "medical-cost-burden",
    NeedKind.EDUCATION: "educational-attainment", NeedKind.EMPLOYMENT: "employment-status",
    NeedKind.EMERGENCY: "financial-insecurity", NeedKind.HOUSING: "housing-instability",
    NeedKind.FURNITURE: "material-hardship", NeedKind.DISASTER: "material-hardship",
    NeedKind.AFFECTION: "social-connection", NeedKind.MENTAL: "stress",
    NeedKind.INSURANCE: "health-insurance-coverage-status",
}  # fmt: skip
ANY_CATEGORY = "sdoh-category-unspecified"


def states_of(status):
    """Every state that a Task.status may stand for, the one that is meant first."""
    return [state for state, (task, _request) in STATUSES.items() if task == status]


def state_of(status, business=""):
    """The state of a Task: by both words where both are there; None where they contradict each other."""
    found = states_of(status)
    if not business:
        return found[0] if found else None
    return next((state for state in found if state == business), None)


# -- outward ----------------------------------------------------------------------------------------------------------
def bundle(referral, rows, *, needs=(), reports=(), is_permitted=False):
    """A collection: request, task, both units, and of the person what `rows` holds ([(item, words)])."""
    shown = dict(rows)
    resources = [
        service_request(referral, needs=needs, is_permitted=is_permitted),
        task(referral, needs=needs, reports=reports, is_permitted=is_permitted),
        *[organization(unit) for unit in (referral.sender, referral.receiver)],
    ]
    if is_permitted:
        resources += [patient(referral, shown), answers(referral, shown)]
    return {
        "resourceType": "Bundle", "id": referral.code, "type": "collection",
        "timestamp": referral.changed_at.isoformat(),
        "entry": [{"fullUrl": urn(one["resourceType"], one["id"]), "resource": one} for one in resources],
    }  # fmt: skip


def service_request(referral, *, needs=(), is_permitted=False):
    kinds = [NeedKind(need.kind) for need in needs]
    told = referral.circumstances if is_permitted else ""
    return _without_empty({
        "resourceType": "ServiceRequest", "id": referral.code, "meta": _meta(referral),
        "identifier": _numbered(referral), "basedOn": _before(referral), "status": STATUSES[State(referral.state)][1],
        "intent": "order", "priority": PRIORITIES[Urgency(referral.urgency)],
        "category": [_concept(SDOH, CATEGORIES.get(kind, ANY_CATEGORY)) for kind in kinds],
        "code": _concept(BASE + "referral-kind", referral.kind, ReferralKind(referral.kind).label),
        "subject": _subject(referral, is_permitted),
        "authoredOn": (referral.sent_at or referral.created_at).isoformat(),
        "requester": _unit(referral.sender), "performer": [_unit(referral.receiver)],
        "reasonCode": [_concept(BASE + "need-kind", kind.value, kind.label) for kind in kinds],
        "supportingInfo": [{"reference": urn("QuestionnaireResponse", referral.code)}] if is_permitted else [],
        "note": [{"text": told}] if told else [],
    })  # fmt: skip


def task(referral, *, needs=(), reports=(), is_permitted=False):
    state = State(referral.state)
    until = referral.finish_on or referral.due_on
    return _without_empty({
        "resourceType": "Task", "id": referral.code, "meta": _meta(referral), "identifier": _numbered(referral),
        "status": STATUSES[state][0], "statusReason": _reason(referral),
        "businessStatus": _concept(BASE + "referral-state", state.value, state.label), "intent": "order",
        "priority": PRIORITIES[Urgency(referral.urgency)],
        "code": _concept(TASK_CODE, "fulfill"), "focus": {"reference": urn("ServiceRequest", referral.code)},
        "for": _subject(referral, is_permitted), "authoredOn": (referral.sent_at or referral.created_at).isoformat(),
        "lastModified": referral.changed_at.isoformat(), "requester": _unit(referral.sender),
        "owner": _unit(referral.receiver),
        "restriction": {"period": {"end": until.isoformat()}} if until else None,
        "input": [
            {"type": _concept(BASE + "field", "need", NeedKind(need.kind).label),
             "valueIdentifier": {"system": BASE + "need", "value": need.code}}
            for need in needs
        ],
        "output": [_effect(outcome) for report in list(reports)[:1] for outcome in report.needs.all()],
    })  # fmt: skip


def organization(unit):
    return {
        "resourceType": "Organization", "id": unit.code, "name": unit.name,
        "identifier": [{"system": BASE + "organization", "value": unit.code}],
    }  # fmt: skip


def patient(referral, shown):
    """By the code; what FHIR has a place for, where it is shown."""
    person, said = referral.person, {item.code: words for item, words in shown.items()}
    phones = person.phones if "phone" in said else []
    place = said.get("address") or said.get("residence")
    return _without_empty({
        "resourceType": "Patient", "id": person.code,
        "name": [{"text": said["name"]}] if said.get("name") else [],
        "gender": (person.gender or "unknown") if "gender" in said else None,
        "birthDate": said.get("birth_date"), "telecom": [{"system": "phone", "value": phone} for phone in phones],
        "address": [{"text": place}] if place else [],
    })  # fmt: skip


def answers(referral, shown):
    """Every item that is shown, in words, under its name in the data dictionary."""
    return {
        "resourceType": "QuestionnaireResponse", "id": referral.code, "status": "completed",
        "subject": _subject(referral, True),
        "item": [
            {"linkId": item.code, "text": str(item.label), **({"answer": [{"valueString": words}]} if words else {})}
            for item, words in shown.items()
        ],
    }  # fmt: skip


def urn(kind, code):
    """The same resource has the same name in every bundle."""
    return f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, f'{BASE}{kind}/{code}')}"


def _meta(referral):
    return {"versionId": str(referral.version), "lastUpdated": referral.changed_at.isoformat()}


def _numbered(referral):
    return [{"system": BASE + "referral", "value": referral.number}] if referral.number else []


def _before(referral):
    """Passed on: what it comes from."""
    if referral.parent_id is None:
        return []
    return [{"identifier": {"system": BASE + "referral", "value": referral.parent.number}}]


def _subject(referral, is_permitted):
    if not is_permitted:
        return {"extension": [{"url": ABSENT, "valueCode": "masked"}]}
    return {"reference": urn("Patient", referral.person.code)}


def _unit(unit):
    return {"reference": urn("Organization", unit.code), "display": unit.name}


def _reason(referral):
    if not referral.reason_category:
        return None
    code = f"{referral.reason_category}.{referral.reason_code}"
    return {**_concept(BASE + "reason", code), "text": referral.reason_words}


def _effect(outcome):
    effect = Effectiveness(outcome.effect)
    return {
        "extension": [{"url": BASE + "need", "valueIdentifier": {"system": BASE + "need", "value": outcome.need.code}}],
        "type": _concept(BASE + "field", "effect"),
        "valueCodeableConcept": _concept(BASE + "effect", effect.value, effect.label),
    }


def _concept(system, code, display=""):
    coding = {"system": system, "code": str(code), **({"display": str(display)} if display else {})}
    return {"coding": [coding]}


def _without_empty(resource):
    """FHIR has neither null nor empty lists."""
    return {name: value for name, value in resource.items() if value not in (None, [], {}, "")}


# -- inward -----------------------------------------------------------------------------------------------------------
# Of a field that is said once for each of several things: where it goes, and what its extension names.
KEYED = {"effect": ("effects", "need"), "answer": ("answers", "question")}
LISTS = frozenset({"questions", "papers", "items"})
# What is made of several entries is never said by one.
_GATHERED = frozenset(group for group, _key in KEYED.values())


def said_in(given):
    """(what the standing places of a Task say, what its inputs and outputs name): values for the fields of a move."""
    reason, until = _inner(given, "statusReason"), _text(_inner(given, "restriction", "period", "end"))[:10]
    notes = [_text(one.get("text")) for one in _each(given.get("note"))]
    code = _code_of(reason, "reason")
    note = (notes[-1] if notes else "") or ("" if code else _text(_inner(reason, "text")))
    implied = {"note": note, "reason": code, "review_on": until, "finish_on": until}
    named = {}
    for entry in [*_each(given.get("input")), *_each(given.get("output"))]:
        _take_field(named, entry)
    return {name: value for name, value in implied.items() if value}, named


def business_of(given):
    return _code_of(given.get("businessStatus"), "referral-state")


def version_of(given):
    """meta.versionId as a number; None where there is none."""
    text = _text(_inner(given, "meta", "versionId"))
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _take_field(named, entry):
    name, value = _code_of(entry.get("type"), "field"), _value_of(entry)
    if not name or name == "need" or name in _GATHERED:
        return
    if name in KEYED:
        group, key = KEYED[name]
        named.setdefault(group, {})[_key_of(entry, key)] = value
    elif name in LISTS:
        named.setdefault(name, []).append(value)
    else:
        named[name] = value


def _key_of(entry, key):
    found = (one for one in _each(entry.get("extension")) if one.get("url") == BASE + key)
    return next((_text(_inner(one, "valueIdentifier", "value")) for one in found), "")


def _code_of(concept, system):
    codings = _each(_inner(concept, "coding"))
    return next((_text(one.get("code")) for one in codings if one.get("system") == BASE + system), "")


def _value_of(entry):
    """Whichever value[x] it has: a plain one, the value of an identifier, the code of a concept."""
    value = next((value for name, value in entry.items() if name.startswith("value")), None)
    if not isinstance(value, dict):
        return value
    coded = next((one.get("code") for one in _each(value.get("coding"))), None)
    return value.get("value") or value.get("code") or coded


def _inner(value, *names):
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _each(value):
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _text(value):
    return value if isinstance(value, str) else ""
