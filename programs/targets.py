"""Whom a program is meant for, as the catalogue says it: categories, causes, other groups. No condition: nobody is
judged by these, they sort and find programs. A place may write groups of its own, which speak for themselves."""

from django.utils.translation import gettext_lazy as _

from programs.facts import VOCABULARY, pick

# Groups that the annex names and no fact does.
OTHERS = {
    "child_with_leukaemia": ("白血病患儿", "child with leukaemia"),
    "child_with_chd": ("先天性心脏病患儿", "child with congenital heart disease"),
    "disabled_child_0_6": ("0–6 岁残疾儿童", "disabled child up to 6"),
    "poor_student": ("困难学生", "student in need"),
    "cataract_patient": ("白内障患者", "cataract patient"),
    "elderly": ("老年人", "elderly"),
    "unidentified_patient": ("身份不明的病人", "unidentified patient"),
}
FACTS = ("categories", "household_flags", "red_cross_roles", "hardship_causes")
OTHERS_HEADING = _("其他人群")


def headed():
    """[(heading, {code: (Chinese, English)})]: the lists a group is chosen from."""
    lists = [(VOCABULARY[name].label, dict(VOCABULARY[name].choices)) for name in FACTS]
    return [*lists, (str(OTHERS_HEADING), OTHERS)]


def label(code):
    """A group in words; one that no list knows speaks for itself."""
    pair = GROUPS.get(code)
    return pick(pair) if pair else str(code)


GROUPS = {code: pair for _heading, pairs in headed() for code, pair in pairs.items()}
