"""Lists somebody keeps under a name. Only their owner renames, shares or deletes them."""

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from members import audit
from members.access import Refusal
from referrals.models import SavedList

MOST_LISTS = 30


def save_list(actor, desk, name, query, *, is_shared=False):
    if SavedList.objects.filter(owner=actor).count() >= MOST_LISTS:
        raise Refusal(_("最多保存 %(n)s 个常用清单，请先删掉用不着的。") % {"n": MOST_LISTS})
    row = SavedList(
        owner=actor, organization=actor.organization, desk=desk, name=name.strip(), query=query, is_shared=is_shared
    )
    return _write(actor, row, "referral.save_list")


def change_list(actor, row, *, name, is_shared):
    _own(actor, row)
    row.name, row.is_shared = name.strip(), is_shared
    return _write(actor, row, "referral.change_list")


def delete_list(actor, row):
    _own(actor, row)
    with transaction.atomic():
        audit.record(actor, "referral.delete_list", row, organization=row.organization)
        row.delete()


def _own(actor, row):
    if row.owner_id != actor.pk:
        raise PermissionDenied


def _write(actor, row, deed):
    try:
        with transaction.atomic():
            row.save()
            audit.record(actor, deed, row, organization=row.organization)
    except IntegrityError as error:
        raise Refusal(_("您已经有一个同名的常用清单。"), field="name") from error
    return row
