"""The English catalogue, kept without system gettext: strings are read from the source, entries kept, .mo written.

Text on screen stands in Chinese in the source, so the default language needs no catalogue.
"""

import io
import os
import re
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parents[2]
LANGUAGE = "en"
ENGLISH = ROOT / "portal" / "locale" / LANGUAGE / "LC_MESSAGES" / "django.po"
ROOMS = ("members", "programs", "referrals", "portal")
_PLURAL, _CONTEXT, _CONTEXT_PLURAL = (1, 2), ((1, "c"), 2), ((1, "c"), 2, 3)
KEYWORDS = {
    "_": None, "_g": None, "gettext": None, "gettext_lazy": None, "_lazy": None, "gettext_noop": None,
    "ngettext": _PLURAL, "ngettext_lazy": _PLURAL,
    "pgettext": _CONTEXT, "pgettext_lazy": _CONTEXT,
    "npgettext": _CONTEXT_PLURAL, "npgettext_lazy": _CONTEXT_PLURAL,
}  # fmt: skip
HEADER = r"""# The portal in English. `manage.py messages` keeps the entries; people write the words.
msgid ""
msgstr ""
"Language: en\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\n"
"MIME-Version: 1.0\n"
"Content-Type: text/plain; charset=utf-8\n"
"Content-Transfer-Encoding: 8bit\n"

"""


def sources(root=ROOT):
    for room in ROOMS:
        yield from sorted((root / room).rglob("*.py"))
    for suffix in ("html", "txt"):
        yield from sorted((root / "templates").rglob(f"*.{suffix}"))


def found_in(path):
    """(line, message, context) of every string that is to be translated."""
    text = path.read_text()
    if path.suffix != ".py":
        # Django turns a template into something like Python; without the indentation it can be read as such.
        text = "\n".join(line.lstrip() for line in templatize(text).splitlines())
    for line, message, _comments, context in extract("python", io.BytesIO(text.encode()), KEYWORDS):
        yield line, message, context


def template(root=ROOT):
    """Everything there is to translate."""
    catalogue = Catalog(charset="utf-8")
    for path in sources(root):
        for _line, message, context in found_in(path):
            catalogue.add(message, locations=[(str(path.relative_to(root)), 1)], context=context)
    return catalogue


def read(path=ENGLISH):
    if not path.exists():
        return Catalog(locale=LANGUAGE, project="portal", charset="utf-8", fuzzy=False)
    with path.open("rb") as file:
        return read_po(file, locale=LANGUAGE, charset="utf-8")


def update(path=ENGLISH):
    """New strings come empty, old ones keep their words, those nobody says any more go. Returns the catalogue."""
    catalogue = read(path)
    catalogue.update(template(), no_fuzzy_matching=True, update_creation_date=False)
    catalogue.obsolete.clear()
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.write(HEADER.encode())
        write_po(file, catalogue, width=110, omit_header=True, include_lineno=False, sort_by_file=True)
    return catalogue


def compile_(path=ENGLISH):
    """Write the .mo beside the .po unless it is there and newer. Two processes may do so at once."""
    target = path.with_suffix(".mo")
    if not path.exists() or (target.exists() and target.stat().st_mtime >= path.stat().st_mtime):
        return False
    draft = target.with_suffix(f".{os.getpid()}")
    with draft.open("wb") as file:
        write_mo(file, read(path))
    draft.replace(target)
    return True


def missing(catalogue):
    """Entries without words, or with words nobody has confirmed."""
    return [message.id for message in catalogue if message.id and (message.fuzzy or not _words(message))]


PLACEHOLDER = re.compile(r"%\(\w+\)[sd.\w]|\{\w*\}|%[sd]")


def unequal_placeholders(catalogue):
    """Entries whose words lost a placeholder or invented one: they would fail, or show a hole, when used."""
    wrong = []
    for message in catalogue:
        if not message.id or not message.string:
            continue
        ids = message.id if isinstance(message.id, tuple) else (message.id,)
        strings = message.string if isinstance(message.string, tuple) else (message.string,)
        for place, words in enumerate(strings):
            # A singular may leave out the number that its plural names.
            if _places(words) not in (_places(ids[min(place, len(ids) - 1)]), _places(ids[-1])):
                wrong.append(message.id)
    return wrong


def _places(text):
    return sorted(PLACEHOLDER.findall(text))


def _words(message):
    return all(message.string) if isinstance(message.string, tuple) else message.string
