"""What the box on every page finds, and for whom."""

import pytest

from portal.search import search
from tests.make.referrals import make_referral
from tests.make.units import make_policy

pytestmark = pytest.mark.django_db


def found(staff, text):
    return {str(kind["label"]): [one.title for one in kind["found"]] for kind in search(staff, text)}


def test_units_areas_and_policies_are_found_by_everyone(cast):
    make_policy(title="甲区慈善办法")
    assert found(cast.charity_reviewer, "甲区") == {
        "单位": ["甲区助学会", "甲区慈善会", "甲区民政局", "甲区一街道办事处"],
        "行政区划": ["甲区", "甲区一街道"],
        "政策文件": ["甲区慈善办法"],
    }
    assert found(cast.charity_reviewer, "230303") == {"行政区划": ["乙区"]}
    assert found(cast.charity_reviewer, "没有的") == {}


def test_a_referral_is_found_by_its_number_by_those_whom_it_concerns(cast):
    referral = make_referral(cast.bureau_officer, cast.charity)
    last = str(int(referral.number[-7:]))
    for text in (referral.number, referral.number.lower(), last.zfill(2)):
        assert found(cast.charity_reviewer, text)["转介"] == [referral.number]
        assert "转介" not in found(cast.town_caseworker, text)
    assert "转介" not in found(cast.bureau_officer, referral.number[:-1])
