"""Invented scans for some families of the demo world: sheets with bars for lines and 演示样张 across them."""

from datetime import timedelta
from io import BytesIO

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image

from members.models import Staff
from portal.lib import uploads
from referrals.actions.documents import add_document
from referrals.actions.provisions import provide
from referrals.items import item_of_paper
from referrals.kinds import Category
from referrals.management.demo.histories import seeded
from referrals.models import Document, Person, PersonFact, Provision

FAMILIES = 16
# 演示样张, each of 24 by 24 points: a machine without Chinese letters draws the same sheets.
LETTERS = (
    "3c07003ffffc0ffffc05c01c01c01c01fffc307ff07c07003cfff808fff800e73800e738"
    "00fff80efff80ee7381cfff81cfff83c10e03878f079f07c31e01c008008000000000000",  # 演
    "0000001ffff01ffff01ffff00000000000007ffffc7ffffc7ffffc0038000038000e38c0"
    "0e38e01e38f01c38703c387838383878383c70381c03f81001f80001e000000000000000",  # 示
    "0c38380c1c380c1c700c1c707f7ffc7f7ffc7f7ffc1c03801e3ff81f3ff83fbff83d8380"
    "3d03807c7ffc6c7ffc6c7ffc4c03800c03800c03800c03800c03800c0380000000000000",  # 样
    "3f9c383f9c38039c70039ce03f9fe03f9dc03f9c00387ffc387ffc307ffc3f9dc03f9cc0"
    "039ce0031ce0031c70031c70071f38071f3c3f3e1c3e3808000000000000000000000000",  # 张
)
SIZE, POINTS = (620, 877), 24
# kind -> (days since it was issued, days until it ends, color of the sheet)
KINDS = {
    "id_card_self": (2000, 5000, "#eef4fb"),
    "hukou_booklet_family": (3000, None, "#f6f1e7"),
    "dibao_certificate": (300, 65, "#f3e9e9"),
    "diagnosis_certificate": (40, None, "#ffffff"),
    "settlement_receipt": (30, None, "#ffffff"),
    "disability_certificate": (900, 2700, "#eaf3ea"),
}
# What a PDF says. Its letters are the reader's own, so the file names a font and carries none.
PAGE = ["演示样张，不是真实材料", "姓名：演示人员", "诊断：见登记的情况", "医院：演示医院（虚构）"]


def write(seed=11):
    """Through the same action as on the screen, by the town that keeps these families."""
    town = Staff.objects.filter(username="town").select_related("organization__area").first()
    if town is None:
        return
    draw, given = seeded(seed), list(_given_by(town))
    people = Person.objects.visible_to(town, "person.edit").filter(keeper=town.organization, died_on=None)
    people = people.select_related("keeper", "residence", "household").order_by("pk")[:FAMILIES]
    passed_on = {provision.person_id: provision.person for provision in given}
    for person in (passed_on | {one.pk: one for one in people}).values():
        for kind in _kinds_of(person, is_passed_on=person.pk in passed_on):
            _add(draw, town, person, kind)
    for provision in given:
        _pass_on(town, provision)


def _given_by(town):
    """The lists that the town has passed on, whose families agreed to more than was needed so far."""
    rows = Provision.objects.open().filter(provided_by=town).select_related(
        "person__keeper", "person__residence", "person__household", "receiver", "consent"
    )  # fmt: skip
    return [one for one in rows.order_by("pk") if "paper_health" in one.consent.all_items]


def _kinds_of(person, *, is_passed_on):
    known = set(person.facts.standing().values_list("name", flat=True))
    held = set(person.categories.current().values_list("category", flat=True))
    wanted = {
        "id_card_self": bool(person.number), "hukou_booklet_family": person.relation == "head",
        "dibao_certificate": Category.DIBAO in held, "diagnosis_certificate": is_passed_on or "diagnoses" in known,
        "settlement_receipt": "self_paid_yuan" in known, "disability_certificate": Category.DISABLED in held,
    }  # fmt: skip
    return [kind for kind, is_wanted in wanted.items() if is_wanted]


def _add(draw, actor, person, kind):
    since, until, color = KINDS[kind]
    today = timezone.localdate()
    is_second = kind == "dibao_certificate" and Document.objects.filter(kind=kind).count() == 1
    # One has expired, so that it can be seen how that looks.
    ends = today - timedelta(days=12) if is_second else until and today + timedelta(days=until)
    is_page = kind in ("diagnosis_certificate", "settlement_receipt")
    content = pdf(PAGE, draw.random()) if is_page else picture(draw, color)
    upload = SimpleUploadedFile("演示.pdf" if is_page else "演示.jpg", content)
    values = {"kind": kind, "title": "", "issued_on": today - timedelta(days=since), "valid_until": ends}
    document = add_document(actor, person, values, uploads.check(upload))
    if kind == "diagnosis_certificate":
        PersonFact.objects.filter(person=person, name="diagnoses", superseded_at=None).update(document=document)
    if kind == "dibao_certificate":
        person.categories.filter(category=Category.DIBAO).update(document=document)


def _pass_on(town, provision):
    """The kinds of paper that the consent covers and that nobody had sent yet."""
    kinds = provision.person.documents.values_list("kind", flat=True)
    wanted = {item_of_paper(kind).code for kind in kinds} & set(provision.consent.all_items) - set(provision.items)
    if wanted:
        provide(town, provision.person, provision.receiver, provision.purpose, sorted(wanted), "随附相关材料。")


# -- Sheets -----------------------------------------------------------------------------------------------------------
def picture(draw, color):
    """A JPEG: a head, bars where there would be writing, and the four letters across."""
    sheet = Image.new("RGB", SIZE, color)
    sheet.paste("#5a6b7d", (60, 60, 60 + draw.randint(200, 420), 84))
    for row in range(draw.randint(9, 14)):
        top = 140 + row * 46
        sheet.paste("#b8c2cc", (60, top, 60 + draw.randint(180, 500), top + 10))
    for place, letter in enumerate(LETTERS):
        mark = Image.frombytes("1", (POINTS, POINTS), bytes.fromhex(letter)).resize((120, 120))
        sheet.paste("#c9484f", (60 + place * 128, 380), mark)
    target = BytesIO()
    sheet.save(target, "JPEG", quality=70)
    return target.getvalue()


def pdf(lines, salt):
    """One page of text, as small as a PDF can be."""
    shown = "".join(f"<{line.encode('utf-16-be').hex()}> Tj 0 -36 Td " for line in lines)
    text = f"BT /F1 20 Tf 70 720 Td {shown}ET".encode()
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(text), text),
        b"<</Type/Font/Subtype/Type0/BaseFont/STSong-Light/Encoding/UniGB-UCS2-H/DescendantFonts[6 0 R]>>",
        b"<</Type/Font/Subtype/CIDFontType0/BaseFont/STSong-Light/FontDescriptor 7 0 R"
        b"/CIDSystemInfo<</Registry(Adobe)/Ordering(GB1)/Supplement 2>>>>",
        b"<</Type/FontDescriptor/FontName/STSong-Light/Flags 6/FontBBox[-25 -254 1000 880]/ItalicAngle 0/Ascent 880"
        b"/Descent -120/CapHeight 880/StemV 93>>",
    ]
    content, places = b"%%PDF-1.4\n%% %f\n" % salt, []
    for number, one in enumerate(objects, start=1):
        places.append(len(content))
        content += b"%d 0 obj%s endobj\n" % (number, one)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    head = b"xref\n0 %d\n0000000000 65535 f \n%s" % (len(objects) + 1, table)
    return (
        content + head + b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, len(content))
    )
