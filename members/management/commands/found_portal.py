"""The first three administrators of an empty installation."""

from django.core.management.base import BaseCommand, CommandError

from members.access import Refusal
from members.actions.founding import found_portal
from members.kinds import OrganizationKind
from members.models import Area

# Their duties exclude each other, so they are three people from the first day on.
LOGINS = {"system_admin": ("system", "系统管理员"), "security_admin": ("security", "安全管理员"),
          "audit_admin": ("audit", "审计管理员")}  # fmt: skip


class Command(BaseCommand):
    help = "Makes the first unit and its system, security and audit administrators; prints their first passwords once."

    def add_arguments(self, parser):
        parser.add_argument("unit", help="name of the first unit, for instance 某某市民政局")
        parser.add_argument("area", help="its area: a code of six or twelve digits")
        parser.add_argument("--kind", default="civil_affairs", choices=OrganizationKind.values)

    def handle(self, *, unit, area, kind, **options):
        found = Area.objects.filter(code=area.ljust(12, "0")).first()
        if found is None:
            raise CommandError(f"区划表中没有 {area}；请先运行 load_areas，或核对代码。")
        try:
            made = found_portal(unit, kind, found, LOGINS)
        except Refusal as refusal:
            raise CommandError(refusal.message) from None
        self.stdout.write("三位管理员的首次登录密码，只显示这一次；登录后须立即修改，并设置第二重验证：")
        for staff, password in made:
            self.stdout.write(f"  {staff.name}  {staff.username}  {password}")
