"""Of units, staff and what they keep."""

import itertools
from datetime import date, timedelta
from io import BytesIO

from django.contrib.auth.models import Permission
from django.utils import timezone

from members.actions.invitations import invite_staff
from members.actions.relations import declare_relation
from members.kinds import Grantable
from members.models import (
    Agreement,
    ApiToken,
    Area,
    AreaImport,
    ContactPost,
    Deputy,
    Job,
    JointBody,
    Organization,
    OrganizationGrant,
    OrganizationRelation,
    PolicyDocument,
    Prospect,
    RegionalProfile,
    RoleAssignment,
    Seat,
    Staff,
    Webhook,
)
from members.webhooks import EVENTS, new_secret
from portal.lib import identity, uploads

PASSWORD = "Correct-Horse-9"  # noqa: S105 - a test's


numbers = itertools.count(1)


def make_area(code="230302000000", name="甲区", level="county", parent=None, **values):
    """An area with its columns of ancestors, taken from the code; an existing one is returned as it is."""
    values = area_values(code, name, level, parent) | values
    return Area.objects.filter(code=code).first() or Area.objects.create(**values)


def area_values(code, name, level, parent):
    return {
        "code": code, "name": name, "level": level, "parent": parent, "source": "test",
        "province": code[:2] + "0" * 10,
        "city": code[:4] + "0" * 8 if level not in {"province"} else "",
        "county": code[:6] + "0" * 6 if level in {"county", "town", "village"} else "",
        "town": code[:9] + "0" * 3 if level in {"town", "village"} else "",
    }  # fmt: skip


def make_area_import(staff, rows=(("230302002000", "甲区二街道", ""),), **values):
    values = {"file_name": "areas.csv", "content": b"", "source": "test", **values}
    numbered = [[number, list(row)] for number, row in enumerate(rows, start=2)]
    return AreaImport.objects.create(rows=numbered, uploaded_by=staff, **values)


def make_organization(name=None, kind="other_charity", area=None, **values):
    area = area or make_area()
    values = {"level": area.level, **values}
    return Organization.objects.create(name=name or f"机构{next(numbers)}", kind=kind, area=area, **values)


def make_contact_post(organization, **values):
    return ContactPost.objects.create(organization=organization, **{"title": "社会救助股", **values})


def make_affiliation(organization, other, kind="hub", **values):
    return OrganizationRelation.objects.create(organization=organization, other=other, kind=kind, **values)


def make_grant(organization, user, permission="organization.edit", **values):
    """Live for a week, unless the values say otherwise."""
    now = timezone.now()
    values = {"reason": "测试", "given_by": make_staff(organization=organization), "given_at": now, **values}
    values = {"expires_at": now + timedelta(days=7), **values}
    permission = Permission.objects.get(codename=Grantable(permission).codename)
    return OrganizationGrant.objects.create(user=user, permission=permission, content_object=organization, **values)


def make_agreement(party_a, party_b=None, **values):
    party_b = party_b or make_organization(kind="hospital", area=party_a.area)
    values = {"title": f"协议{next(numbers)}", **values}
    return Agreement.objects.create(party_a=party_a, party_b=party_b, **values)


def make_joint_body(lead, kind="joint_body", **values):
    values = {"name": f"联合体{next(numbers)}", "area": lead.area, **values}
    joint_body = JointBody.objects.create(kind=kind, **values)
    Seat.objects.create(joint_body=joint_body, organization=lead, role="lead")
    return joint_body


def make_prospect(owner, **values):
    values = {"name": f"爱心企业{next(numbers)}", "kind": "company", "area": owner.area, **values}
    return Prospect.objects.create(owner=owner, **values)


def new_staff(name=None, organization=None, **values):
    """Somebody with a password who is not stored yet."""
    number = next(numbers)
    staff = Staff(
        username=values.pop("username", f"person{number}"),
        name=name or f"演示人员{number}",
        organization=organization or make_organization(),
        **values,
    )
    staff.set_password(PASSWORD)
    return staff


def make_staff(name=None, organization=None, roles=(), **values):
    staff = new_staff(name, organization, **values)
    staff.save()
    for role in roles:
        make_role(staff, role)
    return staff


def make_role(staff, role):
    return RoleAssignment.objects.create(staff=staff, role=role, confirmed_at=timezone.now())


def make_policy(area=None, **values):
    values = {"title": f"文件{next(numbers)}", **values}
    return PolicyDocument.objects.create(area=area or make_area(), **values)


def make_profile(area=None, valid_from="2024-01-01", **values):
    return RegionalProfile.objects.create(area=area or make_area(), valid_from=date.fromisoformat(valid_from), **values)


def make_job(owner, kind="audit.export", result=None, **values):
    """A job as it stands in its row; with a result, done and with a file."""
    if result is not None:
        values = {
            "state": "done",
            "file": uploads.store_stream(BytesIO(result.encode())),
            "file_name": "结果.csv",
            "file_size": len(result.encode()),
            "finished_at": timezone.now(),
            "expires_at": timezone.now() + timedelta(days=7),
            **values,
        }
    return Job.objects.create(owner=owner, organization=owner.organization, kind=kind, **values)


def make_token(staff, scopes=("area.view", "organization.view"), **values):
    """A token that its person has not accepted yet."""
    values = {"made_by": staff, "name": "对接", "expires_at": timezone.now() + timedelta(days=30), **values}
    return ApiToken.objects.create(organization=staff.organization, staff=staff, scopes=list(scopes), **values)


def make_webhook(organization, address="https://example.org/hook", **values):
    values = {
        "events": sorted(EVENTS),
        "secret": new_secret(),
        "made_by": make_staff(organization=organization),
        **values,
    }
    return Webhook.objects.create(organization=organization, address=address, **values)


def make_invitation(inviter, organization=None, **values):
    """The invitation and the token of its link."""
    values = {"label": "新同事", **values}
    return invite_staff(inviter, organization or inviter.organization, **values)


def make_relation(staff, **values):
    return declare_relation(staff, **{"name": "某亲属", "relation": "sibling", **values})


def make_deputy(staff, deputy, since=None, until=None, set_by=None):
    since = since or timezone.localdate()
    values = {"since": since, "until": until or since, "reason": "出差", "set_by": set_by or staff}
    return Deputy.objects.create(staff=staff, deputy=deputy, **values)


def a_number(born="1980-01-01", gender="female", region="999999"):
    """A resident number of the demo region that nobody else of the test has."""
    order = next(numbers) * 2 % 1000 + (gender == "male")
    first = f"{region}{born.replace('-', '')}{order:03d}"
    return first + identity.check_digit(first)
