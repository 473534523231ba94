"""Whom a row of a desk is about: one's own by their own rules, others' masked and only while their list holds."""

import re

import pytest

from members.models import AuditEntry
from referrals.actions.consents import withdraw_consent
from referrals.models import Consent
from tests.make.people import make_consent, make_minor_approval, make_person, make_safeguards
from tests.make.referrals import make_referral

pytestmark = pytest.mark.django_db
RECEIVED, SENT, AREA = (f"/referrals/{desk}/" for desk in ("received", "sent", "area"))


def row_of(client, url, referral):
    """(name, what stands below it) of its row."""
    page = client.get(url).content.decode()
    (row,) = [part for part in page.split("<tr") if f"/referrals/{referral.code}/" in part]
    return re.search(r'class="who"><span class="main">(.*?)</span><span class="sub">(.*?)</span>', row).groups()


def read_lists():
    return AuditEntry.objects.filter(action="person.list").count()


def test_whoever_receives_it_reads_the_masked_name_while_the_list_holds(cast, browse):
    person = make_person(cast.bureau, name="王小明", gender="male", born="1960-01-01")
    referral = make_referral(cast.bureau_officer, cast.charity, person=person)
    charity = browse(cast.charity_reviewer)
    # Of what was listed (name, telephone, needs) only the name stands here.
    assert row_of(charity, RECEIVED, referral) == (person.masked_name, "")
    assert "王小明" not in charity.get(RECEIVED).content.decode()
    assert read_lists() == 2
    withdraw_consent(cast.bureau_officer, Consent.objects.get(person=person), channel="counter")
    assert row_of(charity, f"{RECEIVED}?tab=ended", referral) == ("—", "")
    assert read_lists() == 2


def test_sex_age_and_place_stand_there_where_they_were_listed(cast, browse):
    person = make_person(cast.bureau, gender="male", born="1960-01-01")
    items = ["name", "gender", "birth_date", "residence", "needs"]
    make_safeguards(cast.bureau, cast.charity)
    make_consent(person, [cast.charity], actor=cast.bureau_officer, items=items)
    referral = make_referral(cast.bureau_officer, cast.charity, person=person, is_covered=False, items=items)
    details = f"男 · {person.age} 岁 · {person.residence.name}"
    assert row_of(browse(cast.charity_reviewer), RECEIVED, referral) == (person.masked_name, details)


def test_the_sender_reads_its_own_and_others_above_nobody(cast, browse):
    """A child without an approval keeps the surname alone, on either side."""
    person = make_person(cast.bureau, name="王小明", gender="male", born="1960-01-01")
    referral = make_referral(cast.bureau_officer, cast.charity, person=person)
    details = f"男 · {person.age} 岁 · {person.residence.name}"
    assert row_of(browse(cast.bureau_officer), SENT, referral) == ("王小明", details)
    assert row_of(browse(cast.city_supervisor), AREA, referral) == ("—", "")
    child = make_person(cast.bureau, name="陈小朋", born="2018-05-20")
    make_minor_approval(cast.bureau_officer, child)
    referral = make_referral(cast.bureau_officer, cast.charity, person=child)
    assert row_of(browse(cast.bureau_officer), SENT, referral)[0] == "陈小朋"
    assert row_of(browse(cast.charity_reviewer), RECEIVED, referral)[0] == "—"
    assert row_of(browse(cast.bureau_approver), SENT, referral)[0] == child.masked_name
