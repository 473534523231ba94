"""What the box on every page finds, and for whom."""

import pytest

from portal.search import search
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
