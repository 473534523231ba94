from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from members import archives, seals
from members.access import Refusal
from portal.lib.encryption import CannotOpen


class Command(BaseCommand):
    help = "核对审计链条，指出第一处断裂；有断裂时退出码为 1。"

    def add_arguments(self, parser):
        parser.add_argument("--anchor", action="append", default=[], metavar="序号:摘要", help="库外另存的锚点，可多次")
        parser.add_argument("--archives", action="store_true", dest="with_archives", help="同时逐行核对归档文件")

    def handle(self, *args, anchor, with_archives, **options):
        try:
            kept = {int(number): bytes.fromhex(mac) for number, mac in (text.split(":") for text in anchor)}
        except ValueError:
            raise CommandError("锚点的写法是 序号:摘要，例如 1024:9f…。") from None
        verdict = seals.verify(anchors=kept)
        sealed = timezone.localtime(verdict.sealed_at).strftime("%Y-%m-%d %H:%M:%S") if verdict.sealed_at else "—"
        self.stdout.write(
            f"封条 {verdict.links:,}，记录 {verdict.entries:,}（其中已归档 {verdict.archived:,}），"
            f"锚点 {verdict.anchors}，最后加封 {sealed}。"
        )
        if verdict.finding:
            raise CommandError(f"链条断裂：{verdict.finding.words}")
        if with_archives:
            self.read_archives()
        self.stdout.write("链条完整。")

    def read_archives(self):
        try:
            self.stdout.write(f"归档文件 {archives.verify_files():,} 行相符。")
        except (Refusal, CannotOpen, OSError) as trouble:
            raise CommandError(f"归档文件不符：{trouble}") from None
