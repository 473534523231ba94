"""重点帮扶地区: on the province's list, named by offers and activities from elsewhere, found by them (R141)."""

import pytest

from members.access import Refusal
from members.actions.areas import tag_area
from members.models import AuditEntry
from programs.forms.offers import areas_near
from tests.make.catalogue import make_activity, make_offer
from tests.make.units import make_organization

pytestmark = pytest.mark.django_db


def test_a_county_is_put_on_the_list_with_its_ground_and_found_by_it(cast, browse):
    client = browse(cast.system_admin)
    county = cast.other_county
    assert client.post(f"/areas/{county.code}/tag/", {"tags": ["rural_key"], "note": "省定名单"}).status_code == 302
    county.refresh_from_db()
    assert county.tag_words == ["乡村振兴重点县"]
    assert AuditEntry.objects.get(action="area.tag").reason == "省定名单"
    found = browse(cast.town_caseworker).get("/areas/?tag=rural_key").context["page"].rows
    assert [area.name for area in found] == ["乙区"]
    assert "乡村振兴重点县" in browse(cast.town_caseworker).get(f"/areas/{county.code}/").content.decode()


def test_what_is_no_change_leaves_no_line_and_a_province_is_on_no_list(cast):
    tag_area(cast.system_admin, cast.county, [])
    tag_area(cast.system_admin, cast.county, ["nonsense"])
    assert not AuditEntry.objects.filter(action="area.tag").exists()
    with pytest.raises(Refusal, match="县"):
        tag_area(cast.system_admin, cast.province, ["weak"])


def test_a_unit_of_the_province_may_name_the_weak_counties_elsewhere(cast):
    """One to one: the helper sits somewhere else."""
    helper = make_organization("省慈善总会", "charity_federation", cast.province)
    assert cast.other_county not in areas_near(helper)
    tag_area(cast.system_admin, cast.other_county, ["old_base"])
    assert cast.other_county in areas_near(helper)
    assert cast.other_county in areas_near(cast.charity)


def test_offers_and_activities_for_such_places_are_found(cast, browse):
    tag_area(cast.system_admin, cast.other_county, ["old_base"])
    make_offer(cast.charity, title="远方的供给", areas=[cast.other_county])
    make_offer(cast.charity, title="身边的供给")
    make_activity(cast.charity, title="远方的活动").areas.set([cast.other_county])
    make_activity(cast.charity, title="身边的活动")
    client = browse(cast.bureau_officer)
    for address in ("/offers/", "/activities/"):
        every, some = (client.get(f"{address}?tag={tag}").content.decode() for tag in ("", "old_base"))
        assert "身边的" in every
        assert "远方的" in every
        assert "远方的" in some
        assert "身边的" not in some
        assert "身边的" not in client.get(f"{address}?tag=rural_key").content.decode()


def test_service_points_of_a_county_are_those_of_its_towns_too(cast, browse):
    town = make_organization("街道服务站", "service_station", cast.town_area)
    make_offer(town, title="爱心小屋", form="service_point", point="shop", address="一街 1 号")
    make_offer(make_organization("乙区驿站", "service_station", cast.other_county), title="远方驿站",
               form="service_point", point="shop", address="二街 2 号")  # fmt: skip
    visitor = browse(None)
    assert "爱心小屋" in visitor.get(f"/public/points/?area={cast.county.code}").content.decode()
    assert "爱心小屋" not in visitor.get(f"/public/points/?area={cast.other_county.code}").content.decode()
