"""What the paper says: exactly the recipients, the items and the words. Printed from here, and frozen from here.

A draft is compiled afresh; with the answer the result is stored and hashed, and from then on the stored one is printed.
"""

import hashlib
import json

from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from members.kinds import ConsentWords, OrganizationKind
from members.models import Area
from members.profiles import profile_of
from referrals.items import TO_ORGANIZATIONS, by_group, in_order

LANGUAGE = "zh-hans"
DECLARATIONS = {
    ConsentWords.CONSENT: gettext_lazy("以上内容已经向我讲明，我同意。"),
    ConsentWords.INFORMED: gettext_lazy("以上内容已经向我讲明，我充分知情并同意。"),
    ConsentWords.PERSON: gettext_lazy("以上内容已经向我讲明，本人同意。"),
}
SENSITIVE_DECLARATION = gettext_lazy(
    "其中属于敏感个人信息的，已经单独向我讲明必要性和对我的影响，我单独同意提供打勾的各项。"
)


def paper_of(consent):
    """The paper: stored with the answer, or compiled from the draft as it stands."""
    return consent.paper or compile_paper(consent)


def compile_paper(consent):
    """Everything in words, in Chinese whatever the language of whoever prints it."""
    with translation.override(LANGUAGE):
        wording, keeper = consent.wording, consent.organization
        return {
            "code": consent.code,
            "title": wording.title,
            "wording": {"code": wording.code, "number": wording.number, "checksum": wording.checksum},
            "paragraphs": [[str(heading), text] for heading, text in wording.paragraphs],
            "organization": unit_in_words(keeper),
            "recipients": [unit_in_words(one.organization) for one in recipients_of(consent)],
            "rule": rule_in_words(consent.rule),
            "items": _groups(consent.items),
            "sensitive": [
                {"code": item.code, "label": str(item.label), "reason": str(item.reason)}
                for item in in_order(consent.sensitive_items)
            ],
            "method": method_of(consent.purpose),
            "valid_from": _iso(consent.valid_from),
            "valid_until": _iso(consent.valid_until),
            "declaration": str(DECLARATIONS[profile_of(keeper.area).consent_words]),
            "sensitive_declaration": str(SENSITIVE_DECLARATION) if consent.sensitive_items else "",
        }


def recipients_of(consent):
    return consent.recipients.select_related("organization__area").order_by("organization__name", "pk")


def unit_in_words(organization):
    """Name and where to turn to: a public post, never a person's own number."""
    post = organization.contact_posts.filter(is_public=True, ended_at=None).order_by("pk").first()
    told = [post.title, post.phone, post.address] if post else []
    return {
        "code": organization.code,
        "name": organization.name,
        "kind": str(organization.get_kind_display()),
        "contact": " ".join(one for one in told if one),
    }


def rule_in_words(rule):
    """Which units a class means; the family is told the name when something goes to one of them."""
    if rule is None:
        return ""
    kinds = str(_("、")).join(str(OrganizationKind(kind).label) for kind in sorted(rule.kinds))
    area = Area.objects.filter(code=rule.area).values_list("name", flat=True).first() or rule.area
    place = str(_("在%(area)s的") % {"area": area}) if area else ""
    return str(_("%(place)s%(kinds)s；发送时按项目确定是哪一家，并告诉您。") % {"place": place, "kinds": kinds})


def method_of(purpose):
    if purpose in TO_ORGANIZATIONS:
        return str(_("在本平台上加密传送，接收单位经授权的工作人员登录后查看，逐次留有记录。"))
    return str(_("由本单位经办人员在本平台上登记、使用，逐次留有记录。"))


def digest_of(consent):
    """Over the paper, the terms, the answer, and (salted) whoever gave it: one changed sign changes it."""
    private = dict(consent.private)
    about = {
        "paper": consent.paper,
        "person": consent.person.code,
        "purpose": consent.purpose,
        "state": consent.state,
        "items": consent.items,
        "sensitive_items": consent.sensitive_items,
        "rule": consent.recipient_rule,
        "valid": [_iso(consent.valid_from), _iso(consent.valid_until)],
        "form": [consent.form, consent.giver, consent.relation, consent.is_signed_by_minor, consent.alone_reason],
        "language": consent.language,
        "explained": [consent.explained_by.code if consent.explained_by else "", consent.explained],
        "signed_on": _iso(consent.signed_on),
        "refused_reason": consent.refused_reason,
        "file": consent.file_key,
        "private": _hash(private),
        "recorded": [consent.recorded_by.code, timezone.localtime(consent.recorded_at).isoformat()],
    }
    return _hash(about)


def _hash(data):
    text = json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _groups(codes):
    return [[str(label), [{"code": item.code, "label": str(item.label)} for item in items]]
            for label, items in by_group(codes)]  # fmt: skip


def _iso(day):
    return day.isoformat() if day else ""
