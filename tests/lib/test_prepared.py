import pytest
from django.db.models import Q

from members.models import RoleAssignment, Staff
from portal.lib.prepared import Prepared


def of_role(staff, role_of):
    rows = RoleAssignment.objects.filter(Q(staff=staff) | Q(staff=role_of), ended_at=None).order_by("role")
    return rows.values_list("role", "staff")


def test_it_answers_as_the_query_itself_for_each_value_anew(cast):
    prepared = Prepared(of_role, staff=int, role_of=int)
    for one, other in [(cast.bureau_officer, cast.charity_admin), (cast.charity_admin, cast.bureau_officer)] * 2:
        assert prepared(staff=one.pk, role_of=other.pk) == list(of_role(one.pk, other.pk))
    assert prepared(staff=0, role_of=0) == []


def test_its_words_are_put_together_once(cast, django_assert_num_queries):
    built = []

    def counted(staff):
        built.append(staff)
        return Staff.objects.filter(pk=staff).values_list("name")

    prepared = Prepared(counted, staff=int)
    with django_assert_num_queries(2):
        assert prepared(staff=cast.bureau_officer.pk) == [("民政经办",)]
        assert prepared(staff=cast.charity_admin.pk) == [("慈善单位管理",)]
    assert len(built) == 1


def test_a_value_that_is_lost_on_the_way_is_no_query():
    prepared = Prepared(lambda staff: Staff.objects.filter(name="甲").values_list("pk"), staff=int)
    with pytest.raises(ValueError, match="did not arrive"):
        prepared(staff=1)


def test_a_list_of_keys_is_one_value(cast):
    def among(keys):
        return Staff.objects.extra(where=["id = ANY(%s)"], params=[keys]).order_by("pk").values_list("pk")

    prepared = Prepared(among, keys=list)
    for people in ([cast.bureau_officer], [], [cast.bureau_officer, cast.charity_reviewer]):
        assert prepared(keys=[one.pk for one in people]) == sorted((one.pk,) for one in people)
