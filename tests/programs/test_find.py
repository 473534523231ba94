"""The interview on its pages: one question at a time, answers in the form alone, an end at the right programs."""

import html as markup
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from programs import catalogue
from tests.make.catalogue import make_program
from tests.make.units import make_area, make_contact_post, make_organization

pytestmark = pytest.mark.django_db
URL = "/public/find/"
FIELD = re.compile(r"<(input|select)[^>]*>")


@pytest.fixture
def annex(cast):
    """All units of the annex, in force."""
    unit = make_organization("鸡西市慈善总会", area=cast.county)
    make_contact_post(unit, title="项目咨询岗", phone="0467-2345678", is_public=True)
    made = {}
    for place, entry in enumerate(catalogue.written()["programs"]):
        code = entry["code"]
        made[code] = make_program(unit, code, like=code, parent=made.get(entry.get("parent")), position=place,
                                  is_container=bool(entry.get("container")))  # fmt: skip
    return made


class Visitor:
    """Fills in what stands on the page, as a browser without a script does."""

    def __init__(self, client):
        self.client = client
        self.page = client.get(URL).content.decode()
        self.asked = []

    @property
    def hidden(self):
        found = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', self.page)
        return [(name, markup.unescape(value)) for name, value in found if name != "csrfmiddlewaretoken"]

    @property
    def question(self):
        return dict(self.hidden).get("page")

    def send(self, do="next", **fields):
        data = {}
        for name, value in self.hidden:
            data.setdefault(name, []).append(value)
        for name, value in fields.items():
            data[f"{self.question}-{name}"] = value
        self.asked.append(self.question)
        self.response = self.client.post(URL, data | {"do": do})
        assert self.response.status_code == 200
        self.page = self.response.content.decode()
        return self

    def choose(self, label):
        """Ticks the answer with these words and goes on."""
        found = re.search(
            rf'<input[^>]*name="([^"]*)"[^>]*value="([^"]*)"[^>]*>\s*<label[^>]*>{label}</label>', self.page
        )
        assert found, f"no {label} on the page of {self.question}"
        return self.send(**{found.group(1).rpartition("-")[2]: found.group(2)})

    @property
    def fits(self):
        return re.findall(r'<h2><a href="/public/programs/([^/]*)/">[^<]*</a></h2><span class="state done">', self.page)


def test_a_girl_with_leukaemia_is_led_to_her_programs(annex, client, settings):
    visitor = Visitor(client)
    assert "不用写姓名" in visitor.page
    visitor.send(p0="10", p1="female").send(p0="230302", p1="same").send(p0="leukemia")
    for _ in range(12):
        answers = {
            "study": "小学", "family": "有人得了大病、重病", "hardship": "学校、村（社区）或街道开过困难证明",
            "conduct": "是", "fact-hsct_done": "否",
        }  # fmt: skip
        if visitor.question == "hardship":
            visitor.send(p0="1", p1="6")
        elif visitor.question == "grants":
            visitor.send()
        elif visitor.question in answers:
            visitor.choose(answers[visitor.question])
        else:
            break
    assert visitor.fits == ["P01", "P03", "P11", "P12"]
    assert len(visitor.asked) <= 10
    for words in (
        "30,000 元",
        "《中国红基会小天使基金资助申请表》",
        "骨髓检查报告复印件",
        "项目咨询岗",
        "0467-2345678",
        "打印",
    ):
        assert words in visitor.page, words
    assert "不符合的" in visitor.page


def test_what_was_answered_stands_in_no_address_cookie_or_log(annex, client, caplog):
    visitor = Visitor(client)
    with caplog.at_level("DEBUG"):
        visitor.send(p0="10", p1="female").send(p0="230302", p1="same").send(p0="leukemia")
    assert not client.cookies
    assert visitor.response.headers["Cache-Control"] == "no-store, private"
    assert "leukemia" in dict(visitor.hidden).values()
    assert "leukemia" not in caplog.text
    assert 'method="post"' in visitor.page
    assert client.get(URL).headers["Cache-Control"] == "public, max-age=60"


def test_the_way_back_keeps_what_was_said(annex, client):
    visitor = Visitor(client).send(p0="10", p1="female").send(p0="230302", p1="same")
    assert visitor.question == "illness"
    visitor.send("back")
    assert visitor.question == "place"
    assert re.search(r'<option value="230302" selected', visitor.page)
    visitor.send("back")
    assert visitor.question == "who"
    assert re.search(r'name="who-p0" value="10"', visitor.page)
    visitor.send(p0="70", p1="male")
    assert visitor.question == "place"
    visitor.send(p0="230302", p1="same")
    assert "白内障" in visitor.page


def test_nothing_need_be_known(annex, client):
    visitor = Visitor(client)
    for _ in range(20):
        if not visitor.question:
            break
        visitor.send("unclear")
    assert visitor.question is None
    assert len(visitor.asked) <= 8
    assert visitor.fits == []
    found = visitor.page[visitor.page.index("先弄清这几件事") :]
    assert found.index("需要帮助的人多大？") < found.index("医院诊断过下面的病吗？"), "the easiest comes first"
    assert "家里看一看：户口簿或身份证" in found
    assert "问医院：诊断证明" in found
    for jargon in ("本轮活动已资助次数", "已用名额", "本项目已资助次数", "还不知道：是否还不知道"):
        assert jargon not in visitor.page


def test_a_few_open_programs_are_shown_with_what_they_give(annex, client):
    visitor = Visitor(client).send(p0="4", p1="male").send(p0="230302", p1="same")
    for _ in range(12):
        match visitor.question:
            case "disability":
                visitor.choose("听力")
            case "study":
                visitor.choose("幼儿园")
            case "illness" | "family":
                visitor.send()
            case "rehabilitation":
                visitor.send("unclear")
            case _:
                break
    assert visitor.question is None
    found = re.search(r'<details class="sheet" open>.*?</details>', visitor.page, re.DOTALL)
    assert found, visitor.asked
    assert "0–6岁残疾儿童康复救助" in found.group(0)
    # Of the two rates only the one for hearing may still come out.
    assert "每年 · 18,000 元；部分金额未定" in found.group(0)


def test_an_answer_can_be_looked_at_early_and_taken_up_again(annex, client):
    visitor = Visitor(client).send(p0="70", p1="female").send(p0="230302", p1="same").send(p0="cataract").send("finish")
    assert "接着回答" in visitor.page
    visitor.asked.clear()
    visitor.send("resume")
    assert visitor.question == "family"
    visitor.send("finish").send("change:who")
    assert visitor.question == "who"


def test_a_wrong_answer_is_named_and_nothing_is_lost(annex, client):
    visitor = Visitor(client).send(p0="200", p1="female")
    assert visitor.question == "who"
    assert "请改正下面标出的地方" in visitor.page
    visitor.send(p0="10", p1="female").send()
    assert visitor.question == "place"
    assert "请选择" in visitor.page


@pytest.mark.parametrize(
    "junk",
    [
        {"done": ["nothing", "who", "who", "fact-as_of", "fact-quota_used", "fact-x"], "who-p0": "x" * 5000},
        {"done": ["who"], "who-shown": "0 1 99 x", "who-p0": "10\x00", "who-p1": "<script>"},
        {"page": "../../etc", "do": "next"},
        {"do": "change:" + "x" * 500},
        {"done": ["grants"], "grants-shown": "0", "grants-p0": ["P01", "'; drop table", "P99"]},
        {"done": ["place"], "place-shown": "0 1", "place-p0": "999999", "place-p1": "same"},
        {"do": "back"},
        {"do": ""},
    ],
)
def test_what_nobody_could_have_sent_breaks_nothing(junk, annex, client):
    response = client.post(URL, junk)
    assert response.status_code == 200
    assert b'<script>"' not in response.content
    assert "data-interview" in response.content.decode()


def test_who_asks_too_often_is_asked_to_wait(annex, client, settings):
    settings.VISITOR_RATE = "2/60"
    answers = [client.post(URL, {}, REMOTE_ADDR="203.0.113.9").status_code for _ in range(3)]
    assert answers == [200, 200, 429]
    last = client.post(URL, {}, REMOTE_ADDR="203.0.113.9")
    assert int(last.headers["Retry-After"]) <= 60
    assert client.get(URL, REMOTE_ADDR="203.0.113.9").status_code == 200
    assert client.post(URL, {}, REMOTE_ADDR="203.0.113.10").status_code == 200


def test_an_empty_catalogue_says_so(db, client):
    assert "现在没有可以申请的项目" in client.get(URL).content.decode()


def test_places_are_named_and_chosen_by_name(annex, client, cast):
    make_area("230381000000", "虎林市", parent=cast.county.parent)
    visitor = Visitor(client).send(p0="70", p1="female")
    assert '<option value="230381">虎林市</option>' in visitor.page


def test_the_end_costs_the_same_queries_however_many_programs_fit(annex, client):
    def cost(**fields):
        data = {"done": "who", "who-shown": "0 1", "do": "finish"} | fields
        client.post(URL, data)
        with CaptureQueriesContext(connection) as captured:
            client.post(URL, data)
        return len(captured)

    few = cost(**{"who-p0": "50", "who-p1": "male"})
    many = cost(**{"who-p0": "10", "who-p1": "female"})
    assert few == many <= 10


def test_staff_see_it_in_their_own_frame(annex, browse, cast):
    page = browse(cast.town_caseworker).get(URL)
    assert 'class="rail"' in page.content.decode()
    assert page.headers["Cache-Control"] == "no-store, private"
