"""manage.py load_facts FILE: nameless fact sheets, to try "who fits this program", or from elsewhere."""

import re
from uuid import UUID

from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _

from members.models.areas import DIGITS
from portal.lib import encryption
from programs.actions.fact_sheets import Sheet, drop, put
from programs.catalogue import vocabulary
from programs.given import Readings, WrongInput, parse, people_of
from programs.management.commands.match import plainly, read_bytes

AREA = re.compile(r"[1-9][0-9]{5}([0-9]{3}){0,2}")


class Command(BaseCommand):
    help = '装入不具名的事实：JSON 列表 [{"id": …, "area": "230302", "facts": {…}}, …]；再次装入同样的 id 会覆盖。'

    def add_arguments(self, parser):
        parser.add_argument("file", help="JSON 文件；- 表示从标准输入读")
        parser.add_argument("--area", default="", help="没有写 area 的人所在的行政区划代码")
        parser.add_argument("--source", default="file", help="数据来源的名称：不同来源的同一个 id 是不同的人")

    def handle(self, *, file, area, source, **options):
        with plainly(self.stderr):
            number = load(parse(read_bytes(file)), area, source)
        self.stdout.write(_("装入 %s 份。") % number)


def load(data, area="", source="file"):
    """All or nothing; every fault of every entry is named."""
    if not isinstance(data, list):
        raise WrongInput(_('应当是 {"id": …, "area": …, "facts": {…}} 的列表'))
    readings, sheets, seen = Readings(vocabulary()), [], {}
    for place, key, given, entry in people_of(data):
        if key in seen:
            readings.faults.append(_("%(place)s：与 [%(first)s] 的 id 相同") % {"place": place, "first": seen[key]})
        seen.setdefault(key, len(seen))
        code = entry.get("area", area)
        if not isinstance(code, str) or not AREA.fullmatch(code):
            readings.faults.append(_("%s area：应当填六位、九位或十二位行政区划代码") % place)
            continue
        sheets.append((keys_of(source, key), code.ljust(DIGITS["village"], "0"), readings.read(place, given)))
    readings.refuse()
    drop(key for keys, _area, _facts in sheets for key in keys[1:])
    return put(Sheet(keys[0], code, facts) for keys, code, facts in sheets)


def keys_of(source, key):
    """The random-looking key of an id, and those it had under older keys of the system. Nobody without them can tell
    which id it was, though it be an identity number."""
    plain = f"{source}\0{type(key).__name__}\0{key}".encode()
    return [UUID(bytes=index[:16]) for index in encryption.provider().blind_indexes(plain, "fact sheet")]
