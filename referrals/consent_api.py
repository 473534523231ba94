"""Consents for other systems: asked, answered, taken back and listed by the rules of the screens. What was agreed to
opens nothing by itself: receivers read through referrals.disclosure. Mounted by portal/api.py under /api/v1/."""

from dataclasses import dataclass

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.shortcuts import get_object_or_404
from django.urls import path
from django.utils.translation import gettext as _g
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.response import Response

from members import audit
from members.kinds import OrganizationKind
from members.models import Organization
from members.rest import Resource, counts_once
from portal.lib import api
from referrals import consents_shown, minors
from referrals.actions import consents as actions
from referrals.consent_papers import paper_of
from referrals.coverage import Rule
from referrals.forms.consents import CLASSES
from referrals.items import ITEMS, Purpose
from referrals.kinds import GuardianRelation
from referrals.models import Consent, ConsentWithdrawal, Person
from referrals.permissions import may
from referrals.rest import AreaField, FileField, Unit, made, opened, several, version_field, words

ITEM_CHOICES = [(item.code, item.label) for item in ITEMS.values()]
STANDINGS = [(name, label) for name, (label, _color) in consents_shown.STANDINGS.items()]
# Of those a screen offers, all but the drawing: whoever signs does so on paper or on our own page.
FORMS = [(Consent.Form.SIGNED.value, Consent.Form.SIGNED.label), (Consent.Form.ORAL.value, Consent.Form.ORAL.label)]
CHANNELS = [one for one in ConsentWithdrawal.Channel.choices if one[0] != "online"]
MOST_RECIPIENTS = 20


# -- what goes out ----------------------------------------------------------------------------------------------------
class Class(serializers.Serializer):
    """A class of units instead of names."""

    kinds = several(OrganizationKind.choices, _("单位类型。"), required=True)
    area = serializers.CharField(allow_blank=True, help_text=_("在哪个区划；十二位代码。"))

    class Meta:
        ref_name = "ConsentClass"


class TakenBack(serializers.Serializer):
    recipient = Unit(allow_null=True, help_text=_("不再给这个单位；null 为对所有单位。"))
    items = several(ITEM_CHOICES, _("不再提供的内容；空着为全部。"))
    channel = serializers.ChoiceField(ConsentWithdrawal.Channel.choices, help_text=_("途径。"))
    at = serializers.DateTimeField(help_text=_("什么时候撤回。"))


class ConsentRow(serializers.Serializer):
    code = serializers.CharField(source="consent.code", help_text=_("同意的编号。"))
    person = serializers.CharField(source="consent.person.code", help_text=_("困难群众的编号。"))
    organization = Unit(source="consent.organization", help_text=_("征求同意的单位。"))
    purpose = serializers.ChoiceField(Purpose.choices, source="consent.purpose", help_text=_("用途。"))
    standing = serializers.ChoiceField(STANDINGS, help_text=_("现在的状况。"))
    items = several(ITEM_CHOICES, _("写明的一般内容。"), source="consent.items")
    sensitive_items = several(ITEM_CHOICES, _("单独同意的敏感内容。"), source="consent.sensitive_items")
    recipients = Unit(many=True, source="named", help_text=_("写明的单位。"))
    recipient_class = Class(allow_null=True, help_text=_("或者一类单位；没有时为 null。"))
    items_left = serializers.SerializerMethodField(help_text=_("现在还可以提供的内容。"))
    recipients_left = Unit(many=True, source="units", help_text=_("现在还可以提供给的单位。"))
    valid_from = serializers.DateField(source="consent.valid_from", help_text=_("生效日期。"))
    valid_until = serializers.DateField(source="consent.valid_until", help_text=_("有效期至。"))
    form = serializers.ChoiceField(
        Consent.Form.choices, source="consent.form", allow_blank=True, help_text=_("同意的形式；没有答复时为空。")
    )
    giver = serializers.ChoiceField(
        Consent.Giver.choices, source="consent.giver", allow_blank=True, help_text=_("由谁同意；没有答复时为空。")
    )
    relation = serializers.ChoiceField(
        GuardianRelation.choices, source="consent.relation", allow_blank=True, help_text=_("监护人是本人的；没有时空。")
    )
    signed_on = serializers.DateField(
        source="consent.signed_on", allow_null=True, help_text=_("答复日期；没有答复时为 null。")
    )
    wording = serializers.CharField(source="consent.wording.code", help_text=_("用的哪一版告知书。"))
    digest = serializers.CharField(source="consent.digest", help_text=_("答复时的摘要；没有答复时为空。"))
    withdrawals = TakenBack(many=True, source="consent.withdrawals.all", help_text=_("撤回过什么。"))
    version = serializers.IntegerField(source="consent.version", help_text=_("版本；修改、答复时须说明是哪一版。"))

    class Meta:
        ref_name = "ConsentRow"

    def get_items_left(self, line) -> list[str]:
        return [item.code for item in line.items]


@dataclass(frozen=True)
class Shown:
    """A line of consents_shown beside the units it names."""

    line: object
    named: list

    @property
    def recipient_class(self):
        return self.consent.recipient_rule

    def __getattr__(self, name):
        return getattr(self.line, name)


def shown(consents):
    return [
        Shown(line, [one.organization for one in line.consent.recipients.all()])
        for line in consents_shown.lines(consents)
    ]


class Rows:
    """The rows of a page are put into shape together."""

    def __init__(self, rows, many):
        self.data = ConsentRow(shown(rows), many=True).data


class Paper(serializers.Serializer):
    code = serializers.CharField(help_text=_("同意的编号。"))
    check = serializers.CharField(
        allow_blank=True, help_text=_("校验码，印在告知书上；凭它和编号可以查看、撤回，只给可以征求同意的人。")
    )
    paper = serializers.DictField(help_text=_("告知书的全部文字：各段、单位、内容、有效期、声明。"))

    class Meta:
        ref_name = "ConsentPaper"


# -- what comes in ----------------------------------------------------------------------------------------------------
class ClassAsked(api.StrictSerializer):
    kinds = several([(kind, OrganizationKind(kind).label) for kind in sorted(CLASSES)], _("单位类型。"), required=True)
    area = AreaField(help_text=_("在哪个区划；十二位代码。"))


class ScopeAsked(api.StrictSerializer):
    recipients = serializers.ListField(
        child=serializers.RegexField(r"^[a-z0-9]{1,12}$"), required=False, max_length=MOST_RECIPIENTS,
        help_text=_("给哪些单位；单位编号。"),
    )  # fmt: skip
    recipient_class = ClassAsked(required=False, allow_null=True, help_text=_("或者一类单位；发送时确定是哪一家。"))
    items = several(ITEM_CHOICES, _("一般内容；敏感的不能放在这里。"))
    sensitive_items = several(ITEM_CHOICES, _("敏感内容，逐项单独同意。"))
    until = serializers.DateField(help_text=_("有效期至；最长三年。"))

    def validate_recipients(self, value):
        found = {one.code: one for one in Organization.objects.active().filter(code__in=value)}
        if missing := [code for code in value if code not in found]:
            raise serializers.ValidationError(_g("没有这些单位：%(codes)s") % {"codes": "、".join(missing)})
        return [found[code] for code in dict.fromkeys(value)]

    def scope(self, said):
        """What the action takes."""
        asked = said.get("recipient_class")
        return {
            "recipients": said.get("recipients", []),
            "rule": Rule(frozenset(asked["kinds"]), asked["area"].code) if asked and asked["kinds"] else None,
            "items": said.get("items", []),
            "sensitive_items": said.get("sensitive_items", []),
            "until": said["until"],
        }


class NewConsent(ScopeAsked):
    purpose = serializers.ChoiceField(Purpose.choices, help_text=_("用途；一份同意只有一个用途。"))
    reopened_reason = words(200, _("以前表示过不同意、现在本人主动提出的，写明情况。"), allow_blank=True)


class ScopeEdit(ScopeAsked):
    version = version_field()


class Answer(api.StrictSerializer):
    explained = several(actions.Explained.choices, _("逐项讲明过的；有一项没有讲就不算告知。"), required=True)
    language = serializers.ChoiceField(
        Consent.Language.choices, required=False, default=Consent.Language.MANDARIN, help_text=_("讲解使用的语言。")
    )
    giver = serializers.ChoiceField(Consent.Giver.choices, help_text=_("由谁同意；未成年人由监护人。"))
    giver_name = words(60, _("同意的人的姓名；不是本人同意的必填。"), allow_blank=True)
    giver_phone = words(40, _("监护人或代理人的电话。"), allow_blank=True)
    relation = serializers.ChoiceField(
        GuardianRelation.choices, required=False, allow_blank=True, help_text=_("监护人是本人的。")
    )
    authority = words(200, _("委托或监护的依据。"), allow_blank=True)
    second_giver_name = words(60, _("另一位监护人的姓名。"), allow_blank=True)
    is_signed_by_minor = serializers.BooleanField(
        required=False, default=False, help_text=_("未成年人本人也已同意并签字（满 14 周岁）。")
    )
    alone_reason = words(200, _("本人不能签字的原因。"), allow_blank=True)
    form = serializers.ChoiceField(FORMS, help_text=_("同意的形式。"))
    check = words(20, _("签字纸上的校验码；书面签字的必填。"), allow_blank=True)
    file = FileField(required=False, allow_null=True, help_text=_("签好字的告知书；书面签字的必填。"))
    witness_name = words(60, _("见证人姓名；口头同意的必填。"), allow_blank=True)
    witness_post = words(60, _("见证人身份。"), allow_blank=True)
    signed_on = serializers.DateField(help_text=_("答复日期。"))
    version = version_field()


class Refusing(api.StrictSerializer):
    signed_on = serializers.DateField(required=False, help_text=_("答复日期，默认今天。"))
    reason = words(500, _("本人说的原因；不必说明，不追问。"), allow_blank=True)
    version = version_field()


class TakingBack(api.StrictSerializer):
    recipients = serializers.ListField(
        child=serializers.RegexField(r"^[a-z0-9]{1,12}$"), required=False, max_length=MOST_RECIPIENTS * 3,
        help_text=_("不再给这些单位；空着为对所有单位。"),
    )  # fmt: skip
    items = several(ITEM_CHOICES, _("不再提供这些内容；空着为全部内容。"))
    channel = serializers.ChoiceField(CHANNELS, help_text=_("途径。"))
    reason = words(500, _("说明；本人不必说明理由。"), allow_blank=True)

    def validate_recipients(self, value):
        found = list(Organization.objects.filter(code__in=value))
        if len(found) != len(set(value)):
            raise serializers.ValidationError(_g("有的单位编号不存在。"))
        return found


EXAMPLES = {
    "ConsentRow": {
        "code": "k7m2p9x4ht", "person": "w3f8r6t2nb", "organization": {"code": "m4", "name": "向阳街道办事处"},
        "purpose": "refer_to_org", "standing": "in_force", "items": ["name", "needs"],
        "sensitive_items": ["diagnosis"], "recipients": [{"code": "h8", "name": "某区慈善会"}],
        "recipient_class": None, "items_left": ["name", "needs", "diagnosis"],
        "recipients_left": [{"code": "h8", "name": "某区慈善会"}], "valid_from": "2026-11-20",
        "valid_until": "2027-11-19", "form": "oral", "giver": "self", "relation": "", "signed_on": "2026-11-20",
        "wording": "q5", "digest": "0" * 64, "withdrawals": [], "version": 3,
    },
}  # fmt: skip


# -- views ------------------------------------------------------------------------------------------------------------
def consents():
    rows = Consent.objects.select_related("person__keeper__area", "person__residence", "organization__area", "wording")
    return rows.select_related("begun_by", "person__merged_into").with_terms().prefetch_related(
        "recipients__organization", "withdrawals__recipient"
    )  # fmt: skip


def found(request, code, permission="consent.view"):
    """404 for the consent of somebody out of sight, 403 where it is seen but not to be touched."""
    people = Person.objects.visible_to(request.user)
    rows = consents()
    consent = get_object_or_404(rows.filter(person__in=people) | rows.filter(person__merged_into__in=people), code=code)
    person = consent.person.merged_into or consent.person
    if not may(request.user, permission, person):
        raise PermissionDenied
    minors.require(request.user, person)
    audit.record(request.user, "person.view", person, organization=person.keeper, reason=_g("同意（接口）"))
    return consent


def answer_of(consent, status=200):
    fresh = consents().get(pk=consent.pk)
    return made(fresh, ConsentRow(shown([fresh])[0]).data, status)


@extend_schema_view(
    get=extend_schema(
        operation_id="list_consents", tags=["consents"], summary=_("一个人的同意"), parameters=[api.Filters],
        responses=api.page_serializer("ConsentPage", ConsentRow),
        description=_("新的在前，包括不同意的。需要 consent.view；看一次记一次。"),
    ),
    post=extend_schema(
        operation_id="begin_consent", tags=["consents"], summary=_("征求同意"), request=NewConsent,
        responses={201: ConsentRow},
        description=_(
            "写成一份待答复的告知书，用 paper 取文字打印，答复后用 give 或 refuse 登记。"
            "本人表示过不同意的不能再问，除非本人主动提出。需要 consent.record。"
        ),
    ),
)  # fmt: skip
class Consents(Resource):
    permission = {"GET": "consent.view", "POST": "consent.record"}

    def get(self, request, code):
        asked = api.filters_of(request, api.Filters)
        person = opened(request, code, "consent.view", reason=_g("同意（接口）"))
        rows = Consent.objects.filter(pk__in=Consent.objects.of(person).values("pk"))
        return Response(api.page_of(request, consents().filter(pk__in=rows), ["-pk"], asked, Rows))

    @counts_once
    def post(self, request, code):
        person = opened(request, code, "consent.record", reason=_g("同意（接口）"))
        serializer = NewConsent(data=request.data)
        serializer.is_valid(raise_exception=True)
        said = serializer.validated_data
        with transaction.atomic():
            draft = actions.begin_consent(
                request.user, person, said["purpose"], reopened_reason=said.get("reopened_reason", "")
            )
            consent = actions.save_scope(request.user, draft, draft.version, **serializer.scope(said))
        return answer_of(consent, 201)


@extend_schema_view(
    get=extend_schema(
        operation_id="retrieve_consent", tags=["consents"], summary=_("一份同意"), responses=ConsentRow,
        description=_("需要 consent.view。"),
    ),
    patch=extend_schema(
        operation_id="scope_consent", tags=["consents"], summary=_("改写单位、内容和有效期"), request=ScopeEdit,
        responses=ConsentRow,
        description=_("只在答复以前；整份重写，校验码随之更换，以前打印的作废。需要 consent.record。"),
    ),
)  # fmt: skip
class OneConsent(Resource):
    permission = {"GET": "consent.view", "PATCH": "consent.record"}

    def get(self, request, code):
        consent = found(request, code)
        return api.tagged(request, consent, ConsentRow(shown([consent])[0]).data)

    def patch(self, request, code):
        consent = found(request, code, "consent.record")
        serializer = ScopeEdit(data=request.data)
        serializer.is_valid(raise_exception=True)
        said = serializer.validated_data
        version = api.expected_version(request, consent, said)
        return answer_of(actions.save_scope(request.user, consent, version, **serializer.scope(said)))


@extend_schema_view(
    get=extend_schema(
        operation_id="consent_paper", tags=["consents"], summary=_("告知书的文字"), responses=Paper,
        description=_("答复以前是现在这一稿，答复以后是当时那一稿。需要 consent.view。"),
    )
)  # fmt: skip
class OnePaper(Resource):
    permission = "consent.view"

    def get(self, request, code):
        consent = found(request, code)
        audit.record(request.user, "consent.print", consent, organization=consent.person.keeper)
        check = consent.paper_check if may(request.user, "consent.record", consent.person) else ""
        return Response(Paper({"code": consent.code, "check": check, "paper": paper_of(consent)}).data)


class _Deed(Resource):
    """One verb on one consent."""

    permission = "consent.record"
    asks = None

    @counts_once
    def post(self, request, code):
        consent = found(request, code, self.permission)
        said = dict(self.body_of(self.asks))
        self.act(request, consent, said)
        return answer_of(consent)

    def act(self, request, consent, said):
        raise PermissionDenied


@extend_schema_view(
    post=extend_schema(
        operation_id="give_consent", tags=["consents"], summary=_("登记同意"), request=Answer, responses=ConsentRow,
        description=_(
            "与网页同样的规则：每项都要讲明；书面签字要校验码和扫描件，口头同意要见证人；"
            "未满 14 周岁由监护人，14 至 17 周岁本人和监护人。登记后不能再改。需要 consent.record。"
        ),
    )
)  # fmt: skip
class GiveConsent(_Deed):
    asks = Answer
    parser_classes = [api.JSONWithFiles]

    def act(self, request, consent, said):
        version = api.expected_version(request, consent, said)
        file = said.pop("file", None)
        actions.give_consent(request.user, consent, version, said, file)


@extend_schema_view(
    post=extend_schema(
        operation_id="refuse_consent", tags=["consents"], summary=_("登记不同意"), request=Refusing,
        responses=ConsentRow,
        description=_("保留记录，以后不再征求；不影响依法申请政府救助。需要 consent.record。"),
    )
)  # fmt: skip
class RefuseConsent(_Deed):
    asks = Refusing

    def act(self, request, consent, said):
        version = api.expected_version(request, consent, said)
        actions.refuse_consent(request.user, consent, version, said.get("reason", ""), said.get("signed_on"))


@extend_schema_view(
    post=extend_schema(
        operation_id="withdraw_consent", tags=["consents"], summary=_("撤回同意"), request=TakingBack,
        responses=ConsentRow,
        description=_("马上生效：接收单位不能再看。单位和内容都空着就是全部撤回。需要 consent.withdraw。"),
    )
)  # fmt: skip
class WithdrawConsent(_Deed):
    permission = "consent.withdraw"
    asks = TakingBack

    def act(self, request, consent, said):
        actions.withdraw_consent(
            request.user, consent, recipients=said.get("recipients", []), items=said.get("items", []),
            channel=said["channel"], reason=said.get("reason", ""),
        )  # fmt: skip


urlpatterns = [
    path("people/<slug:code>/consents/", Consents.as_view(), name="consents"),
    path("consents/<slug:code>/", OneConsent.as_view(), name="consent"),
    path("consents/<slug:code>/paper/", OnePaper.as_view(), name="consent_paper"),
    path("consents/<slug:code>/give/", GiveConsent.as_view(), name="give_consent"),
    path("consents/<slug:code>/refuse/", RefuseConsent.as_view(), name="refuse_consent"),
    path("consents/<slug:code>/withdraw/", WithdrawConsent.as_view(), name="withdraw_consent"),
]
