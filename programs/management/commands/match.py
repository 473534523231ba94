"""manage.py match FILE: facts in, verdicts out, both JSON."""

import json
import sys
from contextlib import contextmanager
from decimal import Decimal
from functools import partial
from pathlib import Path

from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _

from programs.catalogue import shipped, units
from programs.facts import VOCABULARY, WrongFacts
from programs.matching import match

MOST_BYTES = 512 * 1024 * 1024


class WrongInput(ValueError):
    """The input cannot be read as facts at all; the message is one sentence."""


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


def refuse_constant(name):
    raise WrongInput(_("JSON 里不能有 %s") % name)


def refuse_twice(pairs):
    """A key given twice would silently lose one of its values."""
    data = dict(pairs)
    if len(data) < len(pairs):
        keys = [key for key, _value in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise WrongInput(_("同一个对象里“%s”写了两次") % twice[:60])
    return data


def parse(data):
    if not data.strip():
        raise WrongInput(_("文件是空的"))
    try:
        text = data.decode("utf-8-sig")
        return json.loads(text, parse_float=Decimal, parse_constant=refuse_constant, object_pairs_hook=refuse_twice)
    except UnicodeDecodeError:
        raise WrongInput(_("文件不是 UTF-8 编码")) from None
    except json.JSONDecodeError as error:
        words = {"line": error.lineno, "column": error.colno}
        raise WrongInput(_("不是正确的 JSON：第 %(line)s 行第 %(column)s 个字符处有误") % words) from None
    except RecursionError:
        raise WrongInput(_("JSON 套得太深")) from None
    except ValueError as error:
        raise error if isinstance(error, WrongInput) else WrongInput(_("JSON 里有太长的数字")) from None


def people_of(data):
    """(place, id, facts) for each person of the input."""
    if isinstance(data, dict):
        return [("", None, data)]
    if not isinstance(data, list):
        raise WrongInput(_('应当是一个事实对象，或者 {"id": …, "facts": {…}} 的列表'))
    people = []
    for number, entry in enumerate(data):
        if not isinstance(entry, dict) or not {"id", "facts"} <= set(entry):
            raise WrongInput(_("[%s]：每一项应当有 id 和 facts") % number)
        if isinstance(entry["id"], bool) or not isinstance(entry["id"], str | int):
            raise WrongInput(_("[%s]：id 应当是文字或整数") % number)
        people.append((f"[{number}] {entry['id']}", entry["id"], entry["facts"]))
    return people


def chosen(code):
    """The programs asked for; a container stands for the programs in it."""
    if not code:
        return units()
    found = [program for program in units() if code in (program.code, program.parent)]
    if not found:
        known = "、".join(program.code for program in shipped())
        raise WrongInput(_("没有项目 %(code)s；有这些：%(known)s") % {"code": code[:60], "known": known})
    return found


class Command(BaseCommand):
    help = "把事实与救助项目逐一比对：读入一个事实对象或一个列表，输出 JSON。"
    requires_system_checks = ()

    def add_arguments(self, parser):
        parser.add_argument("file", help="JSON 文件；- 表示从标准输入读")
        parser.add_argument("--program", metavar="CODE", help="只比对这一个项目")

    def handle(self, *, file, program, **options):
        with self.plainly():
            programs = chosen(program)
            data = parse(read_bytes(file))
            people = [(place, key, self.facts(place, given)) for place, key, given in people_of(data)]
            if self.faults:
                raise WrongInput("\n".join(self.faults))
            self.answer(people, programs, is_list=isinstance(data, list))

    @contextmanager
    def plainly(self):
        """What is wrong with the input is said on stderr, without a traceback; exit code 2."""
        self.faults = []
        try:
            yield
        except WrongInput as wrong:
            self.stderr.write(str(wrong))
            sys.exit(2)
        except BrokenPipeError:
            sys.exit(1)

    def facts(self, place, given):
        """Every fault of every person is collected before anything is answered."""
        try:
            return VOCABULARY.read(given)
        except WrongFacts as wrong:
            self.faults += [f"{place} {fault}".strip() for fault in wrong.faults]
            return {}

    def answer(self, people, programs, *, is_list):
        """A list is written person by person, so that a long one needs no memory for its answers."""
        write = partial(self.stdout.write, ending="")
        if not is_list:
            write(json.dumps(answer_of(people[0][2], programs), ensure_ascii=False) + "\n")
            return
        write("[")
        for number, (_place, key, facts) in enumerate(people):
            line = json.dumps({"id": key} | answer_of(facts, programs), ensure_ascii=False)
            write(("\n" if number == 0 else ",\n") + line)
        write("\n]\n" if people else "]\n")


def answer_of(facts, programs):
    return {"programs": [verdict.as_json() for verdict in match(facts, programs)]}
