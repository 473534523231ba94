"""Names by their sound: a key to sort by, and initials to search by.

The library reads surnames as common words (单 dan, 曾 ceng); a small table says how they are read in names. Someone who
types initials may think of either reading, so a search stores all of them.
"""

import itertools
import re
from functools import cache

# Surnames whose reading in a name is not the one of the word.
SURNAMES = {
    "单": "shan", "曾": "zeng", "仇": "qiu", "解": "xie", "查": "zha", "区": "ou", "朴": "piao", "盖": "ge",
    "尉": "wei", "乐": "yue", "覃": "qin", "种": "chong", "召": "shao", "员": "yun", "缪": "miao", "冼": "xian",
    "折": "she", "隗": "wei", "洗": "xian", "黑": "he", "秘": "bi", "逄": "pang", "佴": "nai", "任": "ren",
    "重": "chong", "翟": "zhai", "燕": "yan", "华": "hua", "宓": "mi", "郇": "xun", "郗": "xi", "晁": "chao",
    "幺": "yao", "褚": "chu", "繁": "po", "葛": "ge", "纪": "ji", "那": "na", "宁": "ning", "车": "che",
    "俞": "yu", "过": "guo", "哈": "ha", "令": "ling", "牟": "mou", "祭": "zhai", "谌": "chen", "应": "ying",
    "於": "yu", "撒": "sa", "阚": "kan", "訾": "zi", "殷": "yin", "卜": "bu", "都": "du", "石": "shi", "沈": "shen",
}  # fmt: skip
COMPOUND_SURNAMES = {
    "欧阳": "ou yang", "上官": "shang guan", "司马": "si ma", "诸葛": "zhu ge", "司徒": "si tu", "东方": "dong fang",
    "皇甫": "huang fu", "尉迟": "yu chi", "万俟": "mo qi", "公孙": "gong sun", "慕容": "mu rong", "令狐": "ling hu",
    "长孙": "zhang sun", "宇文": "yu wen", "夏侯": "xia hou", "轩辕": "xuan yuan", "端木": "duan mu",
    "百里": "bai li", "南宫": "nan gong", "东郭": "dong guo", "呼延": "hu yan", "澹台": "tan tai", "太史": "tai shi",
    "公冶": "gong ye", "宗政": "zong zheng", "濮阳": "pu yang", "淳于": "chun yu", "单于": "chan yu",
    "申屠": "shen tu", "仲孙": "zhong sun", "钟离": "zhong li", "鲜于": "xian yu", "闻人": "wen ren",
    "赫连": "he lian", "独孤": "du gu", "拓跋": "tuo ba", "第五": "di wu", "西门": "xi men", "左丘": "zuo qiu",
    "梁丘": "liang qiu", "闾丘": "lü qiu", "公羊": "gong yang", "公西": "gong xi", "乐正": "yue zheng",
    "纳兰": "na lan", "叶赫": "ye he", "爱新觉罗": "ai xin jue luo", "完颜": "wan yan",
}  # fmt: skip
MAX_VARIANTS = 16
_HAN = re.compile(r"[\u3007\u3400-\u9fff\U00020000-\U0003ffff]+")
_HAN_AND_SPACES = re.compile(rf"(?:{_HAN.pattern}|\s)+")


def split_name(name: str):
    """(surname, given name) of a Han name; ("", name) where the two cannot be told apart."""
    name = re.sub(r"\s+", "", name) if _HAN_AND_SPACES.fullmatch(name) else name
    if not _HAN.fullmatch(name):
        return "", name
    for length in (4, 2):
        if len(name) > length and name[:length] in COMPOUND_SURNAMES:
            return name[:length], name[length:]
    return name[:1], name[1:]


@cache
def library():
    """Fifty megabytes of readings, for the processes that read a name: not for those that never do."""
    import pypinyin

    return pypinyin


def syllables(name: str) -> tuple:
    """One syllable a character, the surname read as a surname."""
    surname, given = split_name(name.strip())
    return (*_read_surname(surname), *library().lazy_pinyin(given, errors=_words))


def sort_key(name: str) -> str:
    """Sorts as a register does: by the surname's sound, then the given name's; equal sounds by character."""
    return f"{' '.join(syllables(name))} {name}"[:200]


def initials(name: str) -> str:
    """欧阳小明 -> oyxm"""
    return "".join(syllable[0] for syllable in syllables(name))


def initial_variants(name: str) -> tuple:
    """Every way of typing the initials, the right one first; capped, for names made of many-voiced characters."""
    readings = library().pinyin(name.strip(), style=library().Style.FIRST_LETTER, heteronym=True, errors=_words)
    choices = [list(dict.fromkeys(reading[:1] for reading in found)) for found in readings]
    ways = ("".join(way) for way in itertools.product(*choices))
    return tuple(dict.fromkeys([initials(name), *itertools.islice(ways, MAX_VARIANTS)]))


def _words(text):
    """What is no Han character: its words as they stand, without dots and spaces."""
    return re.findall(r"\w+", text.lower())


def _read_surname(surname):
    if surname in COMPOUND_SURNAMES:
        return COMPOUND_SURNAMES[surname].split()
    if surname in SURNAMES:
        return [SURNAMES[surname]]
    return library().lazy_pinyin(surname)
