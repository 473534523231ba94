"""What the desks are narrowed by, what a saved list is called, and into whose hands many cases go."""

from datetime import timedelta

from django import forms
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.kinds import NeedKind
from members.models import Area, Organization
from portal.lib.forms import StyledForm, StyledModelForm
from portal.lib.kept import Kept
from portal.lib.menus import Menu
from referrals import desk_choices, desks
from referrals.forms.referrals import colleague_field, colleagues_of
from referrals.kinds import Urgency
from referrals.models import Referral, SavedList
from referrals.models.referrals import HANDED_OVER

WEEK_DAYS = 7
NOBODY = "nobody"


def _colleagues(unit):
    return tuple((one.code, str(one)) for one in colleagues_of(unit))


_kept_colleagues = Kept(_colleagues)


def colleagues(unit, asked=""):
    """(code, name) of those of a unit who may hold a case, as they were some seconds ago; whoever chooses one is asked
    again. `asked`: somebody who must be among them, if they are one."""
    wanted = asked not in ("", NOBODY, None)
    return _kept_colleagues(unit.pk, enough=lambda kept: not wanted or asked in dict(kept))


def _menu(label, choices=()):
    return forms.ChoiceField(required=False, label=label, choices=choices, widget=Menu)


class DeskFilter(StyledForm):
    """In the URL: nothing in here tells of one person."""

    need = _menu(_("需求类别"), [("", _("所有需求")), *NeedKind.choices])
    program = _menu(_("项目"))
    unit = _menu(_("单位"))
    area = _menu(_("对方所在地"))
    due = _menu(
        _("期限"),
        [("", _("不限期限")), ("late", _("已逾期")), ("today", _("今天到期")), ("week", _("七天内到期"))],
    )
    handler = _menu(_("经办人"))
    urgent = forms.BooleanField(required=False, label=_("只看加急"))
    mine = forms.BooleanField(required=False, label=_("只看我经办的"))
    led = forms.BooleanField(required=False, label=_("只看本单位牵头的"))
    sort = _menu(_("排序"), [("", _("先到期的在前")), ("newest", _("新来的在前"))])

    def __init__(self, data, *, staff, desk):
        super().__init__(data)
        self.staff, self.desk = staff, desk
        self.other, self.column = ("sender", "handler") if desk == desks.RECEIVED else ("receiver", "sender_handler")
        self._offer()
        for field in self.fields.values():
            field.widget.attrs["aria-label"] = field.label
        self.is_valid()

    def _offer(self):
        asked = self.data.get
        reasons, unit = desks.LIES_FOR[self.desk], self.staff.organization
        others = desk_choices.others_of(unit.pk, reasons, self.other, (asked("unit"), asked("area")))
        people = () if self.desk == desks.AREA else colleagues(unit, asked("handler"))
        offered = {
            "program": [("", _("所有项目")), *desk_choices.programs([asked("program")])],
            "unit": [("", _("所有单位")), *others.units],
            "area": [("", _("所有地方")), *others.areas],
            "handler": [("", _("所有经办人")), (NOBODY, _("还没有经办人")), *people],
        }
        for name, choices in offered.items():
            self.fields[name].choices = choices
        # What is offered here and now, as something to remember a drawing by.
        self.offered = others, tuple(offered["program"][1:]), people

    @property
    def is_narrow(self):
        return any(value for name, value in self.cleaned_data.items() if name != "sort")

    @property
    def is_bare(self):
        """Nothing is asked, not even wrongly."""
        return not set(self.data) & set(self.fields)

    def order_of(self, tab):
        """The clock's order only where every row has a clock."""
        return list(desks.NEWEST if self.cleaned_data.get("sort") else tab.order)

    def narrow(self, rows):
        """What is asked wrongly is not asked."""
        said = self.cleaned_data
        asked = self._by_day(said.get("due")) & self._by_hand(said)
        if said.get("need"):
            rows = rows.filter(pk__in=Referral.needs.through.objects.filter(need__kind=said["need"]).values("referral"))
        if said.get("program"):
            asked &= Q(program__code=said["program"])
        if said.get("unit"):
            asked &= Q(**{f"{self.other}__code": said["unit"]})
        if said.get("area"):
            area = Area.objects.get(code=said["area"])
            asked &= Q(**{f"{self.other}__in": Organization.objects.in_area(area)})
        if said.get("led"):
            asked &= HANDED_OVER if self.desk == desks.RECEIVED else ~HANDED_OVER
        if said.get("urgent"):
            asked &= ~Q(urgency=Urgency.NORMAL)
        return rows.filter(asked)

    @staticmethod
    def _by_day(due):
        today = timezone.localdate()
        days = {
            "late": Q(due_on__lt=today), "today": Q(due_on=today),
            "week": Q(due_on__range=(today, today + timedelta(days=WEEK_DAYS))),
        }  # fmt: skip
        return days.get(due, Q())

    def _by_hand(self, said):
        asked = Q(**{self.column: self.staff}) if said.get("mine") else Q()
        if said.get("handler") == NOBODY:
            return asked & Q(**{f"{self.column}__isnull": True})
        return asked & Q(**{f"{self.column}__code": said["handler"]}) if said.get("handler") else asked

    def kept(self, tab):
        """As it is saved: the tab and what of the filters is understood, and nothing else of the address."""
        query = self.data.copy()
        for name in set(query) - set(self.cleaned_data):
            del query[name]
        for name in [name for name in query if not self.cleaned_data.get(name)]:
            del query[name]
        query["tab"] = tab.code
        return query.urlencode()


class SaveListForm(StyledModelForm):
    class Meta:
        model = SavedList
        fields = ["name", "is_shared"]


class HandOnForm(StyledForm):
    """All cases of one colleague to another."""

    note = forms.CharField(label=_("说明"), max_length=300, required=False)

    def __init__(self, *args, staff, **kwargs):
        super().__init__(*args, **kwargs)
        field = colleague_field(_("交给"), staff.organization)
        field.queryset = field.queryset.exclude(pk=staff.pk)
        field.widget.attrs["class"] = "form-select"
        self.fields = {"successor": field, **self.fields}
