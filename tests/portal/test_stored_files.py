"""Files that no row names are found and removed; whatever a row names, in any app, stays."""

import os
import re
from datetime import timedelta
from io import BytesIO, StringIO

import pytest
from django.apps import apps
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db.models import CharField
from django.utils import timezone

from members.models import AuditEntry
from portal import stored_files
from portal.lib import uploads
from portal.tasks import clean_files
from tests.make.people import make_document, make_person
from tests.test_architecture import ROOT

TWO_DAYS = timedelta(days=2)


@pytest.fixture(autouse=True)
def own_store(tmp_path, settings):
    """A storage of its own: the other tests leave files behind."""
    default = {**settings.STORAGES["default"], "OPTIONS": {"location": str(tmp_path)}}
    settings.STORAGES = {**settings.STORAGES, "default": default}


def stored(age=TWO_DAYS):
    key = uploads.store_stream(BytesIO(b"left behind"))
    aged(key, age)
    return key


def aged(key, age=TWO_DAYS):
    moment = (timezone.now() - age).timestamp()
    os.utime(default_storage.path(uploads.path_of(key)), (moment, moment))


def is_there(key):
    return default_storage.exists(uploads.path_of(key))


@pytest.fixture
def kept(cast):
    document = make_document(make_person(cast.town), file_kind="jpg")
    for key in (document.file_key, document.preview_key):
        aged(key)
    return document


def test_what_no_row_names_goes_and_what_a_row_names_stays(kept):
    left, young = stored(), stored(age=timedelta(hours=1))
    clean_files()
    assert [is_there(key) for key in (left, young, kept.file_key, kept.preview_key)] == [False, True, True, True]
    assert AuditEntry.objects.get(action="file.clean").changes == {"files": [None, 1]}
    assert stored_files.clean() == 0


def test_looking_alone_removes_nothing(kept):
    left, out = stored(), StringIO()
    call_command("clean_files", stdout=out)
    assert (out.getvalue().startswith("1 of 3 stored files"), is_there(left)) == (True, True)
    call_command("clean_files", "--delete", stdout=out)
    assert not is_there(left)


def test_many_orphans_at_once_are_nobodys_routine(kept):
    """The database is not the one that the files belong to."""
    many = [stored() for _ in range(stored_files.FEW + 1)]
    with pytest.raises(stored_files.TooMany):
        clean_files()
    with pytest.raises(CommandError, match="right database"):
        call_command("clean_files", "--delete", stdout=StringIO())
    assert all(is_there(key) for key in many)
    call_command("clean_files", "--delete", "--even-many", stdout=StringIO())
    assert not any(is_there(key) for key in many)
    assert is_there(kept.file_key)


def test_every_column_that_holds_a_key_is_known():
    """Whoever adds one sees it here, and sees whether its name is one that the clean-up looks for."""
    known = {f"{model._meta.label}.{name}" for model, name in stored_files.columns()}
    assert known >= {
        "members.Agreement.file_key", "members.AuditArchive.file", "members.Job.file",
        "members.PolicyDocument.file_key", "programs.FundRules.file_key", "referrals.Consent.file_key",
        "referrals.Document.file_key", "referrals.Document.preview_key", "referrals.EconomicCheck.file_key",
        "referrals.ImpactAssessment.file_key", "referrals.LeadPhoto.file_key", "referrals.PeopleImport.file_key",
        "referrals.PeopleImport.marked_key", "referrals.VisitPhoto.file_key",
    }  # fmt: skip
    of_32 = {
        f"{model._meta.label}.{field.name}"
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if isinstance(field, CharField) and field.max_length == stored_files.KEY_LENGTH
    }
    # The name a device gave to its lead, and the number of a request: no files.
    assert of_32 - known == {"members.AuditEntry.request_id", "referrals.Lead.key"}


def test_nobody_stores_files_but_those_whose_columns_are_known():
    """A new module here: look whether the column it writes the key into is among stored_files.columns()."""
    stores = re.compile(r"uploads\.(?:store|store_stream|kept)\(")
    found = {
        str(path.relative_to(ROOT))
        for room in ("members", "programs", "referrals", "portal")
        for path in (ROOT / room).rglob("*.py")
        if stores.search(path.read_text()) and path != ROOT / "portal/lib/uploads.py"
    }
    assert found == {
        "members/actions/agreements.py", "members/actions/policies.py", "members/archives.py", "members/jobs.py",
        "programs/actions/fund_register.py", "referrals/actions/aid.py", "referrals/actions/checks.py",
        "referrals/actions/batch_stations.py", "referrals/management/demo/lists.py",
        "referrals/actions/consents.py", "referrals/actions/documents.py", "referrals/actions/imports.py",
        "referrals/actions/leads.py", "referrals/actions/notes.py", "referrals/actions/safeguards.py",
        "referrals/actions/visits.py", "referrals/management/demo/field_work.py",
    }  # fmt: skip
