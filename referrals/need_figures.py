"""Needs counted (R35): by area, kind, cause, category, weight; the same rows on the page and in the workbook."""

from dataclasses import dataclass
from decimal import Decimal

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import CharField, Count, Exists, F, Func, OuterRef, Q, Sum
from django.utils.translation import gettext as _g
from django.utils.translation import gettext_lazy as _

from members.kinds import Category, Level, NeedKind
from members.models import Area
from portal.lib.xlsx import Column
from referrals import minors
from referrals.kinds import OPEN_NEEDS, Ground, HardshipCause, NeedForm, NeedState, NeedWeight
from referrals.models import GovernmentAid, Need, PersonCategory

# A person may be in several categories and a need have several causes: they count in each.
GROUPINGS = {
    "area": _("区划"),
    "kind": _("需求类别"),
    "cause": _("致困原因"),
    "category": _("对象类别"),
    "weight": _("层次"),
    "form": _("物质或服务"),
    "ground": _("转介事由"),
}
_CHOICES = {
    "kind": NeedKind, "cause": HardshipCause, "category": Category, "weight": NeedWeight, "form": NeedForm,
    "ground": Ground,
}  # fmt: skip
_BELOW = {Level.PROVINCE: "city", Level.CITY: "county", Level.COUNTY: "town"}


@dataclass(frozen=True)
class Row:
    """One line of totals; `key` is what the list is filtered by."""

    key: str
    words: str
    open: int
    done: int
    people: int
    aided: int
    cost: Decimal


def totals(needs, by, area):
    """Of these needs, grouped; what is empty in the grouping is its last line."""
    keyed, key = _grouped(needs, by, area)
    aided = GovernmentAid.objects.running().filter(person=OuterRef("person"))
    rows = (
        keyed.annotate(has_aid=Exists(aided))
        .values(key)
        .order_by()
        .annotate(
            open=Count("pk", Q(state__in=OPEN_NEEDS)), done=Count("pk", ~Q(state__in=OPEN_NEEDS)),
            people=Count("person", distinct=True), aided=Count("person", Q(has_aid=True), distinct=True),
            cost=Sum("estimated_yuan", filter=Q(state__in=OPEN_NEEDS)),
        )
    )  # fmt: skip
    words = _words(by, [row[key] for row in rows])
    made = [
        Row(
            row[key] or "", words.get(row[key]) or _g("未填写"), row["open"], row["done"], row["people"],
            row["aided"], row["cost"] or Decimal(0),
        )
        for row in rows
    ]  # fmt: skip
    return sorted(made, key=lambda row: (not row.key, -row.open, row.words))


def _grouped(needs, by, area):
    if by == "area":
        return needs, f"person__{_BELOW.get(area.level, 'residence__code')}"
    if by == "cause":
        return needs.annotate(cause=_each(F("causes"))), "cause"
    if by == "category":
        current = PersonCategory.objects.current().filter(person=OuterRef("person"))
        listed = ArraySubquery(current.values("category").distinct())
        return needs.annotate(category=_each(listed)), "category"
    return needs, by


def _each(array):
    """A row for each entry; one without any is a row of its own."""
    return Func(
        array, template="unnest(coalesce(nullif(%(expressions)s, '{}'), array[null]::varchar[]))",
        output_field=CharField(),
    )  # fmt: skip


def _words(by, keys):
    if by == "area":
        return dict(Area.objects.filter(code__in=[key for key in keys if key]).values_list("code", "name"))
    return {code: str(label) for code, label in _CHOICES[by].choices}


# -- The workbook ---------------------------------------------------------------------------------------------------
def workbook(staff, needs):
    """[(title, columns, rows)]: one sheet of totals for each grouping, and the list with masked names."""
    area = None
    yield _g("需求清单"), _list_columns(), _list_rows(staff, needs)
    for by in ("kind", "cause", "category", "weight", "form", "ground"):
        columns = [Column(str(GROUPINGS[by]), width=26), *_total_columns()]
        yield (
            str(GROUPINGS[by]),
            columns,
            ((row.words, row.open, row.done, row.people, row.aided, row.cost) for row in totals(needs, by, area)),
        )


def _total_columns():
    counts = [Column(title, "number") for title in (_g("未解决"), _g("已了结"), _g("人数"), _g("其中已有政府救助"))]
    return [*counts, Column(_g("未解决的预计费用（元）"), "money")]


def _list_columns():
    texts = [
        _g("编号"), _g("姓名"), _g("居住地"), _g("需求类别"), _g("物质或服务"), _g("层次"), _g("紧急程度"),
        _g("转介事由"), _g("致困原因"), _g("状态"),
    ]  # fmt: skip
    return [
        *(Column(title, width=20) for title in texts), Column(_g("预计费用（元）"), "money"),
        Column(_g("登记日期"), "date"),
    ]  # fmt: skip


def _list_rows(staff, needs):
    """Names masked; of a child for whom nobody approved this person of staff, not even the surname."""
    for need in needs.select_related("person__residence").order_by("rank", "-pk").iterator(2000):
        yield (
            need.code, _called(staff, need.person), need.person.residence.name, need.get_kind_display(),
            need.get_form_display(), need.get_weight_display(), need.get_urgency_display(),
            need.get_ground_display(), _g("、").join(str(words) for words in need.cause_words),
            NeedState(need.state).label, need.estimated_yuan, need.recorded_at.date(),
        )  # fmt: skip


def _called(staff, person):
    return person.masked_name if minors.may_see(staff, person) else _g("未成年人")


def open_needs_of(person):
    """For the person's page and for whoever may be told: what is still to be done, the most urgent first."""
    return Need.objects.filter(person=person).open().order_by("rank", "-pk")
