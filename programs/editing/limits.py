"""The section 重复和超额: which findings stop a grant under this version, and which only ask for a reason."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from programs import ceilings
from programs.editing.fields import Spec, read_specs, show_specs
from programs.editing.values import Choice, Number

TITLE = gettext_lazy("重复和超额")
KEYS = ("limits",)


def specs():
    usual = {rule: _("照常：%s") % ceilings.MANNERS[manner] for rule, manner in ceilings.USUAL.items()}
    manners = tuple(ceilings.MANNERS.items())
    chosen = [Spec(rule, label, Choice(manners, blank=usual[rule])) for rule, label in ceilings.RULES.items()]
    cap = Spec(
        "year_cap", _("每人每年上限"), Number(_("元")),
        _("同一人（帮扶对象是家庭的，同一户）一个自然年里在本项目得到的合计；不设就留空。累计上限和每件上限写在“待遇”里。"),
    )  # fmt: skip
    return [cap, *chosen]


def read(posted, definition, vocabulary):
    """What is left as usual is not written down; with nothing said there is no section."""
    held = definition.get("limits")
    if held is not None and not isinstance(held, dict):
        return definition
    said = read_specs(posted, held or {}, specs(), "limits")
    if said or held is not None:
        return definition | {"limits": said}
    return definition


def fields(definition, faults, vocabulary, posted=None, retired=()):
    held = definition.get("limits")
    held = held if isinstance(held, dict) else {}
    return {"rows": list(show_specs(held, specs(), faults, "limits").values()), "errors": faults.at("limits")}


def blank(place, definition):
    return {}
