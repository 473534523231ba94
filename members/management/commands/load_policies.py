import json
from pathlib import Path

from django.core.management.base import BaseCommand

from members.actions.policies import load_policy
from members.models import Area

SHIPPED = Path(__file__).resolve().parent.parent.parent / "data" / "policies.json"


class Command(BaseCommand):
    help = "Put the shipped policy documents into the library. What is there already stays as people left it."

    def handle(self, **options):
        new = 0
        for entry in json.loads(SHIPPED.read_text()):
            area = Area.objects.filter(code=entry["area"]).first()
            if entry["area"] and area is None:
                name = entry.get("number") or entry.get("short_name") or entry["title"]
                self.stdout.write(f"跳过 {name}：区划表中没有 {entry['area']}。")
                continue
            new += load_policy({**entry, "area": area})
        self.stdout.write(f"政策文件：新装入 {new} 份。")
