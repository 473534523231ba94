"""The yearly audit of how minors' data was handled (未成年人网络保护条例 §37): counts and approvals, nobody's name."""

import csv

from django.core.management.base import BaseCommand
from django.utils import timezone

from referrals.minor_reports import report_of


class Command(BaseCommand):
    help = "Write the yearly report on access to minors' cases, as CSV."

    def add_arguments(self, parser):
        parser.add_argument("--year", type=int, default=timezone.localdate().year)
        parser.add_argument("--output", help="a file instead of the terminal")

    def handle(self, *, year, output, **options):
        report = report_of(year)
        if not output:
            self.write_rows(csv.writer(self.stdout, lineterminator="\n"), report)
            return
        with open(output, "w", newline="", encoding="utf-8-sig") as target:
            self.write_rows(csv.writer(target), report)

    @staticmethod
    def write_rows(writer, report):
        writer.writerow(["未成年人个人信息处理情况年度审计", report.year])
        for label, number in report.figures:
            writer.writerow([label, number])
        writer.writerow([])
        writer.writerow(["编号", "单位", "人员", "范围", "原因", "申请时间", "结果", "答复人", "有效期至", "查看次数"])
        writer.writerows(report.rows)
