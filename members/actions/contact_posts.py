"""Posts to turn to. What the public sees carries no private number, and no person's name."""

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from members import audit
from members.access import Refusal, Stale, may
from members.models import ContactPost

EDITABLE = ("title", "phone", "hours", "address", "is_public")


def create_contact_post(actor, organization, values):
    _require(actor, organization)
    post = ContactPost(organization=organization, **{name: values[name] for name in EDITABLE})
    _refuse_private_number(post)
    with transaction.atomic():
        post.save()
        audit.record(actor, "contact_post.create", post, organization=organization)
    return post


def edit_contact_post(actor, post, version, values):
    _require(actor, post.organization)
    values = {name: values[name] for name in EDITABLE}
    changes = {name: [str(getattr(post, name)), str(value)] for name, value in values.items()}
    _refuse_private_number(ContactPost(organization=post.organization, **values))
    with transaction.atomic():
        mine = ContactPost.objects.filter(pk=post.pk, version=version, ended_at=None)
        if not mine.update(**values, version=F("version") + 1):
            current = ContactPost.objects.get(pk=post.pk)
            raise Refusal(_("这个岗位已经撤下。")) if current.ended_at else Stale(current)
        audit.record(actor, "contact_post.edit", post, organization=post.organization, changes=changes)
    post.refresh_from_db()
    return post


def end_contact_post(actor, post):
    _require(actor, post.organization)
    with transaction.atomic():
        if not ContactPost.objects.filter(pk=post.pk, ended_at=None).update(ended_at=timezone.now()):
            raise Refusal(_("这个岗位已经撤下。"))
        audit.record(actor, "contact_post.end", post, organization=post.organization)


def _require(actor, organization):
    if not may(actor, "organization.edit", organization):
        raise PermissionDenied


def _refuse_private_number(post):
    try:
        post.validate_constraints()
    except ValidationError as error:
        raise Refusal(" ".join(error.messages), field="phone") from error
