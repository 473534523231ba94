"""The columns a table of people may have: what each is called in the tables of others, and how its cells are read.

Values are read into what JSON can hold (days and amounts as text, divisions by their codes), because rows wait sealed
between being read and being written.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache

from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from members.kinds import Category, NeedKind
from portal.lib import cells
from referrals.facts import VOCABULARY
from referrals.kinds import AID_FORMS, FamilyRelation, Gender, IdentityKind
from referrals.models.imports import ImportKind

LANGUAGES = ("zh-hans", "en")
# What people write instead of our words.
_ALSO = {
    "identity_kind": {
        "resident": "身份证 居民身份证 二代证", "residence_permit": "居住证 港澳台居住证",
        "permanent_residence": "永居证 外国人永久居留证", "hk_macao_pass": "回乡证 港澳通行证 港澳居民通行证",
        "taiwan_pass": "台胞证 台湾通行证", "birth_certificate": "出生证 出生证明", "none": "无 没有证件",
    },
    "gender": {"male": "男性 m 1", "female": "女性 f 2"},
    "relation": {
        "head": "本人 户主本人 本人或户主", "spouse": "妻 妻子 夫 丈夫 爱人",
        "child": "子 女 儿子 女儿 之子 之女 长子 次子 三子 长女 次女 三女 独生子 独生女 养子 养女 继子 继女",
        "child_in_law": "儿媳 女婿 媳", "parent": "父 母 父亲 母亲", "parent_in_law": "岳父 岳母 公公 婆婆",
        "grandparent": "祖父 祖母 爷爷 奶奶 外祖父 外祖母 姥姥 姥爷 外公 外婆",
        "grandchild": "孙 孙子 孙女 外孙 外孙子 外孙女", "sibling": "兄 弟 姐 妹 哥哥 弟弟 姐姐 妹妹",
        "other_kin": "其他 亲属 侄子 侄女 外甥 外甥女", "not_kin": "非亲属 保姆 其他人员",
    },
    "category": {
        "dibao": "低保 低保户 低保家庭 最低生活保障 最低生活保障家庭 最低生活保障对象 城市低保 农村低保",
        "tekun": "特困 特困供养 特困供养对象 特困供养人员 五保 五保户",
        "dibao_edge": "低保边缘 低保边缘户 边缘家庭 边缘户",
        "rigid_expenditure": "刚性支出 刚性支出困难 支出型困难 支出型困难家庭",
        "temp_relief_1y": "临时救助 临时救助对象", "de_facto_unattended": "事实无人抚养",
        "monitored": "低收入人口 监测 监测户 监测人口", "low_income_family": "低收入 低收入户",
        "disabled": "残疾 残疾人员", "other_hardship": "其他 其他困难",
    },
    "education_stage": {"senior_high": "高中", "secondary_vocational": "中专 职高", "junior_college": "大专 专科"},
    "hukou_type": {"urban": "城市 非农业 城镇户口 居民", "rural": "农业 农业户口"},
}  # fmt: skip


@dataclass(frozen=True)
class Column:
    """`kind`: name, number, phone, day, yes, one, some, amount, whole, text, area or household."""

    key: str
    title: str
    kind: str = "text"
    also: str = ""
    choices: tuple = ()
    example: str = ""
    hint: str = ""
    limit: int = 200

    @property
    def fact(self):
        """The fact it fills, if it fills one."""
        return self.key.removeprefix("fact.") if self.key.startswith("fact.") else ""

    def read(self, value):
        """What the cell says, "" or None when it is blank; ValidationError in words."""
        if self.kind == "name":
            return cells.name(value)
        if self.kind in ("number", "phone", "household", "account"):
            return cells.number(value)
        if self.kind == "day":
            return plain(cells.day(value))
        if self.kind == "yes":
            return cells.yes_or_no(value)
        if self.kind == "one":
            return cells.one_of(value, words_for(self.key))
        if self.kind == "some":
            return cells.some_of(value, words_for(self.key))
        if self.kind == "amount":
            return plain(cells.amount(value))
        return cells.text(value, self.limit)


def plain(value):
    return str(value) if isinstance(value, Decimal | date) else value


_FACT_KINDS = {"bool": "yes", "choice": "one", "choices": "some", "money": "amount", "text": "text"}


def _fact(name, also="", example=""):
    fact = VOCABULARY[name]
    return Column(f"fact.{name}", fact.label, _FACT_KINDS[fact.type], also, tuple(fact.choices), example)


@cache
def columns(kind=""):
    """Every column, in the order of the template. Titles of facts follow the language of the page; ask `title_of`."""
    return {column.key: column for column in (_of_aid() if kind == ImportKind.AID else _PERSON + _facts())}


@cache
def every_column():
    """Of all kinds of table together: a key means the same in each."""
    return columns() | columns(ImportKind.AID)


_PERSON = (
    Column("household", _("户编号"), "household", "户号 家庭编号 户主身份证号 户主证件号码 户主身份证号码 户主身份证",
           example="1", hint=_("同一户的人填同样的编号，或者都填户主的证件号码。只有一人的户可以不填。")),
    Column("relation", _("与户主关系"), "one", "家庭关系 关系 与户主的关系 成员关系", FamilyRelation.values, "户主"),
    Column("name", _("姓名"), "name", "名字 人员姓名 对象姓名 救助对象姓名 困难群众姓名 申请人姓名 申请人",
           example="演示甲", hint=_("必填。")),
    Column("identity_kind", _("证件类型"), "one", "证件种类 证件名称", IdentityKind.values, "居民身份证",
           hint=_("不填的按号码判断；没有证件的填“无证件”。")),
    Column("number", _("证件号码"), "number",
           "身份证号 身份证号码 身份证 公民身份号码 "
           "公民身份证号码 证件号 居民身份证号 身份证件号码",
           hint=_("必填，须为文本格式。没有证件的留空，证件类型填“无证件”。")),
    Column("gender", _("性别"), "one", "", Gender.values, hint=_("号码里有的不用填；填了要与号码一致。")),
    Column("birth_date", _("出生日期"), "day",
           "出生年月日 出生年月 "
           "生日", hint=_("号码里有的不用填；填了要与号码一致。")),
    Column("phone", _("电话"), "phone", "联系电话 手机 手机号 手机号码 联系方式 本人电话"),
    Column("second_phone", _("备用电话"), "phone", "其他电话 家属电话 备用联系电话"),
    Column("residence", _("居住地"), "area",
           "现居住地 所在乡镇 所在镇街 乡镇街道 所属街道 村社区 "
           "村居 所在村 行政区划 区划代码 居住地区划 常住地",
           hint=_("乡镇街道或村社区的名称或代码；不填的算在导入单位所在的区划。")),
    Column("address", _("详细住址"), "text",
           "住址 地址 家庭住址 现住址 "
           "家庭地址 居住地址 详细地址", example="示例路 1 号"),
    Column("registration", _("户籍地"), "area", "户籍所在地 户口所在地 户籍区划", hint=_("到县（市、区）即可。")),
    Column("category", _("对象类别"), "one",
           "救助类别 困难类别 困难类型 人员类别 "
           "对象类型 身份类别 类别 救助类型", Category.values, "低保对象"),
    Column("category_since", _("认定日期"), "day", "认定时间 起始日期 批准日期 纳入时间 开始日期"),
    Column("category_until", _("认定有效期至"), "day", "有效期至 截止日期 终止日期 到期日期"),
    Column("certified_by", _("认定单位"), "text", "认定机关 审批单位 批准单位", limit=120),
    Column("account_holder", _("户名"), "name", "开户名 账户名 开户人"),
    Column("bank", _("开户行"), "text", "开户银行 银行 银行名称", limit=100),
    Column("account", _("银行账号"), "account", "银行卡号 账号 卡号 收款账号 银行账户",
           hint=_("须为文本格式。")),
    Column("health_note", _("健康情况说明"), "text", "健康状况 身体状况 病情 疾病情况", limit=500),
    Column("remark", _("备注"), "text", "说明 附注 其他说明", limit=500),
    Column("died_on", _("死亡日期"), "day", "去世日期 死亡时间"),
)  # fmt: skip


def _facts():
    return (
        _fact("hardship_causes", "困难原因 致贫原因 主要致困原因", "重特大疾病"),
        _fact("hardship_level", "困难等级"),
        _fact("monthly_income_yuan", "月收入 家庭月收入元 月均收入"),
        _fact("no_self_care", "不能自理 是否不能自理"),
        _fact("seriously_ill", "重病 是否重病 重大疾病"),
        _fact("medical_cost_left_yuan", "自付医疗费 自付医疗费用 医疗自付"),
        _fact("has_disability_cert", "残疾证 是否残疾 有无残疾证 是否持证残疾人"),
        _fact("disability_kinds", "残疾类型 残疾种类"),
        _fact("education_stage", "就学阶段 学段 在读阶段"),
        _fact("hukou_type", "户口类型 户籍性质 户籍类型"),
        _fact("living_form", "居住方式"),
        _fact("dwelling", "住房情况 住房性质"),
        _fact("dwelling_safety", "房屋安全 住房等级"),
        _fact("can_work", "劳动力 劳动能力情况"),
        _fact("work_state", "就业情况 就业状况"),
        _fact("home_visit_verified", "是否入户 入户核实"),
    )


def _of_aid():
    """Whom a unit helped, and with what: a line for each time."""
    people = {column.key: column for column in _PERSON}
    whom = ("name", "identity_kind", "number", "birth_date", "gender", "phone", "residence", "address")
    return tuple(people[key] for key in whom) + _AID


_AID = (
    Column("aid.form", _("帮扶形式"), "one", "形式 帮扶方式 救助形式 帮扶类型", tuple(code for code, _w in AID_FORMS),
           "资金", hint=_("必填。")),
    Column("aid.need_kind", _("需求类别"), "one", "解决需求 需求 帮扶事由", NeedKind.values),
    Column("aid.amount", _("金额（元）"), "amount", "金额 资金 帮扶金额 救助金额 发放金额", example="500",
           hint=_("资金、拨付医院、食堂卡、费用减免和保险填写。")),
    Column("aid.value", _("物资折价（元）"), "amount", "物资折价 折价 物资价值 物资金额",
           hint=_("物资、家具、居室改善和微心愿填写。")),
    Column("aid.hours", _("服务时长（小时）"), "amount", "服务时长 时长 小时数", hint=_("服务类填写，不清楚的留空。")),
    Column("aid.given_on", _("给予日期"), "day", "日期 发放日期 帮扶日期 救助日期 发放时间 时间", example="2026-01-15",
           hint=_("必填。")),
    Column("aid.receipt", _("回单或签收编号"), "text", "回单编号 签收编号 凭证号 收据编号", limit=60),
    Column("aid.program", _("项目"), "text", "项目名称 项目编号 救助项目", limit=120,
           hint=_("本单位项目的名称或编号；不按项目的留空。")),
    Column("aid.paid_from", _("资金来源"), "text", "来源 资金渠道 善款来源", limit=60,
           hint=_("不写捐赠人个人的姓名；本系统里的基金不填在这里，要逐笔提出。")),
    Column("aid.description", _("内容说明"), "text", "内容 帮扶内容 物品 说明 备注", limit=500),
)  # fmt: skip


def title_of(column):
    """In the language of the page; a fact's label was fixed when the table was made."""
    return VOCABULARY[column.fact].label if column.fact else str(column.title)


@cache
def words_for(key):
    """{words, squeezed: code} of a column with choices, in both languages, with its codes and what people write."""
    column = every_column()[key]
    known = {cells.squeezed(code): code for code in column.choices}
    for language in LANGUAGES:
        with override(language):
            known |= {cells.squeezed(str(words)): code for code, words in choices_of(column)}
    for code, words in _ALSO.get(column.fact or key, {}).items():
        known |= {cells.squeezed(word): code for word in words.split()}
    return known


def choices_of(column):
    """[(code, words)] in the language of the page."""
    if column.fact:
        return [(code, VOCABULARY[column.fact].label_of(code)) for code in column.choices]
    lists = {
        "relation": FamilyRelation, "identity_kind": IdentityKind, "gender": Gender, "category": Category,
        "aid.need_kind": NeedKind,
    }  # fmt: skip
    choices = AID_FORMS if column.key == "aid.form" else lists[column.key].choices
    return [(code, str(label)) for code, label in choices]


@cache
def known_headings(kind=""):
    """{heading, squeezed: column}."""
    known = {}
    for column in columns(kind).values():
        for word in column.also.split():
            known.setdefault(cells.squeezed(word), column.key)
    for language in LANGUAGES:
        with override(language):
            known |= {cells.squeezed(title_of(column)): column.key for column in columns(kind).values()}
    return known | {cells.squeezed(key): key for key in columns(kind)}


def guess(headings, remembered=(), kind=""):
    """Which column each heading is, "" for none; what the unit said of it earlier comes first. No column twice."""
    remembered, taken, found = dict(remembered), set(), []
    for heading in headings:
        plain_heading = squeezed_heading(heading)
        key = known_headings(kind).get(plain_heading, "")
        said = remembered.get(plain_heading)
        if said == "" or said in columns(kind):
            key = said
        key = "" if key in taken or key not in columns(kind) else key
        taken.add(key)
        found.append(key)
    return found


def squeezed_heading(heading):
    """How a heading is remembered. A remark in brackets is no part of it: 姓名（必填）."""
    return cells.squeezed(str(heading).split("（")[0].split("(")[0])[:60] or cells.squeezed(str(heading))[:60]
