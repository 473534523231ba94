"""Invented families: as many as wanted, the same ones for the same seed, written in bulk.

The names are put together by chance, the numbers lie in an area code that nobody has (999999), the telephones in a
block that nobody has (555). Amounts, illnesses and homes follow no statistics; they only look as records look.
"""

import datetime
import random
from dataclasses import dataclass, field
from itertools import accumulate, islice

from django.utils import timezone

from portal.lib.copying import copy_in
from portal.lib.identity import check_digit
from referrals.actions.facts import project_known
from referrals.models import (
    GovernmentAid,
    Guardianship,
    Household,
    Person,
    PersonCategory,
    PersonFact,
    TimelineEntry,
)

SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎"
    "余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文"
)
RARE_SURNAMES = ("欧阳", "上官", "司徒", "单", "仇", "解", "查", "尉迟")
MALE = "伟强磊军勇杰涛超明刚平辉鹏华飞鑫波斌宇浩凯健俊建国志海山林松柏成东德福贵"
FEMALE = "芳娜敏静丽艳娟霞秀玲桂英梅兰红玉萍燕琴云莲珍凤洁雪琳婷慧莹月春香"
BOTH = "文子安宁晓小天永庆新立长光兴家世和远清一思佳雨晨"
STREETS = ("建设路", "和平街", "兴国路", "红旗街", "中心大街", "文化路", "矿山路", "新华街", "南山路", "林源路")
ILLNESSES = ("cataract", "major_illness", "rare_disease", "congenital_heart_disease", "leukemia")
# How households are made up, and how often: from one person to six.
SHAPES = {"alone": 26, "couple": 13, "parents": 20, "single_parent": 13, "grandparent": 9, "three_generations": 12,
          "old_parent": 7}  # fmt: skip
# Records have come in over so many days.
HISTORY = 730
MANY = 500


@dataclass
class Place:
    """Where records are kept, and where those live who are in them."""

    keeper: object
    residences: list
    staff: object = None
    # How many families, beside other places.
    weight: int = 1


@dataclass
class Batch:
    """What one turn writes, table by table."""

    households: list = field(default_factory=list)
    people: list = field(default_factory=list)
    categories: list = field(default_factory=list)
    facts: list = field(default_factory=list)
    aid: list = field(default_factory=list)
    guardianships: list = field(default_factory=list)
    entries: list = field(default_factory=list)

    def write(self):
        for person in self.people:
            person.derive()
        for held in self.categories:
            held.derive()
        for rows in (
            self.households, self.people, self.categories, self.facts, self.aid, self.guardianships, self.entries,
        ):  # fmt: skip
            if rows:
                copy_in(rows)


def write_families(count, places, *, seed=1, is_full=True, first=0):
    """So many households. `is_full` adds what is known of them; without it they are only there to be found.

    `first` says how many there are already, so that more of them have numbers of their own.
    """
    draw = random.Random(seed)  # noqa: S311 - the same people every time, nothing to guard
    maker = Maker(draw, places, count, is_full, first)
    families = (maker.family() for _ in range(count))
    while turn := list(islice(families, MANY)):
        batch = Batch()
        for family in turn:
            for name, rows in vars(family).items():
                getattr(batch, name).extend(rows)
        batch.write()


class Maker:
    def __init__(self, draw, places, count, is_full, first=0):
        self.draw, self.places, self.is_full = draw, places, is_full
        self.weights = list(accumulate(place.weight for place in places))
        self.today, self.since = timezone.localdate(), timezone.now() - datetime.timedelta(days=HISTORY)
        self.pace = datetime.timedelta(days=HISTORY - 1) / max(1, count)
        self.number = first
        self.taken = set()

    def family(self) -> Batch:
        draw = self.draw
        (place,) = draw.choices(self.places, cum_weights=self.weights)
        residence = draw.choice(place.residences)
        made = Batch()
        self.since += self.pace * draw.uniform(0, 2) if self.since + self.pace * 2 < timezone.now() else self.pace * 0
        household = Household(keeper=place.keeper, residence=residence, created_at=self.since)
        made.households.append(household)
        surname = draw.choice(SURNAMES) if draw.random() > 0.03 else draw.choice(RARE_SURNAMES)
        for relation, gender, age in self._members(*draw.choices(list(SHAPES), SHAPES.values())):
            has_it = relation in ("head", "child", "grandchild") or (relation, gender) == ("parent", "male")
            own = surname if has_it else draw.choice(SURNAMES)
            made.people.append(self._person(household, place, residence, relation, own, gender, age))
        self._describe(made, place)
        return made

    def _members(self, shape):
        """[(relation to the head, gender, age)], the head first."""
        draw = self.draw
        gender = draw.choice(["male", "female"])
        other = "female" if gender == "male" else "male"
        old, grown = draw.randint(62, 92), draw.randint(28, 55)
        if shape == "alone":
            return [("head", gender, draw.choice([old, old, grown]))]
        if shape == "couple":
            return [("head", gender, old), ("spouse", other, max(60, old - draw.randint(0, 6)))]
        if shape == "grandparent":
            both = [("spouse", other, old - 2)] if draw.random() < 0.5 else []
            return [("head", gender, old), *both, *self._young("grandchild", 1, 2, draw.randint(6, 17))]
        if shape == "old_parent":
            return [("head", gender, grown), ("parent", draw.choice(["male", "female"]), grown + draw.randint(22, 34))]
        if shape == "single_parent":
            return [("head", gender, grown), *self._young("child", 1, 2, grown - 22)]
        members = [("head", gender, grown), ("spouse", other, max(22, grown + draw.randint(-4, 3)))]
        members += self._young("child", 1, 2, min(grown - 22, 24))
        if shape == "three_generations":
            ages = grown + draw.randint(21, 30), grown + draw.randint(20, 31)
            members += [("parent", "male", ages[0]), ("parent", "female", ages[1])][draw.randint(0, 1) :]
        return members

    def _young(self, relation, least, most, oldest):
        draw = self.draw
        oldest = max(0, min(oldest, 24))
        return [
            (relation, draw.choice(["male", "female"]), draw.randint(0, oldest))
            for _ in range(draw.randint(least, most))
        ]

    def _person(self, household, place, residence, relation, surname, gender, age):
        draw = self.draw
        born = self.today - datetime.timedelta(days=age * 365 + draw.randint(1, 364))
        self.number += 1
        # A few have no papers, most of them old and alone.
        has_papers = not (self.is_full and relation == "head" and age > 60 and draw.random() < 0.03)
        private = {"number": self._number(born, gender)} if has_papers else {}
        if relation == "head":
            private["phone"] = f"0467-555{draw.randint(0, 9999):04d}"
            private["address"] = f"{residence.name}{draw.choice(STREETS)}{draw.randint(1, 199)}号"
        verified = self.today - datetime.timedelta(days=draw.choice([3, 20, 60, 120, 170, 230]))
        verified = max(verified, timezone.localdate(self.since))
        return Person(
            household=household, keeper=place.keeper, residence=residence, relation=relation,
            name=surname + self._given(gender), gender=gender, birth_date=born, private=private,
            identity_kind="resident" if has_papers else "none", nationality="CN" if has_papers else "",
            registration=residence if draw.random() < 0.8 else None, last_verified_on=verified, created_by=place.staff,
            changed_by=place.staff, created_at=self.since, changed_at=self.since,
        )  # fmt: skip

    def _number(self, born, gender):
        """One for each person. The demo's all lie in 999999; a million people need more regions than that."""
        order = self.number % 500 * 2 + (gender == "male")
        region = 999999 if self.is_full else 900000 + self.number // 500 % 99999
        while (first := f"{region}{born:%Y%m%d}{order:03d}") in self.taken:
            order = (order + 2) % 1000
        if self.is_full:
            self.taken.add(first)
        return first + check_digit(first)

    def _given(self, gender):
        letters = (MALE if gender == "male" else FEMALE) + BOTH
        return "".join(self.draw.choice(letters) for _ in range(self.draw.choice([1, 2, 2, 2])))

    # -- What is known of them ------------------------------------------------------------------------------------
    def _describe(self, made, place):
        draw = self.draw
        category = draw.choice(
            ["dibao", "dibao", "dibao_edge", "tekun", "rigid_expenditure", "monitored", "temp_relief_1y", ""]
        )
        for person in made.people:
            if category:
                made.categories.append(self._category(person, category, place))
        if not self.is_full:
            return
        level = draw.choice(["some", "severe"])
        causes = draw.sample(["major_illness", "schooling", "rigid_spending", "income_drop", "sudden_accident"], 1)
        for person in made.people:
            known = {"hardship_causes": causes, "hardship_level": level, **self._known_of(person)}
            made.facts += [self._fact(person, name, value, place) for name, value in known.items()]
            project_known(person, known)
            made.guardianships += self._guardians(person, made.people[0])
        made.aid += self._aid(made.people[0], category, place)
        head = made.people[0]
        made.entries.append(
            TimelineEntry(
                household=head.household, person=head, kind="person_registered", actor=place.staff,
                organization=place.keeper, happened_at=self.since, recorded_at=self.since,
            )
        )  # fmt: skip

    def _known_of(self, person):
        draw, age = self.draw, person.age
        known = {"dwelling": draw.choice(["own", "own", "rented", "public_rental", "borrowed"])}
        if draw.random() < 0.3:
            known |= {"seriously_ill": True, "diagnoses": [draw.choice(ILLNESSES)]}
            known["medical_cost_left_yuan"] = f"{draw.randint(20, 600) * 100}.00"
        if age >= 75 or draw.random() < 0.05:
            known["no_self_care"] = draw.random() < 0.4
        if 6 <= age <= 22:
            stage = (
                "primary" if age < 12 else "junior_high" if age < 15 else "senior_high" if age < 18 else "undergraduate"
            )
            known |= {"education_stage": stage, "enrolled": True, "full_time": True}
        if 18 <= age < 60:
            known["can_work"] = draw.choice(["full", "partial", "none"])
        if draw.random() < 0.15:
            known |= {"has_disability_cert": True, "disability_kinds": [draw.choice(["vision", "hearing", "limb"])]}
            known |= self._rehabilitation_of(age)
        # Nobody knows everything: what only a visit or a paper tells is still open for many.
        asked = {**self._asked_on_visits(), **self._illness_of(known), **self._school_of(known, age)}
        return known | {name: value for name, value in asked.items() if draw.random() < 0.8}

    def _asked_on_visits(self):
        odds = {"home_visit_verified": 0.7, "aid_still_insufficient": 0.6, "in_spring_festival_gov_list": 0.2}
        return {"prior_grants": [], **{name: self.draw.random() < odd for name, odd in odds.items()}}

    def _illness_of(self, known):
        draw, kinds = self.draw, known.get("diagnoses", [])
        cost = {"self_paid_yuan": f"{draw.randint(2, 60) * 1000}.00"}
        if "congenital_heart_disease" in kinds:
            return cost | {
                "needs_surgery": draw.random() < 0.8,
                "complex_chd": draw.random() < 0.2,
                "surgery_number": 1,
            }
        if "leukemia" in kinds:
            return {"hsct_done": draw.random() < 0.4}
        return cost if "cataract" in kinds else {}

    def _school_of(self, known, age):
        draw = self.draw
        if not known.get("enrolled"):
            return {}
        told = {"good_conduct_and_grades": draw.random() < 0.6, "art_or_sports_examinee": draw.random() < 0.1}
        if known["education_stage"] == "undergraduate":
            told |= {"in_national_plan": True, "admitted_this_year": age == 18, "gaokao_candidate_this_year": age == 18}
        return told

    def _rehabilitation_of(self, age):
        if age > 6:
            return {}
        names = ("rehab_need", "assessed_by_professional", "rehab_indicated", "improvement_expected")
        return dict.fromkeys(names, True) | {"hearing_device": "none"}

    def _fact(self, person, name, value, place):
        day = person.last_verified_on
        fact = PersonFact(
            person=person, name=name, source="入户记录", valid_on=day, verified_on=day, recorded_by=place.staff,
            recorded_at=self.since, verified_by=place.staff,
        )  # fmt: skip
        fact.put(value)
        return fact

    def _category(self, person, category, place):
        since = self.today - datetime.timedelta(days=self.draw.randint(30, 900))
        form = "dispersed" if category == "tekun" else ""
        return PersonCategory(
            person=person, category=category, since=since, form=form, certified_by=str(place.keeper),
            recorded_by=place.staff, recorded_at=self.since,
        )  # fmt: skip

    def _aid(self, head, category, place):
        """What the family has asked for and what came of it."""
        draw = self.draw
        told = []
        if category in ("dibao", "tekun"):
            told.append((category, "granted", "monthly", draw.randint(4, 12) * 100, ""))
        if draw.random() < 0.25:
            told.append(("medical", "refused", "", None, "自付费用未达到起付标准"))
        if draw.random() < 0.2:
            told.append(("temp_relief", "granted", "once", draw.randint(5, 40) * 100, ""))
        if draw.random() < 0.15:
            told.append(("heating", "granted", "once", draw.choice([400, 600, 800]), ""))
        if draw.random() < 0.06:
            told.append((draw.choice(["housing", "education"]), "applied", "", None, ""))
        return [self._one_aid(head, place, *one) for one in told]

    def _one_aid(self, head, place, scheme, state, rhythm, yuan, reason):
        day = self.today - datetime.timedelta(days=self.draw.randint(30, 700))
        decided = {"decided_on": day, "decided_by": str(place.keeper)} if state != "applied" else {}
        granted = {"since": day, "rhythm": rhythm, "amount_yuan": f"{yuan}.00"} if state == "granted" else {}
        return GovernmentAid(
            person=head, scheme=scheme, state=state, reason=reason, applied_on=day - datetime.timedelta(days=12),
            recorded_by=place.staff, recorded_at=self.since, **decided, **granted,
        )  # fmt: skip

    def _guardians(self, person, head):
        if not person.is_minor or person is head:
            return []
        relation = {"grandchild": "grandparent"}.get(person.relation, "mother" if head.gender == "female" else "father")
        return [Guardianship(ward=person, guardian=head, relation=relation)]
