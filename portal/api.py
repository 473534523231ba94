"""The API as a whole: what is mounted where, its OpenAPI document, and that document as a page."""

from functools import cache

from django.conf import settings
from django.shortcuts import render
from django.urls import include, path, re_path
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiJsonRenderer
from drf_spectacular.views import SpectacularAPIView

from members import api as members
from members.access import requires
from members.callers import NamedPermission
from members.rest import Nothing, Resource
from portal.lib import openapi
from portal.lib.api import PROBLEMS
from programs import api as programs
from programs import fund_api as funds
from programs import match_api as matching
from programs import supply_api as supply
from referrals import aid_api as aid
from referrals import batch_api as batches
from referrals import check_api as checks
from referrals import consent_api as consents
from referrals import document_api as documents
from referrals import fhir_api as fhir
from referrals import import_api as imports
from referrals import lead_api as leads
from referrals import move_api as moves
from referrals import need_api as needs
from referrals import people_api as people
from referrals import received_api as received
from referrals import referral_api as cases
from referrals import share_api as shares
from referrals import visit_api as visits

# What is mounted under /api/v1/, in the order of the document.
PARTS = (
    members, programs, funds, supply, matching, leads, imports, people, documents, needs, visits, checks, consents,
    received, cases, moves, aid, shares, batches, fhir,
)  # fmt: skip


@cache
def _document(_language):
    return SchemaGenerator().get_schema(request=None, public=True)


class Document(SchemaGenerator):
    """The document is the same for everybody who reads this language: it is put together once."""

    def get_schema(self, request=None, public=False):
        return _document(get_language())


class Schema(Resource, SpectacularAPIView):
    """The OpenAPI document, in the language that was asked for."""

    permission = "api.view"
    permission_classes = [NamedPermission]
    renderer_classes = [OpenApiJsonRenderer]
    generator_class = Document


def add_examples(result, generator, request, public):
    """A hook of drf-spectacular: what an answer looks like, in the document and on its page."""
    result["components"]["schemas"] |= matching.schemas()
    for part in PARTS:
        for name, example in getattr(part, "EXAMPLES", {}).items():
            result["components"]["schemas"][name]["example"] = example
    return result


@requires("api.view")
@require_GET
def docs(request):
    """The same document for people. Swagger's own page would need scripts that our security policy forbids."""
    document = _document(get_language())
    names = {"areas": _("行政区划"), "organizations": _("单位"), "me": _("本人")}
    names |= {"leads": _("线索")}
    names |= {"programs": _("项目目录"), "hsds": _("HSDS 3 目录"), "funds": _("基金与台账")}
    names |= {"offers": _("服务供给"), "activities": _("活动"), "match": _("匹配"), "wishes": _("微心愿")}
    names |= {"people-imports": _("名单导入"), "people": _("困难群众"), "needs": _("需求"), "visits": _("走访")}
    names |= {
        "checks": _("经济状况核对"),
        "consents": _("本人的同意"),
        "documents": _("材料"),
        "received": _("收到的个案信息"),
        "referrals": _("转介"),
        "referral-moves": _("转介的各步"),
        "aid": _("帮扶台账"),
        "shares": _("共享给第三方"),
        "batches": _("名册与公示"),
        "fhir": _("与其他平台交换（FHIR）"),
    }
    groups = openapi.as_page(document, settings.SITE_URL)
    shown = {
        "groups": [(tag, names.get(tag, tag), operations) for tag, operations in groups.items()],
        "document": document["info"],
        "problems": [(code, status, title) for code, (status, title) in PROBLEMS.items()],
        "rates": {name: rate.split("/") for name, rate in settings.API_RATES.items()},
        "body_limit": settings.API_BODY_LIMIT // 1024,
    }
    return render(request, "api_docs.html", shown)


app_name = "api"
urlpatterns = [
    path("docs/", docs, name="docs"),
    path("v1/schema/", Schema.as_view(), name="schema"),
    *[path("v1/", include(part.urlpatterns)) for part in PARTS],
    re_path(r"", Nothing.as_view(), name="nothing"),
]
