"""What a person asks for: received with a due day, answered in words; a refusal says what the law lets stay."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from members import audit, calendar, jobs
from members.access import Refusal
from referrals import minors
from referrals.models import SubjectRequest
from referrals.permissions import demand

ANSWER_WITHIN = 15
OPEN, GRANTED, PARTLY, REFUSED = SubjectRequest.State


def receive_request(actor, person, values):
    """Due within fifteen working days of the day it came."""
    _demand(actor, "subject_request.record", person)
    received = values["received_on"]
    if not timezone.localdate() - timedelta(days=365) <= received <= timezone.localdate():
        raise Refusal(_("收到日期应在过去一年之内。"), field="received_on")
    if values["applicant"] == SubjectRequest.Applicant.NEAR_KIN and person.died_on is None:
        raise Refusal(_("只有本人去世后，近亲属才能以自己的名义提出。"), field="applicant")
    with transaction.atomic():
        asked = SubjectRequest.objects.create(
            person=person, kind=values["kind"], applicant=values["applicant"], recorded_by=actor,
            identity_check=values["identity_check"], received_on=received,
            due_on=calendar.add_working_days(received, ANSWER_WITHIN),
            private={name: values.get(name, "") for name in ("name", "phone", "wish")},
        )  # fmt: skip
        audit.record(actor, "subject_request.receive", asked, organization=person.keeper)
    return asked


def answer_request(actor, asked, state, reply, reason=""):
    _demand(actor, "subject_request.answer", asked.person)
    if state not in (GRANTED, PARTLY, REFUSED):
        raise Refusal(_("请选择答复结果。"), field="state")
    if state != GRANTED and not reason.strip():
        raise Refusal(_("不同意或部分同意的，要说明理由和法律依据。"), field="reason")
    with transaction.atomic():
        values = {
            "state": state, "reply": reply, "reason": reason, "answered_by": actor, "answered_at": timezone.now()
        }  # fmt: skip
        if not SubjectRequest.objects.filter(pk=asked.pk, state=OPEN).update(**values):
            raise Refusal(_("这项请求已经答复。"))
        asked.refresh_from_db()
        audit.record(actor, "subject_request.answer", asked, organization=asked.person.keeper)
    return asked


def start_copy(actor, person):
    """Everything held, as a file for the person: made by a job, kept for a week."""
    _demand(actor, "subject_request.answer", person)
    return jobs.start(actor, "person.copy", {"person": person.code})


def _demand(actor, permission, person):
    demand(actor, permission, person)
    minors.require(actor, person)
