"""manage.py renew_fact_sheets: every nameless fact sheet anew, after a change of vocabulary or a restored backup."""

from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _

from programs.actions.fits import count_fits
from referrals.actions.fact_sheets import renew_all, renew_due


class Command(BaseCommand):
    help = "重写全部不具名的事实表，并重新统计各项目的符合人数。分批进行，可以随时中断后再来。"

    def add_arguments(self, parser):
        parser.add_argument("--due", action="store_true", help="只重写到期的：类别失效、满岁数、还没有表的人")

    def handle(self, *, due, **options):
        number = renew_due() if due else renew_all()
        count_fits()
        self.stdout.write(_("已重写 %s 份。") % number)
