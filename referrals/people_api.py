"""People for other systems: found, registered, changed and verified by the rules of the screens, masked as on them.
Numbers in full are shown on no API. Mounted by portal/api.py under /api/v1/."""

from django.urls import path
from django.utils.translation import gettext as _g
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema, extend_schema_field, extend_schema_view
from rest_framework import exceptions, serializers
from rest_framework.response import Response

from members import audit
from members.kinds import Category
from members.rest import Resource, counts_once
from portal.lib import api, identity, masks
from referrals import finding, local_facts, minors
from referrals.actions import facts as fact_actions
from referrals.actions import people as actions
from referrals.facts import to_stored
from referrals.forms.people import PersonFilter
from referrals.kinds import (
    FamilyRelation,
    Gender,
    GuardianRelation,
    HardshipCause,
    HardshipLevel,
    IdentityKind,
    PersonFlag,
)
from referrals.models import Person
from referrals.permissions import may
from referrals.rest import AreaField, PhoneField, Unit, listed, made, opened, several, told_to, version_field, words

# So many times a caller may ask whether somebody is known: the answer tells of other units. As on the page.
ASKING = "60/600"


# -- what goes out ----------------------------------------------------------------------------------------------------
class Place(serializers.Serializer):
    code = serializers.CharField(help_text=_("区划代码。"))
    name = serializers.CharField(help_text=_("区划名称。"))

    class Meta:
        ref_name = "PlaceOfPerson"


class Relative(serializers.Serializer):
    code = serializers.CharField(help_text=_("编号。"))
    name = serializers.SerializerMethodField(help_text=_("姓名；没有批准查看的未成年人只有姓。"))
    relation = serializers.ChoiceField(FamilyRelation.choices, help_text=_("与户主关系。"))
    age = serializers.IntegerField(allow_null=True, help_text=_("周岁；不清楚时为 null。"))

    def get_name(self, person) -> str:
        return minors.shown_name(self.context["staff"], person)


class Guardian(serializers.Serializer):
    name = serializers.SerializerMethodField(help_text=_("姓名。"))
    relation = serializers.ChoiceField(GuardianRelation.choices, help_text=_("与本人的关系。"))

    class Meta:
        ref_name = "GuardianOfPerson"

    def get_name(self, held) -> str:
        return held.name if minors.tells_names(self.context["staff"]) else masks.mask_name(held.name)


class PersonRow(serializers.Serializer):
    code = serializers.CharField(help_text=_("困难群众的编号。"))
    name = serializers.SerializerMethodField(help_text=_("姓名；只做监督的、没有批准查看的未成年人只有姓。"))
    gender = serializers.ChoiceField(Gender.choices, allow_blank=True, help_text=_("性别；不清楚时为空。"))
    age = serializers.IntegerField(allow_null=True, help_text=_("周岁；不清楚时为 null。"))
    residence = Place(help_text=_("居住地。"))
    categories = serializers.SerializerMethodField(help_text=_("今天有效的对象类别。"))
    causes = several(HardshipCause.choices, _("致困原因。"))
    level = serializers.ChoiceField(HardshipLevel.choices, allow_blank=True, help_text=_("困难程度；不清楚时为空。"))
    flags = several(PersonFlag.choices, _("特殊情况。"))
    last_verified_on = serializers.DateField(help_text=_("最近核实。"))
    is_stale = serializers.BooleanField(help_text=_("超过半年没有核实。"))

    def get_name(self, person) -> str:
        return minors.shown_name(self.context["staff"], person)

    def get_categories(self, person) -> list[str]:
        return [one.category for one in person.held]


class PersonWhole(PersonRow):
    keeper = Unit(help_text=_("登记单位。"))
    relation = serializers.ChoiceField(FamilyRelation.choices, help_text=_("与户主关系。"))
    household = serializers.SerializerMethodField(help_text=_("同户的人，限您能看到的。"))
    guardians = serializers.SerializerMethodField(help_text=_("监护人。"))
    identity_kind = serializers.ChoiceField(IdentityKind.choices, help_text=_("证件类型。"))
    number = serializers.CharField(source="masked_number", help_text=_("证件号码，遮盖。"))
    is_identity_known = serializers.BooleanField(help_text=_("身份已查明。"))
    birth_date = serializers.DateField(allow_null=True, help_text=_("出生日期；不清楚时为 null。"))
    nationality = serializers.CharField(help_text=_("国籍；不清楚时为空。"))
    compatriot_origin = serializers.CharField(help_text=_("港澳台同胞：HK、MO、TW；由证件得出。"))
    registration = Place(allow_null=True, help_text=_("户籍地；不清楚时为 null。"))
    phone = serializers.CharField(source="masked_phone", help_text=_("电话，遮盖。"))
    address = serializers.SerializerMethodField(help_text=_("详细住址；不能修改的只见遮盖的。"))
    died_on = serializers.DateField(allow_null=True, help_text=_("死亡日期；在世为 null。"))
    version = serializers.IntegerField(help_text=_("版本；修改时须说明所改的是哪一版。"))

    @extend_schema_field(Relative(many=True))
    def get_household(self, person):
        staff = self.context["staff"]
        people = Person.objects.visible_to(staff).filter(household=person.household_id).exclude(pk=person.pk)
        return Relative(people.defer("name_keys").order_by("pk"), many=True, context=self.context).data

    @extend_schema_field(Guardian(many=True))
    def get_guardians(self, person):
        held = person.guardianships.open().select_related("guardian")
        return Guardian(held, many=True, context=self.context).data

    def get_address(self, person) -> str:
        if not person.address or may(self.context["staff"], "person.edit", person):
            return person.address
        return masks.MASKS["address"](person.address)


class FactRow(serializers.Serializer):
    name = serializers.CharField(help_text=_("事实的名称，与匹配接口相同。"))
    value = serializers.JSONField(help_text=_("值；金额和日期为文字。"))
    valid_on = serializers.DateField(help_text=_("截至日期。"))
    source = serializers.CharField(help_text=_("依据；没有时为空。"))
    verified_on = serializers.DateField(help_text=_("最近核实。"))
    is_stale = serializers.BooleanField(help_text=_("超过半年没有核实。"))

    class Meta:
        ref_name = "FactOfPerson"


class Facts(serializers.Serializer):
    results = FactRow(many=True, help_text=_("已经清楚的；不在里面的就是不清楚。"))

    class Meta:
        ref_name = "FactsOfPerson"


# -- what comes in ----------------------------------------------------------------------------------------------------
class PersonFilters(api.Filters):
    area = serializers.RegexField(r"^\d{12}$", required=False, help_text=_("只要住在这个区划里的。"))
    category = serializers.ChoiceField(Category.choices, required=False, help_text=_("对象类别。"))
    cause = serializers.ChoiceField(HardshipCause.choices, required=False, help_text=_("致困原因。"))
    level = serializers.ChoiceField(HardshipLevel.choices, required=False, help_text=_("困难程度。"))
    flag = serializers.ChoiceField(
        [one for one in PersonFilter.base_fields["flag"].choices if one[0]], required=False,
        help_text=_("特殊情况和人群。"),
    )  # fmt: skip
    state = serializers.ChoiceField(
        [one for one in PersonFilter.base_fields["state"].choices if one[0]], required=False,
        help_text=_("默认在世的。"),
    )  # fmt: skip


class Finding(api.StrictSerializer):
    text = words(finding.LONGEST, _("证件号码、电话（都要完整）、姓名里的字、拼音首字母或编号。"), required=True)


class PersonEdit(api.StrictSerializer):
    name = words(60, _("姓名。"))
    is_identity_known = serializers.BooleanField(required=False, help_text=_("身份已查明；默认 true。"))
    identity_kind = serializers.ChoiceField(IdentityKind.choices, required=False, help_text=_("证件类型；默认身份证。"))
    number = words(identity.MAX_LENGTH, _("证件号码；出生日期和性别由它得出。"), allow_blank=True)
    birth_date = serializers.DateField(required=False, allow_null=True, help_text=_("号码里没有时填。"))
    gender = serializers.ChoiceField(Gender.choices, required=False, allow_blank=True, help_text=_("号码里没有时填。"))
    nationality = serializers.RegexField(
        r"^([A-Z]{2})?$", required=False, allow_blank=True, help_text=_("国籍，两个字母；默认 CN。")
    )
    relation = serializers.ChoiceField(FamilyRelation.choices, required=False, help_text=_("与户主关系。"))
    residence = AreaField(required=False, help_text=_("居住地的区划代码，最好到村居。"))
    registration = AreaField(required=False, allow_null=True, help_text=_("户籍地的区划代码。"))
    address = words(200, _("详细住址。"), allow_blank=True)
    phone = PhoneField(required=False, allow_blank=True, help_text=_("电话。"))
    second_phone = PhoneField(required=False, allow_blank=True, help_text=_("备用电话。"))
    looks = words(300, _("体貌特征。"), allow_blank=True)
    bank = words(100, _("开户行。"), allow_blank=True)
    bank_code = words(20, _("行号。"), allow_blank=True)
    account = serializers.RegexField(r"^([0-9]{8,40})?$", required=False, allow_blank=True, help_text=_("银行账号。"))
    account_holder = words(60, _("户名。"), allow_blank=True)
    health_note = words(500, _("健康情况说明。"), allow_blank=True)
    remark = words(500, _("备注。"), allow_blank=True)
    died_on = serializers.DateField(required=False, allow_null=True, help_text=_("死亡日期。"))
    is_another = serializers.BooleanField(required=False, default=False, help_text=_("已经核对，不是同一个人。"))
    version = version_field()


class NewPerson(PersonEdit):
    name = words(60, _("姓名；身份不明的可以空着。"), allow_blank=True, required=True)
    residence = AreaField(help_text=_("居住地的区划代码，最好到村居。"))
    household = serializers.RegexField(
        r"^[a-z0-9]{1,12}$", required=False, help_text=_("加入谁的家庭：那个家庭里任一人的编号；不给就另立一户。")
    )
    died_on = version = None


class NewFacts(api.StrictSerializer):
    facts = serializers.DictField(
        child=serializers.JSONField(allow_null=True), allow_empty=False,
        help_text=_("名称和值，与匹配接口相同；null 为不再清楚。给了同样的值就是今天核实过。"),
    )  # fmt: skip
    source = words(120, _("依据：哪一份材料、谁说的。"), allow_blank=True)
    valid_on = serializers.DateField(required=False, help_text=_("截至日期，默认今天。"))


EXAMPLES = {
    "PersonRow": {
        "code": "w3f8r6t2nb", "name": "王某", "gender": "female", "age": 67,
        "residence": {"code": "230302001000", "name": "向阳街道"}, "categories": ["dibao"],
        "causes": ["major_illness"], "level": "severe", "flags": ["frail"], "last_verified_on": "2026-10-31",
        "is_stale": False,
    },
}  # fmt: skip


# -- views ------------------------------------------------------------------------------------------------------------
def page_of_people(request, people, asked):
    people = people.as_rows()
    return Response(listed(request, people, ["-pk"], asked, told_to(request.user, PersonRow)))


def answer_of(request, person, status=200):
    """The person as they are now; nothing of whoever has just moved out of sight."""
    seen = Person.objects.visible_to(request.user).as_rows().defer(None).select_related("keeper", "registration")
    fresh = seen.filter(pk=person.pk).first()
    if fresh is None:
        return Response(status=204)
    return made(fresh, PersonWhole(fresh, context={"staff": request.user}).data, status)


def paced(request):
    """Nobody asks a list of numbers: every answer may tell that another unit knows somebody."""
    if wait := api.count(f"person-asked:{request.user.pk}", ASKING):
        raise exceptions.Throttled(wait)


def told(staff, alike):
    """Whoever stands in the way: their code where they are in sight, elsewhere only whom to ask. It leaves a line."""
    counts = {"seen": [None, len(alike.found.seen)], "elsewhere": [None, len(alike.found.elsewhere)]}
    audit.record(staff, "person.alike", changes=counts)
    seen = [{"field": "", "code": "alike", "message": person.code} for person in alike.found.seen]
    elsewhere = [
        {"field": "", "code": "elsewhere",
         "message": _g("%(area)s的%(kind)s") % {"area": one.area, "kind": one.keeper_kind}}
        for one in alike.found.elsewhere
    ]  # fmt: skip
    return api.Problem("conflict", alike.message, [*seen, *elsewhere])


@extend_schema_view(
    get=extend_schema(
        operation_id="list_people", tags=["people"], summary=_("困难群众名单"), parameters=[PersonFilters],
        responses=api.page_serializer("PersonPage", PersonRow),
        description=_("您能看到的，新登记的在前。姓名和号码不放在地址里，请用 find。需要 person.view；看一页记一次。"),
    ),
    post=extend_schema(
        operation_id="register_person", tags=["people"], summary=_("登记困难群众"), request=NewPerson,
        responses={201: PersonWhole},
        description=_(
            "先核对有没有可能是同一人的：有时回答 409，errors 里是他们的编号；不在您范围内的只说由哪里登记。"
            "核对后不是同一人的，再发一次并给 is_another。需要 person.register。"
        ),
    ),
)  # fmt: skip
class People(Resource):
    permission = {"GET": "person.view", "POST": "person.register"}

    def get(self, request):
        asked = api.filters_of(request, PersonFilters)
        people = PersonFilter(asked).narrow(Person.objects.visible_to(request.user))
        return page_of_people(request, people, asked)

    @counts_once
    def post(self, request):
        said = dict(self.body_of(NewPerson))
        paced(request)
        relative = opened(request, said.pop("household"), "person.edit") if "household" in said else None
        is_another = said.pop("is_another")
        try:
            person = actions.register_person(
                request.user, said, household=relative and relative.household, is_another=is_another
            )
        except actions.Alike as alike:
            return self.handle_exception(told(request.user, alike))
        return answer_of(request, person, 201)


@extend_schema_view(
    post=extend_schema(
        operation_id="find_people", tags=["people"], summary=_("查找困难群众"), request=Finding,
        parameters=[api.Filters], responses=api.page_serializer("FoundPeoplePage", PersonRow),
        description=_("限您能看到的。找的词只放在内容里，不留在地址和日志中。需要 person.view。"),
    )
)  # fmt: skip
class FindPeople(Resource):
    permission = "person.view"

    def post(self, request):
        asked = api.filters_of(request, api.Filters)
        text = self.body_of(Finding)["text"]
        return page_of_people(request, finding.found(Person.objects.visible_to(request.user), text), asked)


@extend_schema_view(
    get=extend_schema(
        operation_id="retrieve_person", tags=["people"], summary=_("一个人的资料"), responses=PersonWhole,
        description=_("号码遮盖；未成年人须经批准。需要 person.view；看一次记一次。"),
    ),
    patch=extend_schema(
        operation_id="change_person", tags=["people"], summary=_("修改资料"), request=PersonEdit,
        responses={200: PersonWhole, 204: None}, description=_("只改给出的字段。需要 person.edit。"),
    ),
)  # fmt: skip
class OnePerson(Resource):
    permission = {"GET": "person.view", "PATCH": "person.edit"}

    def get(self, request, code):
        person = opened(request, code)
        return api.tagged(request, person, answer_of(request, person).data)

    def patch(self, request, code):
        person = opened(request, code, "person.edit")
        said = dict(self.body_of(PersonEdit))
        paced(request)
        version = api.expected_version(request, person, said)
        said.pop("version", None)
        is_another = said.pop("is_another")
        try:
            changed = actions.change_person(request.user, person, version, said, is_another=is_another)
        except actions.Alike as alike:
            return self.handle_exception(told(request.user, alike))
        return answer_of(request, changed)


@extend_schema_view(
    post=extend_schema(
        operation_id="verify_person", tags=["people"], summary=_("核实过，没有变化"), request=None,
        responses=PersonWhole, description=_("资料和各项情况都记为今天核实。需要 person.edit。"),
    )
)  # fmt: skip
class VerifyPerson(Resource):
    permission = "person.edit"

    @counts_once
    def post(self, request, code):
        person = opened(request, code, "person.edit")
        actions.verify_person(request.user, person)
        return answer_of(request, person)


@extend_schema_view(
    get=extend_schema(
        operation_id="list_facts", tags=["people"], summary=_("一个人的各项情况"), responses=Facts,
        description=_("需要 person.view；看一次记一次。"),
    ),
    post=extend_schema(
        operation_id="record_facts", tags=["people"], summary=_("登记情况"), request=NewFacts, responses=Facts,
        description=_("旧的值保留。需要 person.edit。"),
    ),
)  # fmt: skip
class PersonFacts(Resource):
    permission = {"GET": "person.view", "POST": "person.edit"}

    def get(self, request, code):
        return Response(self._told(opened(request, code)))

    @counts_once
    def post(self, request, code):
        person = opened(request, code, "person.edit")
        said = self.body_of(NewFacts)
        fact_actions.record_facts(
            request.user, person, said["facts"], source=said.get("source", ""), valid_on=said.get("valid_on")
        )
        return Response(self._told(person))

    @staticmethod
    def _told(person):
        known = local_facts.vocabulary()
        rows = [fact for fact in person.facts.standing().order_by("name") if fact.name in known]
        for fact in rows:
            fact.value = to_stored(fact.known)
        return Facts({"results": rows}).data


urlpatterns = [
    path("people/", People.as_view(), name="people"),
    path("people/find/", FindPeople.as_view(), name="find_people"),
    path("people/<slug:code>/", OnePerson.as_view(), name="person"),
    path("people/<slug:code>/verify/", VerifyPerson.as_view(), name="verify_person"),
    path("people/<slug:code>/facts/", PersonFacts.as_view(), name="person_facts"),
]
