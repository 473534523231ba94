"""Programs as other directories read them: Open Referral's Human Services Data Specification 3, fully nested.

A program that somebody can apply for is a service; a container is an HSDS program. Identifiers are uuids made of our
codes, so they stay the same. What HSDS has no field for (tiers, seals) stands in its descriptions, in words.
"""

import uuid

from django.utils import timezone
from django.utils.translation import gettext as _

from programs import wording
from programs.rules import AllOf, AnyOf, Test
from programs.words import KINDS, say

VERSION = "3.1"
PROFILE = "https://docs.openreferral.org/en/3.1/hsds/overview.html"
NAMESPACE = uuid.UUID("6f1d6f0e-6f0a-5b0e-9a39-2b1d9c1a7e10")
TAXONOMY = "政慈衔接帮扶类别"


def identifier(*parts):
    """The same for the same thing, today and after every new version."""
    return str(uuid.uuid5(NAMESPACE, "/".join(map(str, parts))))


def service_id(code):
    return identifier("service", code)


def without_gaps(found):
    """HSDS leaves out what is not known."""
    return {key: value for key, value in found.items() if value not in (None, "", [])}


def service(row, said, vocabulary, url=""):
    """One service with everything that belongs to it. `row` is the Program with its organization and version."""
    key = service_id(row.code)
    return without_gaps(
        summary(row, said, vocabulary, url)
        | {
            "organization": organization(row.organization),
            "program": program(row.parent) if row.parent else None,
            "service_areas": service_areas(key, said),
            "required_documents": required_documents(key, said, vocabulary),
            "cost_options": cost_options(key, row.version, said),
            "funding": funding(key, said),
            "contacts": contacts(row.organization),
            "attributes": attributes(key, said),
        }
    )


def summary(row, said, vocabulary, url=""):
    """What a list shows: the fields of the service itself."""
    lowest, highest = ages(said.condition)
    return without_gaps(
        {
            "id": service_id(row.code),
            "organization_id": identifier("organization", row.organization.code),
            "program_id": identifier("program", row.parent.code) if row.parent else None,
            "name": said.names[0],
            "alternate_name": said.names[1],
            "description": description(said, vocabulary),
            "url": url,
            "status": "active",
            "application_process": application_process(said, vocabulary),
            "fees_description": fees_description(said, vocabulary),
            "eligibility_description": _("；").join(line.text for line in wording.condition_lines(said, vocabulary)),
            "minimum_age": lowest,
            "maximum_age": highest,
            "assured_date": timezone.localdate(row.version.released_at).isoformat(),
        }
    )


def description(said, vocabulary):
    """What is given: kind, period and every line of the benefit."""
    rows = [_("%(says)s：%(sum)s") % {"says": row.says, "sum": row.sum}
            for row in wording.benefit_rows(said.benefit, vocabulary)]  # fmt: skip
    facts = [text for _key, text in wording.benefit_facts(said.benefit)]
    return _("；").join([say(KINDS, said.kind), *facts, *rows])


def application_process(said, vocabulary):
    lines = [_("可以由%s提出申请。") % wording.applicants_text(said, vocabulary)]
    if said.texts.get("handed_to"):
        lines.append(_("交到%s。") % said.texts["handed_to"])
    lines += [f"{number}. {wording.step_text(step)}" for number, step in enumerate(said.steps, start=1)]
    return "\n".join(lines)


def fees_description(said, vocabulary):
    shares = [rule for rule in said.benefit.rules if hasattr(rule.pay, "copay")]
    return _("；").join(f"{rule.says}：{total}" for rule in shares
                       for _says, total in wording.pay_rows(rule.pay, rule.says, vocabulary))  # fmt: skip


def ages(condition):
    """The ages that every applicant must have, exceptions aside; (None, None) where none is asked."""
    parts = condition.parts if isinstance(condition, AllOf) else (condition,)
    lowest = highest = None
    for part in parts:
        part = wording.plainer(part) if isinstance(part, AnyOf) else part
        if isinstance(part, Test) and part.fact == "age_years" and part.test == "range":
            lowest = part.low if lowest is None else lowest
            highest = part.high if highest is None else highest
    return lowest, highest


def organization(unit):
    return without_gaps(
        {
            "id": identifier("organization", unit.code),
            "name": unit.name,
            "alternate_name": unit.short_name,
            "description": unit.purpose or unit.business_scope or unit.get_kind_display(),
            "legal_status": str(unit.get_kind_display()),
            "organization_identifiers": [
                {
                    "id": identifier("credit_code", unit.credit_code),
                    "identifier_scheme": "CN-USCC",
                    "identifier_type": _("统一社会信用代码"),
                    "identifier": unit.credit_code,
                }
            ]
            if unit.credit_code
            else [],
        }
    )


def program(row):
    return {
        "id": identifier("program", row.code),
        "organization_id": identifier("organization", row.organization.code),
        "name": row.name or row.code,
        "description": _("“%s”下的各个项目") % (row.name or row.code),
    }


def service_areas(key, said):
    region = said.texts.get("region")
    return [{"id": identifier("area", key), "service_id": key, "name": region}] if region else []


def required_documents(key, said, vocabulary):
    """Those of the application; what others bring later is part of the process."""
    return [
        {
            "id": identifier("document", paper.code),
            "service_id": key,
            "document": _("；").join(
                [paper.names[0], paper.count_text(), *(text for text in wording.paper_details(paper, vocabulary))]
            ),
        }
        for paper in said.papers
        if paper.stage == "application"
    ]


def cost_options(key, version, said):
    """What the person pays: nothing, unless a rule says so."""
    shares = [rule for rule in said.benefit.rules if hasattr(rule.pay, "copay")]
    if not shares:
        return []
    return [
        without_gaps(
            {
                "id": identifier("cost", key, rule.id),
                "service_id": key,
                "valid_from": version.valid_from.isoformat(),
                "valid_to": version.valid_to.isoformat() if version.valid_to else None,
                "option": rule.says,
                "currency": "CNY",
                "amount_description": rule.why,
            }
        )
        | {"amount": float(rule.pay.copay)}
        for rule in shares
    ]


def funding(key, said):
    sources = dict.fromkeys(text for text in (said.texts.get("sponsor"), said.benefit.fund) if text)
    return [{"id": identifier("funding", key, text), "service_id": key, "source": text} for text in sources]


def contacts(unit):
    """Posts, not people, and only those that are public."""
    return [
        without_gaps(
            {
                "id": identifier("contact", post.code),
                "organization_id": identifier("organization", unit.code),
                "title": post.title,
                "department": unit.name,
                "phones": [
                    {"id": identifier("phone", post.code), "number": post.phone, "type": "voice"}
                    | ({"description": post.hours} if post.hours else {})
                ]
                if post.phone
                else [],
            }
        )
        for post in unit.contact_posts.all()
        if post.is_public and post.ended_at is None
    ]


def attributes(key, said):
    term = identifier("kind", said.kind)
    return [
        {
            "id": identifier("attribute", key, said.kind),
            "link_id": key,
            "link_entity": "service",
            "link_type": "service_category",
            "taxonomy_term_id": term,
            "taxonomy_term": {
                "id": term,
                "code": said.kind,
                "name": say(KINDS, said.kind),
                "description": say(KINDS, said.kind),
                "taxonomy": TAXONOMY,
                "language": "zh",
            },
        }
    ]


def page(contents, total, number, size):
    """A page as HSDS wants it."""
    pages = max(1, -(-total // size))
    return {
        "total_items": total,
        "total_pages": pages,
        "page_number": number,
        "size": len(contents),
        "first_page": number == 1,
        "last_page": number >= pages,
        "empty": not contents,
        "contents": contents,
    }
