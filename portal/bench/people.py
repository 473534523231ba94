"""What it costs to find somebody among many, to look at them, and to leaf through them."""

import itertools
import sys
from datetime import timedelta
from functools import cache

from django.db import connection, transaction
from django.db.models.functions import Mod
from django.test import RequestFactory
from django.utils import timezone

from members.models import Area, Organization, RoleAssignment, Staff
from portal.bench.registry import benchmark
from portal.bench.serving import SIGNED_IN
from portal.lib.pages import PAGE_SIZE, page_of
from referrals import consents_shown, finding
from referrals.management.demo.families import Place, write_families
from referrals.management.demo.histories import Chronicler, seeded
from referrals.management.demo.past_consents import Asker
from referrals.models import Lead, Need, Person, Visit

PER_FAMILY = 1.72
# Families are whole: nobody counts to the last person.
NEARLY = 0.05
# A frequent surname, a rare one, a common given name, whole names, initials.
SEARCHES = ("王", "仇", "晓", "永强", "欧阳", "小芳", "王建国", "刘晓军", "wjg", "lx")
NEWEST = 20
BATCH = 2000
# Enough for a thousand pages of each list.
MOST_LISTED = 25_000


@cache
def officer(size):
    """Somebody of a city's bureau; the city is the one with most people."""
    fill(size)
    with connection.cursor() as cursor:
        cursor.execute("select city from referrals_person where city <> '' group by 1 order by count(*) desc limit 1")
        (city,) = cursor.fetchone()
    area = Area.objects.filter(code=city).first() or Area.objects.order_by("code").first()
    bureau, _is_new = Organization.objects.get_or_create(
        name="市民政局", defaults={"kind": "civil_affairs", "area": area, "level": area.level}
    )
    staff, is_new = Staff.objects.get_or_create(
        username="benchcity", defaults={"name": "市级经办", "organization": bureau, "password": "!"}
    )
    if is_new:
        RoleAssignment.objects.create(staff=staff, role="bureau_officer", confirmed_at=timezone.now())
    return Staff.objects.select_related("organization__area").get(pk=staff.pk)


def fill(size):
    """So many people (bin/bench --people), in families, kept by the bureaus of all counties of the data set."""
    there = Person.objects.count()
    missing = size - there
    if missing < size * NEARLY:
        return
    print(f"… {missing} people", file=sys.stderr)
    bureaus = Organization.objects.filter(kind="civil_affairs", level="county").select_related("area")
    by_area = {unit.area_id: Place(unit, [unit.area]) for unit in bureaus.order_by("-pk")}
    write_families(round(missing / PER_FAMILY), list(by_area.values()), seed=size, is_full=False, first=there)
    with connection.cursor() as cursor:
        cursor.execute("vacuum analyze referrals_person, referrals_personcategory, referrals_household")


@cache
def lists_of(size):
    """The officer, once there are leads, needs, visits and consents too: many in the city, and some everywhere else."""
    staff = officer(size)
    if Lead.objects.exists():
        return staff
    print("… what happened to them", file=sys.stderr)
    heads = Person.objects.filter(relation="head", is_official=True).select_related("keeper__area", "residence")
    heads = heads.defer("name_keys", "private").order_by("pk")
    city = staff.organization.area.code
    write_histories(heads.filter(city=city)[:MOST_LISTED], staff, size, times=2)
    elsewhere = heads.exclude(city=city).alias(turn=Mod("pk", 40)).filter(turn=0)
    write_histories(elsewhere[:MOST_LISTED], staff, size + 1, times=1)
    with connection.cursor() as cursor:
        cursor.execute("vacuum analyze referrals_lead, referrals_need, referrals_visit, referrals_consent")
    return staff


def write_histories(heads, staff, seed, times):
    draw = seeded(seed)
    heads = heads.iterator(BATCH)
    while turn := list(itertools.islice(heads, BATCH)):
        chronicler = Chronicler(draw, lambda _keeper: staff, is_sparse=True)
        asker = Asker(draw, lambda _keeper: staff, {"ending": 1}, is_sparse=True)
        for number, head in enumerate(turn):
            head.created_at = timezone.now() - timedelta(days=draw.randint(2, 730))
            if number % 3 == 0:
                asker.ask(head)
            for _ in range(times):
                chronicler.tell([head])
        with transaction.atomic():
            chronicler.told.write()
            asker.told.write()


def some(size, count=2000):
    """People spread over the whole table: (key, code, number)."""
    step = max(1, Person.objects.count() // count)
    rows = Person.objects.alias(turn=Mod("pk", step)).filter(turn=0)[:count]
    return [(person.pk, person.code, person.number) for person in rows]


@benchmark("a person by encrypted number", against="by a plaintext column of the row", reach=1.2)
def by_number(world):
    officer(world.people)
    people = itertools.cycle(some(world.people))

    def encrypted(times):
        for (_pk, _code, number), _turn in zip(people, range(times), strict=False):
            if Person.objects.with_number(number).get().number != number:
                raise RuntimeError("somebody else was found")

    def plain(times):
        for (_pk, code, _number), _turn in zip(people, range(times), strict=False):
            Person.objects.filter(code=code).get()

    return encrypted, plain


def newest_found(staff):
    """The ids of the newest that a search finds, each search in its turn."""

    def work(times):
        for text, _turn in zip(itertools.cycle(SEARCHES), range(times), strict=False):
            people = finding.found(Person.objects.visible_to(staff), text).order_by("-pk")
            list(people.values_list("pk", "code", "name", "residence_id")[:NEWEST])

    return work


@benchmark("a name in a city, newest 20", against="20 rows by primary key", reach=12)
def by_name(world):
    staff = officer(world.people)
    keys = itertools.cycle(batches(world.people))

    def rows(times):
        for wanted, _turn in zip(keys, range(times), strict=False):
            list(Person.objects.filter(pk__in=wanted).values_list("pk", "code", "name", "residence_id"))

    return newest_found(staff), rows


def batches(size):
    keys = [pk for pk, _code, _number in some(size)]
    return [keys[start : start + NEWEST] for start in range(0, len(keys) - NEWEST + 1, NEWEST)]


@benchmark("two characters of a name", against="LIKE over the city, as trigrams would", reach=0.04)
def two_characters(world):
    staff = officer(world.people)
    words = ("永强", "小芳", "晓军", "雨晨", "仇伟")

    def by_keys(times):
        for text, _turn in zip(itertools.cycle(words), range(times), strict=False):
            people = finding.found(Person.objects.visible_to(staff), text)
            list(people.order_by("-pk").values_list("pk", "name")[:NEWEST])

    def by_like(times):
        for text, _turn in zip(itertools.cycle(words), range(times), strict=False):
            people = Person.objects.visible_to(staff).filter(name__contains=text)
            # Trigrams find nothing in two characters: all of the city is read and sorted.
            sorted(people.order_by().values_list("pk", "name"), reverse=True)[:NEWEST]

    return by_keys, by_like


def late_page(rows, order, light):
    """Page 1000, or the last one, beside the first. `light` is how it gets there: without what rows show."""
    factory = RequestFactory()
    page, query = page_of(factory.get("/"), light, order), ""
    for _ in range(min(1000, rows.count() // PAGE_SIZE) - 2):
        query = page.after
        page = page_of(factory.get("/", {"after": query}), light, order)

    def turning(**asked):
        def work(times):
            for _ in range(times):
                page_of(factory.get("/", asked), rows, order)

        return work

    return turning(after=query), turning()


@benchmark("the list of people, a late page", against="its first page", reach=1.1)
def late_people(world):
    people = Person.objects.visible_to(officer(world.people))
    return late_page(people.as_rows(), ["-pk"], people.only("pk"))


@benchmark("the list of leads, a late page", against="its first page", reach=1.1)
def late_leads(world):
    leads = Lead.objects.visible_to(lists_of(world.people)).waiting()
    order = ["rank", "due_on", "pk"]
    return late_page(leads.select_related("area", "organization", "filed_by"), order, leads.only("rank", "due_on"))


@benchmark("the list of needs, a late page", against="its first page", reach=1.1)
def late_needs(world):
    needs = Need.objects.visible_to(lists_of(world.people)).open()
    return late_page(needs.select_related("person__residence"), ["rank", "-pk"], needs.only("rank"))


@benchmark("the list of visits, a late page", against="its first page", reach=1.1)
def late_visits(world):
    visits = Visit.objects.visible_to(lists_of(world.people))
    return late_page(visits.as_rows(), ["-visited_on", "-pk"], visits.only("visited_on"))


@benchmark("the list of ending consents, a late page", against="its first page", reach=1.1)
def late_consents(world):
    rows = consents_shown.ending_soon(lists_of(world.people))
    whole = rows.select_related("person", "wording", "organization").with_terms()
    return late_page(whole, ["valid_until", "pk"], rows.only("valid_until"))


@benchmark("the page of a person, in process", against="the empty page, signed in")
def person_page(world):
    staff = officer(world.people)
    client = world.client(username=staff.username)
    # Of minors only those see a page who were approved for them.
    adults = Person.objects.visible_to(staff).filter(birth_date__year__lt=1990)
    codes = list(adults.values_list("code", flat=True)[:500])

    def page(times):
        for code, _turn in zip(itertools.cycle(codes), range(times), strict=False):
            if client.get(f"/people/{code}/").status_code != 200:
                raise RuntimeError("the page is not there")

    def nothing(times):
        for _ in range(times):
            client.get(SIGNED_IN)

    return page, nothing
