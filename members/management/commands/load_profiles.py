import json
from datetime import date
from pathlib import Path

from django.core.management.base import BaseCommand
from django.utils import timezone

from members.actions.profiles import load_profile
from members.models import Area, PolicyDocument

SHIPPED = Path(__file__).resolve().parent.parent.parent / "data" / "profiles.json"


class Command(BaseCommand):
    help = "Settings of the five regions whose documents are shipped. Areas that have settings already keep them."

    def handle(self, **options):
        new = 0
        for entry in json.loads(SHIPPED.read_text()):
            code = entry.pop("area")
            area = Area.objects.filter(code=code).first()
            if area is None:
                self.stdout.write(f"跳过 {code}：区划表中没有这个区划。")
                continue
            policy = PolicyDocument.objects.filter(shipped_as=entry.pop("policy")).first()
            printed = entry.pop("valid_from")
            valid_from = date.fromisoformat(printed) if printed else timezone.localdate()
            new += load_profile(area, valid_from, {**entry, "policy": policy})
        self.stdout.write(f"地区参数：新装入 {new} 个地区。")
