"""Who looks after somebody in law: recorded with the paper it rests on, ended with a reason."""

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from members import audit
from members.access import Refusal
from referrals import timeline
from referrals.actions.documents import demand_own
from referrals.models import Guardianship, Person
from referrals.permissions import demand, refuse_related

MOST_OPEN = 4


def add_guardian(actor, ward, values, *, guardian=None):
    """One more guardian. `guardian` is somebody of the system, in sight of the actor; else name and number say who."""
    demand(actor, "person.edit", ward)
    refuse_related(actor, ward.number, ward.name)
    demand_own(ward, values.get("document"))
    with transaction.atomic():
        ward = Person.objects.select_for_update(of=("self",)).select_related("keeper", "residence").get(pk=ward.pk)
        if guardian is not None and guardian.pk == ward.pk:
            raise Refusal(_("不能登记本人为自己的监护人。"), field="guardian")
        if ward.guardianships.open().count() >= MOST_OPEN:
            raise Refusal(_("已有 %(most)s 位监护人，请先终止不再有效的。") % {"most": MOST_OPEN})
        private = {name: values[name] for name in ("name", "number", "phone") if values.get(name) and not guardian}
        try:
            with transaction.atomic():
                made = Guardianship.objects.create(
                    ward=ward, guardian=guardian, relation=values["relation"], private=private, recorded_by=actor,
                    paper=values.get("paper", ""), document=values.get("document"), since=values.get("since"),
                )  # fmt: skip
        except IntegrityError:
            raise Refusal(_("这位监护人已经登记。"), field="guardian") from None
        timeline.record("guardian_added", actor, person=ward, relation=made.get_relation_display())
        audit.record(actor, "guardianship.add", made, organization=ward.keeper)
    return made


def end_guardianship(actor, guardianship, reason):
    demand(actor, "person.edit", guardianship.ward)
    refuse_related(actor, guardianship.ward.number, guardianship.ward.name)
    with transaction.atomic():
        ended = Guardianship.objects.filter(pk=guardianship.pk, ended_on=None)
        if not ended.update(ended_on=timezone.localdate(), end_reason=reason):
            raise Refusal(_("这项监护关系已经终止。"))
        timeline.record(
            "guardian_ended", actor, person=guardianship.ward, relation=guardianship.get_relation_display(),
            reason=reason,
        )  # fmt: skip
        audit.record(actor, "guardianship.end", guardianship, organization=guardianship.ward.keeper, reason=reason)
