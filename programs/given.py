"""People as they are given from outside: JSON text to facts, every fault with its place, nothing lost silently."""

import json

from django.utils.translation import gettext as _

from programs.facts import VOCABULARY, WrongFacts, number_from


class WrongInput(ValueError):
    """The input cannot be read as facts at all; the message is one sentence."""


def refuse_constant(name):
    raise WrongInput(_("JSON 里不能有 %s") % name)


def refuse_twice(pairs):
    """A key given twice would silently lose one of its values."""
    data = {}
    for key, value in pairs:
        if key in data:
            raise WrongInput(_("同一个对象里“%s”写了两次") % key[:60])
        data[key] = value
    return data


def refuse_half_characters(read):
    """One half of a pair of surrogates is no text: nobody could write it back."""
    try:
        json.dumps(read, ensure_ascii=False, default=str).encode()
    except UnicodeEncodeError:
        raise WrongInput(_("文字里有不完整的字符（单独的代理码）")) from None


def parse(data):
    """JSON from bytes, sums as decimals; whatever else is in there is refused in one sentence."""
    if not data.strip():
        raise WrongInput(_("文件是空的"))
    try:
        text = data.decode("utf-8-sig")
        read = json.loads(text, parse_float=number_from, parse_constant=refuse_constant, object_pairs_hook=refuse_twice)
        if "\\u" in text:
            refuse_half_characters(read)
        return read
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
    """(place, id, facts as given, the whole entry) for each person of the input."""
    if isinstance(data, dict):
        return [("", None, data, data)]
    if not isinstance(data, list):
        raise WrongInput(_('应当是一个事实对象，或者 {"id": …, "facts": {…}} 的列表'))
    return [(f"[{number}] {named(entry, number)}", entry["id"], entry["facts"], entry)
            for number, entry in enumerate(data)]  # fmt: skip


def named(entry, number):
    """The id of an entry, or a refusal that says which entry it is."""
    if not isinstance(entry, dict) or not {"id", "facts"} <= set(entry):
        raise WrongInput(_("[%s]：每一项应当有 id 和 facts") % number)
    if isinstance(entry["id"], bool) or not isinstance(entry["id"], str | int):
        raise WrongInput(_("[%s]：id 应当是文字或整数") % number)
    return entry["id"]


class Readings:
    """Facts read for many people; every fault of every person is collected before anything is answered."""

    def __init__(self, vocabulary=VOCABULARY):
        self.vocabulary, self.faults = vocabulary, []

    def read(self, place, given):
        try:
            return self.vocabulary.read(given)
        except WrongFacts as wrong:
            self.faults += [f"{place} {fault}".strip() for fault in wrong.faults]
            return {}

    def refuse(self):
        if self.faults:
            raise WrongInput("\n".join(self.faults))
