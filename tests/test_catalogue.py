"""The tool that keeps the English catalogue."""

import gettext

import pytest

from portal.lib import catalogue

SAMPLE = """{% load i18n %}<p>{% translate "签收" %} {{ name|default:_("无名") }}</p>
   {% blocktranslate trimmed count days=n %}还有 {{ days }} 天{% plural %}还有 {{ days }} 天{% endblocktranslate %}
 {% translate "百分之 100%" as whole %}"""


def test_strings_of_a_template_are_found(tmp_path):
    path = tmp_path / "a.html"
    path.write_text(SAMPLE)
    days = "还有 %(days)s 天"
    assert [message for _line, message, _context in catalogue.found_in(path)] == [
        "签收", "无名", (days, days), "百分之 100%%",
    ]  # fmt: skip


def test_strings_of_python_are_found(tmp_path):
    path = tmp_path / "a.py"
    path.write_text('x = _("签收")\ny = ngettext("%(n)d 天", "%(n)d 天", n)\nz = pgettext("月", "五")\n"不译"\n')
    assert [message for _line, message, _context in catalogue.found_in(path)] == [
        "签收", ("%(n)d 天", "%(n)d 天"), "五",
    ]  # fmt: skip


@pytest.fixture
def po(tmp_path, monkeypatch):
    root = tmp_path / "tree"
    (root / "templates").mkdir(parents=True)
    (root / "templates" / "a.html").write_text(SAMPLE)
    monkeypatch.setattr(catalogue, "template", lambda: catalogue_of(root))
    return tmp_path / "django.po"


catalogue_of = catalogue.template


def test_words_are_kept_and_stale_entries_go(po):
    po.write_text(catalogue.HEADER + 'msgid "签收"\nmsgstr "Accept"\n\nmsgid "旧的"\nmsgstr "Old"\n')
    catalogue.update(po)
    kept = catalogue.read(po)
    assert kept["签收"].string == "Accept"
    assert "旧的" not in kept
    assert "旧的" not in po.read_text()
    assert len(catalogue.missing(kept)) == 3
    before = po.read_bytes()
    catalogue.update(po)
    assert po.read_bytes() == before


def test_a_lost_placeholder_is_seen(po):
    po.write_text(catalogue.HEADER + 'msgid "还有 %(days)s 天"\nmsgstr "days left"\n')
    assert catalogue.unequal_placeholders(catalogue.read(po)) == ["还有 %(days)s 天"]


def test_a_compiled_catalogue_speaks(po):
    po.write_text(catalogue.HEADER + 'msgid "签收"\nmsgstr "Accept"\n')
    assert catalogue.compile_(po)
    assert not catalogue.compile_(po)
    with po.with_suffix(".mo").open("rb") as file:
        assert gettext.GNUTranslations(file).gettext("签收") == "Accept"


def test_the_whole_source_can_be_read():
    assert "今天" in catalogue_of()


def test_the_english_catalogue_is_complete_and_sound():
    """After a change: `manage.py messages`, then the words in portal/locale/en/LC_MESSAGES/django.po."""
    kept = catalogue.read()
    said = {message.id for message in catalogue_of() if message.id}
    assert sorted(map(str, said - {message.id for message in kept})) == []
    assert sorted(map(str, {message.id for message in kept if message.id} - said)) == []
    assert catalogue.missing(kept) == []
    assert catalogue.unequal_placeholders(kept) == []
