"""Asking for consent, writing down the answer, taking it back. An answer is final: what changes is a new record."""

import secrets
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.db.models import TextChoices
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from members import audit
from members.access import Refusal, Stale
from portal.lib import uploads
from portal.lib.codes import public_code
from referrals import minors, timeline
from referrals.actions.outcomes import stop_with_consent
from referrals.actions.provisions import end_uncovered
from referrals.actions.renewals import renew_lists
from referrals.consent_papers import compile_paper, digest_of
from referrals.items import ITEMS, TO_ORGANIZATIONS, Purpose, sensitive, words_of
from referrals.models import Consent, ConsentRecipient, ConsentWithdrawal
from referrals.permissions import demand, may, refuse_related
from referrals.wordings import wording_for

DRAFT, GIVEN, REFUSED = Consent.State
Giver, Form = Consent.Giver, Consent.Form
USUAL_DAYS, MOST_DAYS = 365, 3 * 366
# Under this age the guardian alone agrees; up to ADULT_AGE both do.
OWN_VOICE_AGE = 14
CHECK_LENGTH = 8


class Explained(TextChoices):
    """What has to have been said before anybody can agree."""

    PURPOSE = "purpose", gettext_lazy("要做什么、为什么需要、对本人有什么影响")
    RECIPIENTS = "recipients", gettext_lazy("给哪些单位、怎样联系它们")
    ITEMS = "items", gettext_lazy("提供哪些内容、用到什么时候")
    SENSITIVE = "sensitive", gettext_lazy("其中哪些是敏感个人信息，可以单独不同意")
    WITHDRAWAL = "withdrawal", gettext_lazy("随时可以撤回，怎样撤回")
    FREEDOM = "freedom", gettext_lazy("不同意不影响依法申请政府救助")


# -- Asking -----------------------------------------------------------------------------------------------------------
def begin_consent(actor, person, purpose, *, reopened_reason=""):
    """A question to the family, as a draft. Whoever said no is asked again only when they bring it up themselves."""
    _demand(actor, "consent.record", person)
    if person.died_on:
        raise Refusal(_("登记显示此人已去世，不再征求同意。"))
    if Consent.objects.refusal_in_force(person, purpose) and not reopened_reason.strip():
        raise Refusal(_("本人已表示不同意，不能反复征求。本人主动提出的，请写明情况。"), field="reopened_reason")
    wording = wording_for(purpose, person.residence)
    if wording is None:
        raise Refusal(_("这个用途还没有已发布的告知书。"))
    earlier = Consent.objects.of(person).answered().filter(purpose=purpose).first()
    try:
        with transaction.atomic():
            consent = Consent.objects.create(
                person=person, organization=actor.organization, purpose=purpose, wording=wording, begun_by=actor,
                reopened_reason=reopened_reason.strip(), earlier=earlier, valid_from=timezone.localdate(),
                valid_until=timezone.localdate() + timedelta(days=USUAL_DAYS), private=_new_check(),
            )  # fmt: skip
            audit.record(actor, "consent.begin", consent, organization=person.keeper)
    except IntegrityError as error:
        raise Refusal(_("这个用途已经有一份待答复的告知书，请先办完它。")) from error
    return consent


def save_scope(actor, consent, version, *, recipients=(), rule=None, items=(), sensitive_items=(), until=None):
    """To whom, what, how long. The paper gets a new check: an older print no longer counts."""
    with transaction.atomic():
        current = _draft(actor, consent, version)
        _refuse_scope(current, recipients, rule, items, sensitive_items, until)
        current.recipient_rule = rule.as_data() if rule and rule.kinds else None
        current.items = [code for code in ITEMS if code in set(items)]
        current.sensitive_items = [code for code in ITEMS if code in set(sensitive_items)]
        current.valid_until = until
        current.private = {**current.private, **_new_check()}
        current.version += 1
        current.save()
        current.recipients.all().delete()
        ConsentRecipient.objects.bulk_create(
            ConsentRecipient(consent=current, organization=one) for one in dict.fromkeys(recipients)
        )
        audit.record(actor, "consent.scope", current, organization=current.person.keeper)
    return current


def _refuse_scope(consent, recipients, rule, items, sensitive_items, until):
    today = timezone.localdate()
    unknown = {*items, *sensitive_items} - ITEMS.keys()
    if unknown or any(ITEMS[code].is_sensitive for code in items):
        raise Refusal(_("敏感个人信息要单独同意，不能放在一般信息里。"), field="items")
    if len(sensitive(sensitive_items)) != len(set(sensitive_items)):
        raise Refusal(_("单独同意的部分只列敏感个人信息。"), field="sensitive_items")
    if consent.purpose == Purpose.COLLECT_SENSITIVE and not sensitive_items:
        raise Refusal(_("请勾选要收集的敏感个人信息。"), field="sensitive_items")
    if not items and not sensitive_items:
        raise Refusal(_("请至少勾选一项内容。"), field="items")
    if consent.purpose in TO_ORGANIZATIONS and not recipients and not (rule and rule.kinds):
        raise Refusal(_("请写明提供给哪些单位。"), field="recipients")
    if consent.person.keeper in recipients:
        raise Refusal(_("登记单位本来就保管这些信息，不用列为接收单位。"), field="recipients")
    if until is None or not today <= until <= today + timedelta(days=MOST_DAYS):
        raise Refusal(_("有效期应从今天起，最长三年。"), field="until")


def discard_consent(actor, consent, version):
    """A question that was not put. Once answered nothing is discarded."""
    with transaction.atomic():
        current = _draft(actor, consent, version)
        audit.record(actor, "consent.discard", current, organization=current.person.keeper)
        current.delete()


# -- The answer -------------------------------------------------------------------------------------------------------
def give_consent(actor, consent, version, answer, file=None):
    """The family agreed. `answer` holds form, giver and what these ask for; `file` is the scan or the drawn name."""
    with uploads.kept(file) as stored, transaction.atomic():
        current = _draft(actor, consent, version)
        if not current.all_items:
            raise Refusal(_("还没有写明内容和接收单位。"))
        _refuse_answer(actor, current, answer, stored)
        for name in ("form", "giver", "relation", "is_signed_by_minor", "alone_reason", "language", "signed_on"):
            setattr(current, name, answer.get(name) or getattr(current, name))
        current.explained = list(answer["explained"])
        private = {name: answer.get(name) or "" for name in PRIVATE}
        current.private = {**current.private, **private, "salt": secrets.token_hex(16)}
        for name, value in stored.items():
            setattr(current, name, value)
        _close(actor, current, GIVEN)
        audit.record(
            actor, "consent.give", current, organization=current.person.keeper,
            changes={"digest": ["", current.digest]},
        )  # fmt: skip
        to = [one["name"] for one in current.paper["recipients"]] or [current.paper["rule"]]
        timeline.record(
            "consent_given", actor, person=current.person, purpose=current.get_purpose_display(), to="、".join(to)
        )
        if current.purpose == Purpose.REFER_TO_ORG:
            renew_lists(actor, current.person)
    return current


PRIVATE = (
    "giver_name",
    "giver_number",
    "giver_phone",
    "authority",
    "second_giver_name",
    "witness_name",
    "witness_post",
)


def refuse_consent(actor, consent, version, reason="", signed_on=None):
    """The family said no. Kept, so that nobody asks again; it changes nothing about government aid."""
    with transaction.atomic():
        current = _draft(actor, consent, version)
        current.signed_on = signed_on or timezone.localdate()
        current.refused_reason = reason.strip()
        current.private = {**current.private, "salt": secrets.token_hex(16)}
        _close(actor, current, REFUSED)
        audit.record(actor, "consent.refuse", current, organization=current.person.keeper)
        timeline.record("consent_refused", actor, person=current.person, purpose=current.get_purpose_display())
    return current


def _close(actor, consent, state):
    consent.state = state
    consent.explained_by = consent.recorded_by = actor
    consent.recorded_at = timezone.now()
    consent.valid_from = max(consent.valid_from, consent.signed_on)
    consent.paper = compile_paper(consent)
    consent.digest = digest_of(consent)
    consent.version += 1
    consent.save()


def _refuse_answer(actor, consent, answer, stored):
    today = timezone.localdate()
    if not answer.get("signed_on") or answer["signed_on"] > today or answer["signed_on"] > consent.valid_until:
        raise Refusal(_("答复日期不能晚于今天，也不能晚于有效期。"), field="signed_on")
    if consent.valid_until < today:
        raise Refusal(_("填写的有效期已经过去，请先修改。"))
    needed = {point.value for point in Explained} - (set() if consent.sensitive_items else {Explained.SENSITIVE})
    if needed - set(answer["explained"]):
        raise Refusal(_("每一项都要向本人讲明并打勾，才算告知。"), field="explained")
    _refuse_form(actor, consent, answer, stored)
    _refuse_giver(consent, answer)


def _refuse_form(actor, consent, answer, stored):
    if answer["form"] == Form.SIGNED:
        if not stored:
            raise Refusal(_("书面签字的，请上传签好字的告知书扫描件或照片。"), field="file")
        if answer.get("check", "").strip().lower() != consent.paper_check:
            raise Refusal(_("校验码与最新一稿不符。签字的如果是修改以前打印的，请重新打印签字。"), field="check")
    if answer["form"] == Form.SCREEN and not stored:
        raise Refusal(_("请让同意的人在屏幕上签名。"), field="signature")
    if answer["form"] == Form.ORAL:
        if not answer.get("witness_name"):
            raise Refusal(_("口头同意要有见证人，请填写见证人姓名。"), field="witness_name")
        if answer["witness_name"].strip() in {actor.name, consent.begun_by.name, consent.person.name}:
            raise Refusal(_("见证人不能是经办人或者本人。"), field="witness_name")


def _refuse_giver(consent, answer):
    """Who may agree: by age, guardian alone, both, or the person; an agent shows an authority.

    The age is today's: an earlier day of signing makes nobody younger.
    """
    age, giver = consent.person.age_on(), answer["giver"]
    if age is not None and age < 18:
        if giver != Giver.GUARDIAN:
            raise Refusal(_("未成年人由监护人同意。"), field="giver")
        is_both = answer.get("is_signed_by_minor")
        if age >= OWN_VOICE_AGE and not is_both and not answer.get("alone_reason"):
            raise Refusal(
                _("满 14 周岁的，本人和监护人都要签字；本人确实不能签的，请写明原因。"), field="is_signed_by_minor"
            )
    if giver != Giver.SELF and not answer.get("giver_name"):
        raise Refusal(_("请填写同意的人的姓名。"), field="giver_name")
    if giver == Giver.GUARDIAN and not answer.get("relation"):
        raise Refusal(_("请选择监护人与本人的关系。"), field="relation")
    if giver == Giver.AGENT and not answer.get("authority"):
        raise Refusal(_("代理人要有本人的委托，请写明委托书的日期或编号。"), field="authority")
    adult_needs_paper = giver == Giver.GUARDIAN and (age is None or age >= 18)
    if adult_needs_paper and not answer.get("authority"):
        raise Refusal(_("成年人由监护人同意的，请写明认定依据（如法院判决、残疾人证）。"), field="authority")


# -- Taking back ------------------------------------------------------------------------------------------------------
def withdraw_consent(actor, consent, *, recipients=(), items=(), channel, reason=""):
    """Wholly, from some recipients, or some items; for everybody at once closed. Without an actor: by the paper."""
    if actor is not None:
        _demand(actor, "consent.withdraw", consent.person)
    with transaction.atomic():
        current = Consent.objects.select_for_update(of=("self",)).with_terms().get(pk=consent.pk)
        _refuse_withdrawal(current, recipients, items)
        rows = [
            ConsentWithdrawal(
                consent=current, recipient=one, items=sorted(items), channel=channel, reason=reason, recorded_by=actor
            )
            for one in (recipients or [None])
        ]
        for row in rows:
            row.save()
        ended = end_uncovered(actor, current)
        stop_with_consent(current)
        audit.record(
            actor, "consent.withdraw", current, organization=current.person.keeper,
            changes={"recipients": [None, [one.name for one in recipients]], "items": [None, sorted(items)],
                     "channel": [None, channel], "ended": [None, len(ended)]},
        )  # fmt: skip
        what = "；".join(part for part in ("、".join(one.name for one in recipients), words_of(items)) if part)
        timeline.record(
            "consent_withdrawn", actor, person=current.person, purpose=current.get_purpose_display(),
            what=what or _("全部"),
        )  # fmt: skip
    return rows


def see_withdrawals(actor, consent):
    """Somebody of the unit has read what the family took back by itself."""
    if may(actor, "consent.record", consent.person):
        Consent.objects.taken_back_unseen().filter(pk=consent.pk).update(withdrawal_seen_at=timezone.now())


def _refuse_withdrawal(consent, recipients, items):
    if consent.state != GIVEN or consent.standing == "withdrawn":
        raise Refusal(_("这份同意已经全部撤回，或者本来就没有给出。"))
    if not set(items) <= set(consent.all_items):
        raise Refusal(_("只能撤回同意里列出的内容。"), field="items")
    if not {one.pk for one in recipients} <= consent.terms.recipients:
        raise Refusal(_("只能撤回同意里列出的单位。"), field="recipients")


# -- Small things -----------------------------------------------------------------------------------------------------
def _new_check():
    return {"check": public_code(CHECK_LENGTH)}


def _demand(actor, permission, person):
    """A consent stays with the record it speaks of; whoever keeps the record that this one was merged into decides."""
    person = person.merged_into or person
    demand(actor, permission, person)
    minors.require(actor, person)
    refuse_related(actor, person.number, person.name)


def _draft(actor, consent, version):
    rows = Consent.objects.select_for_update(of=("self",)).select_related(
        "person__residence", "person__keeper", "organization__area", "wording", "begun_by"
    )
    current = rows.get(pk=consent.pk)
    _demand(actor, "consent.record", current.person)
    if current.state != DRAFT:
        raise Refusal(_("这份告知书已经答复，不能再改。需要变动的，请另行征求。"))
    if current.version != version:
        raise Stale(current, by=current.begun_by, at=current.begun_at)
    return current
