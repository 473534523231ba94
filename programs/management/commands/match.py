"""manage.py match FILE: facts in, verdicts out, both JSON."""

import json
import sys
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _

from programs.catalogue import shipped, units
from programs.given import Readings, WrongInput, parse, people_of
from programs.matching import match

MOST_BYTES = 512 * 1024 * 1024


def read_bytes(name):
    """The whole input, or a refusal: a file that is no file, cannot be read, or is too large."""
    try:
        if name == "-":
            data = sys.stdin.buffer.read(MOST_BYTES + 1)
        else:
            path = Path(name)
            if path.is_dir():
                raise WrongInput(_("%s 是一个目录，请给出文件") % name)
            if path.is_file() and path.stat().st_size > MOST_BYTES:
                raise WrongInput(too_large())
            with path.open("rb") as file:
                data = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise WrongInput(_("读不了 %(name)s：%(why)s") % {"name": name, "why": error.strerror or error}) from None
    if len(data) > MOST_BYTES:
        raise WrongInput(too_large())
    return data


def too_large():
    return _("文件超过 %s MB，请分成几份") % (MOST_BYTES // 1024 // 1024)


def chosen(code):
    """The programs asked for; a container stands for the programs in it."""
    if not code:
        return units()
    found = [program for program in units() if code in (program.code, program.parent)]
    if not found:
        known = "、".join(program.code for program in shipped())
        raise WrongInput(_("没有项目 %(code)s；有这些：%(known)s") % {"code": code[:60], "known": known})
    return found


@contextmanager
def plainly(stderr):
    """What is wrong with the input is said on stderr, without a traceback; exit code 2."""
    try:
        yield
    except WrongInput as wrong:
        stderr.write(str(wrong))
        sys.exit(2)
    except BrokenPipeError:
        sys.exit(1)


class Command(BaseCommand):
    help = "把事实与救助项目逐一比对：读入一个事实对象或一个列表，输出 JSON。"
    requires_system_checks = ()

    def add_arguments(self, parser):
        parser.add_argument("file", help="JSON 文件；- 表示从标准输入读")
        parser.add_argument("--program", metavar="CODE", help="只比对这一个项目")

    def handle(self, *, file, program, **options):
        with plainly(self.stderr):
            programs = chosen(program)
            data, readings = parse(read_bytes(file)), Readings()
            people = [(key, readings.read(place, given)) for place, key, given, _entry in people_of(data)]
            readings.refuse()
            self.answer(people, programs, is_list=isinstance(data, list))

    def answer(self, people, programs, *, is_list):
        """A list is written person by person, so that a long one needs no memory for its answers."""
        write = partial(self.stdout.write, ending="")
        if not is_list:
            write(json.dumps(answer_of(people[0][1], programs), ensure_ascii=False) + "\n")
            return
        write("[")
        for number, (key, facts) in enumerate(people):
            line = json.dumps({"id": key} | answer_of(facts, programs), ensure_ascii=False)
            write(("\n" if number == 0 else ",\n") + line)
        write("\n]\n" if people else "]\n")


def answer_of(facts, programs):
    return {"programs": [verdict.as_json() for verdict in match(facts, programs)]}
