"""The menu: by permission, with the place where one stands, and how many wait."""

import pytest
from django.utils import timezone
from django.utils.translation import override

from members.models import OutboxMessage
from portal.navigation import menu_for
from portal.rail import rail_of

pytestmark = pytest.mark.django_db


def entries(staff, path="/"):
    return {str(entry["label"]): entry for group in menu_for(staff, path) for entry in group["entries"]}


def test_the_menu_shows_what_the_role_may_do(cast):
    assert "审计" not in entries(cast.bureau_officer)
    assert "审计" in entries(cast.audit_admin)
    assert "投递" not in entries(cast.audit_admin)


@pytest.mark.parametrize(
    ("path", "here"), [("/", "今天"), ("/areas/", "行政区划"), ("/areas/230302000000/", "行政区划"), ("/help/", None)]
)
def test_one_entry_at_most_is_where_one_stands(path, here, cast):
    current = [label for label, entry in entries(cast.bureau_officer, path).items() if entry.get("is_current")]
    assert current == ([here] if here else [])


def test_what_waits_is_counted_for_those_who_see_it(cast, django_assert_num_queries):
    OutboxMessage.objects.create(topic="mail", dead_at=timezone.now())
    assert entries(cast.system_admin)["投递"]["count"] == 1
    assert cast.catalogue_admin.permissions
    with django_assert_num_queries(0):
        assert entries(cast.catalogue_admin)["今天"]["count"] == 0


def test_daily_work_stands_open_and_the_rest_is_folded_where_one_does_not_stand(cast):
    def opened(staff, path="/"):
        return [str(group["label"]) for group in menu_for(staff, path) if group["is_open"]]

    assert opened(cast.bureau_officer) == ["", "转介", "人与需求"]
    assert opened(cast.bureau_officer, "/areas/") == ["", "转介", "人与需求", "单位与人员"]
    assert opened(cast.audit_admin) == [str(group["label"]) for group in menu_for(cast.audit_admin, "/")]
    lines = [len(group["entries"]) for group in menu_for(cast.bureau_officer, "/") if group["is_open"]]
    assert sum(lines) + len(menu_for(cast.bureau_officer, "/")) - 1 <= 26


def test_the_menu_is_drawn_once_and_its_numbers_each_time(cast):
    before = rail_of(cast.system_admin, "/")
    OutboxMessage.objects.create(topic="mail", dead_at=timezone.now())
    after = rail_of(cast.system_admin, "/")
    assert '<span class="n">' not in before
    assert after.count('投递 <span class="n">1</span>') == 1
    assert "QMARK" not in after
    assert rail_of(cast.system_admin, "/areas/").count('aria-current="page"') <= 1
    with override("en"):
        assert "投递" not in rail_of(cast.system_admin, "/")
