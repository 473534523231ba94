from datetime import date

from django.core.management.base import BaseCommand, CommandError

from members import archives
from members.access import Refusal


class Command(BaseCommand):
    help = "把某日之前的整月审计记录写成归档文件；超过保存期限的月份在核对无误后移出数据库。"

    def add_arguments(self, parser):
        parser.add_argument("--before", required=True, type=date.fromisoformat, metavar="年-月-日")

    def handle(self, *args, before, **options):
        try:
            done = archives.archive_before(before)
        except Refusal as refusal:
            raise CommandError(str(refusal)) from None
        for month in done:
            fate = "已移出数据库" if month.is_dropped else "仍在保存期限内，保留在数据库"
            self.stdout.write(
                f"{month.month:%Y-%m}：{month.rows:,} 条，文件 {month.file}，校验和 {month.checksum}，{fate}。"
            )
        if not done:
            self.stdout.write(f"{before} 之前没有可归档的整月。")
