"""Households, the people in them, and who looks after whom."""

import secrets

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.kinds import BUREAU_KINDS, Level
from members.roles import ALL, AREA
from portal.lib import identity, masks
from portal.lib.codes import public_code
from portal.lib.encrypted_fields import BlindIndexField, EncryptedJSONField
from portal.lib.name_keys import keys_of
from portal.lib.pinyin import sort_key
from referrals.kinds import (
    ADULT_AGE,
    ELDERLY_AGE,
    LAPSES_AFTER_A_YEAR,
    VERIFIED_FOR,
    Category,
    CompatriotOrigin,
    FamilyRelation,
    Gender,
    GuardianRelation,
    HardshipCause,
    HardshipLevel,
    IdentityKind,
    PersonFlag,
    SupportForm,
    a_year_after,
    compatriot_origin,
)
from referrals.models.derived import Placed

# What of a person lies in the envelope. Nothing else may be put there, so that every page knows what there is.
PRIVATE = (
    "number", "phone", "second_phone", "address", "looks", "bank", "bank_code", "account", "account_holder",
    "health_note", "remark",
)  # fmt: skip


def fact_key():
    """The name of a person's nameless row among the facts: it leads nowhere without this table."""
    return secrets.token_hex(16)


class Household(models.Model):
    """一户: those who live and reckon together. A person alone is a household of one."""

    code = models.CharField(max_length=12, unique=True, default=public_code, editable=False)
    keeper = models.ForeignKey(
        "members.Organization", models.PROTECT, verbose_name=_("登记单位"), related_name="households"
    )
    residence = models.ForeignKey("members.Area", models.PROTECT, verbose_name=_("居住地"), related_name="households")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-pk"]

    def __str__(self):
        """For the audit: nobody's name."""
        return self.code


class PersonQuerySet(models.QuerySet):
    def visible_to(self, staff, permission="person.view"):
        """Those whose record this person of staff may see at all; everyone else is out of sight (404).

        The civil-affairs side sees, as far as its role reaches, who lives in its area and is kept by that side. Every
        other unit sees the people it keeps itself; of others it learns only through a consent.
        """
        reach = staff.permissions.get(permission)
        standing = self.filter(merged_into=None)
        if reach is None:
            return self.none()
        if staff.organization.kind not in BUREAU_KINDS:
            return standing.filter(keeper=staff.organization_id)
        if reach in (AREA, ALL):
            return standing.filter(is_official=True).in_area(staff.organization.area)
        return standing.filter(keeper=staff.organization_id)

    def in_area(self, area):
        """Those who live in this area or below it."""
        if area.level == Level.VILLAGE:
            return self.filter(residence=area)
        return self.filter(**{area.level: area.code})

    def living(self):
        return self.filter(died_on=None)

    def not_verified(self, on=None):
        """The living whose record nobody has verified for long."""
        on = on or timezone.localdate()
        return self.living().filter(last_verified_on__lt=on - VERIFIED_FOR)

    def in_category(self, category, on=None):
        """Those who are in this category on this day."""
        held = PersonCategory.objects.current(on).filter(person=OuterRef("pk"), category=category)
        return self.filter(Exists(held))

    def without_envelope(self):
        """Neither what is sealed nor what only searches ask for."""
        return self.defer("name_keys", "private")

    def as_rows(self):
        """For lists: without what a row does not show, and with the categories that hold today as `held`."""
        held = models.Prefetch("categories", PersonCategory.objects.current(), to_attr="held")
        return self.select_related("residence").prefetch_related(held).defer("name_keys", "private")

    def with_number(self, number):
        """By the whole number of a document, however it was typed."""
        return self.filter(Person.number_question(number))

    def with_phone(self, phone):
        """By a whole telephone number in the spelling of portal.lib.telephones."""
        return self.filter(Person.phone_question(phone))


class Person(Placed):
    """Someone in difficulty (困难群众), as one unit or one side keeps them.

    The name is in clear, so that it can be searched; what nobody has to search lies in `private`. The columns below
    `derive()` repeat what other columns say, for the sake of one index each.
    """

    code = models.CharField(max_length=12, unique=True, default=public_code, editable=False)
    household = models.ForeignKey(Household, models.PROTECT, verbose_name=_("家庭"), related_name="people")
    relation = models.CharField(_("与户主关系"), max_length=20, choices=FamilyRelation, default=FamilyRelation.HEAD)
    keeper = models.ForeignKey(
        "members.Organization", models.PROTECT, verbose_name=_("登记单位"), related_name="people"
    )
    residence = models.ForeignKey("members.Area", models.PROTECT, verbose_name=_("居住地"), related_name="residents")
    registration = models.ForeignKey(
        "members.Area", models.PROTECT, null=True, blank=True, verbose_name=_("户籍地"), related_name="registered"
    )
    name = models.CharField(_("姓名"), max_length=60)
    is_identity_known = models.BooleanField(_("身份已查明"), default=True)
    identity_kind = models.CharField(_("证件类型"), max_length=20, choices=IdentityKind, default=IdentityKind.RESIDENT)
    private = EncryptedJSONField(default=dict)
    number_index = BlindIndexField(source="number")
    phone_index = BlindIndexField(source="phone")
    second_phone_index = BlindIndexField(source="second_phone")
    birth_date = models.DateField(_("出生日期"), null=True, blank=True)
    gender = models.CharField(_("性别"), max_length=6, choices=Gender, blank=True)
    nationality = models.CharField(_("国籍"), max_length=2, default="CN", blank=True)
    # Projections of facts (referrals.models.facts), for lists and searches.
    flags = ArrayField(
        models.CharField(max_length=20, choices=PersonFlag), default=list, blank=True, verbose_name=_("特殊情况")
    )
    causes = ArrayField(
        models.CharField(max_length=20, choices=HardshipCause), default=list, blank=True, verbose_name=_("致困原因")
    )
    level = models.CharField(_("困难程度"), max_length=10, choices=HardshipLevel, blank=True)
    # Derived; see derive().
    is_official = models.BooleanField(default=False, editable=False)
    compatriot_origin = models.CharField(
        _("港澳台同胞"), max_length=2, choices=CompatriotOrigin, blank=True, editable=False
    )
    name_keys = ArrayField(models.CharField(max_length=10), default=list, editable=False)
    sort_key = models.CharField(max_length=200, blank=True, editable=False)
    fact_key = models.CharField(max_length=32, unique=True, default=fact_key, editable=False)
    died_on = models.DateField(_("死亡日期"), null=True, blank=True)
    last_verified_on = models.DateField(_("最近核实"), default=timezone.localdate)
    merged_into = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="merged")
    version = models.PositiveIntegerField(default=1)
    created_by = models.ForeignKey("members.Staff", models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    changed_by = models.ForeignKey("members.Staff", models.PROTECT, null=True, related_name="+")
    changed_at = models.DateTimeField(default=timezone.now)

    objects = PersonQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        indexes = [
            # A common name is found by walking the newest of a place, a rare one by its keys: the planner chooses.
            *(
                models.Index(
                    fields=[level, "-id"], name=f"person_in_{level}",
                    condition=Q(is_official=True, merged_into=None),
                )
                for level in ("province", "city", "county", "town")
            ),
            models.Index(fields=["residence", "-id"], name="person_in_village"),
            models.Index(fields=["keeper", "-id"], name="person_of_keeper", condition=Q(merged_into=None)),
            models.Index(fields=["county", "last_verified_on", "id"], name="person_verified"),
            models.Index(fields=["number_index"], name="person_number"),
            models.Index(fields=["phone_index"], name="person_phone"),
            models.Index(fields=["second_phone_index"], name="person_second_phone"),
            models.Index(fields=["name", "birth_date"], name="person_name_and_birth"),
            GinIndex(fields=["city", "name_keys"], name="person_name_keys"),
        ]  # fmt: skip
        constraints = [
            # One record on the civil-affairs side, whoever keeps it there; one with each unit outside.
            models.UniqueConstraint(
                fields=["number_index"],
                condition=Q(is_official=True, merged_into=None),
                name="one_official_record_per_number",
            ),
            models.UniqueConstraint(
                fields=["keeper", "number_index"],
                condition=Q(is_official=False, merged_into=None),
                name="one_record_per_number_and_keeper",
            ),
            models.UniqueConstraint(
                fields=["household"],
                condition=Q(relation=FamilyRelation.HEAD, merged_into=None, died_on=None),
                name="one_head_per_household",
            ),
            models.CheckConstraint(
                condition=Q(died_on=None) | Q(birth_date=None) | Q(died_on__gte=F("birth_date")),
                name="person_dies_after_birth",
            ),
            models.CheckConstraint(
                condition=~Q(identity_kind=IdentityKind.NONE) | Q(number_index=None),
                name="person_without_papers_has_no_number",
            ),
            models.CheckConstraint(
                condition=Q(merged_into=None) | ~Q(merged_into=F("id")), name="person_is_not_merged_into_itself"
            ),
        ]

    def __str__(self):
        """For the audit, which those read who see no case: nobody's name."""
        return self.code

    def derive(self):
        """Fill the columns that repeat others. Called by save(); to be called before bulk_create()."""
        self.lie_in(self.residence)
        self.is_official = self.keeper.kind in BUREAU_KINDS
        self.compatriot_origin = compatriot_origin(self.identity_kind, self.number)
        self.name_keys = keys_of(self.name)
        self.sort_key = sort_key(self.name)

    @staticmethod
    def number_question(number):
        """The condition: this is the number of their document, however it was typed."""
        return BlindIndexField.asking(Person, "number_index", identity.normalize(number))

    @staticmethod
    def phone_question(phone):
        """The condition: this is one of their telephones."""
        first = BlindIndexField.asking(Person, "phone_index", phone)
        return first | BlindIndexField.asking(Person, "second_phone_index", phone)

    @property
    def number(self):
        return self.private.get("number", "")

    @property
    def phone(self):
        return self.private.get("phone", "")

    @property
    def second_phone(self):
        return self.private.get("second_phone", "")

    @property
    def phones(self):
        return [phone for phone in (self.phone, self.second_phone) if phone]

    @property
    def account(self):
        return self.private.get("account", "")

    @property
    def address(self):
        return self.private.get("address", "")

    @property
    def bank(self):
        return self.private.get("bank", "")

    @property
    def looks(self):
        return self.private.get("looks", "")

    @property
    def health_note(self):
        return self.private.get("health_note", "")

    @property
    def remark(self):
        return self.private.get("remark", "")

    @property
    def masked_name(self):
        return masks.mask_name(self.name)

    @property
    def masked_number(self):
        return masks.mask_number(self.number) if self.number else ""

    @property
    def masked_phone(self):
        return masks.mask_phone(self.phone) if self.phone else ""

    @property
    def masked_second_phone(self):
        return masks.mask_phone(self.second_phone) if self.second_phone else ""

    @property
    def masked_account(self):
        return masks.mask_account(self.account) if self.account else ""

    def age_on(self, day=None):
        """Full years, or None where the birth is not known."""
        day = self.died_on or day or timezone.localdate()
        return identity.age_on(self.birth_date, day) if self.birth_date else None

    @property
    def age(self):
        return self.age_on()

    @property
    def is_minor(self):
        """Someone whose birth is not known is not taken for a minor."""
        age = self.age_on()
        return age is not None and age < ADULT_AGE

    @property
    def is_stale(self):
        return self.died_on is None and self.last_verified_on < timezone.localdate() - VERIFIED_FOR

    @property
    def cause_words(self):
        return [HardshipCause(cause).label for cause in self.causes]

    @property
    def is_elderly(self):
        age = self.age_on()
        return age is not None and age >= ELDERLY_AGE


class CategoryQuerySet(models.QuerySet):
    def current(self, on=None):
        """Those that hold on this day; temporary relief lapses by itself."""
        on = on or timezone.localdate()
        return self.filter(Q(last_day=None) | Q(last_day__gte=on), since__lte=on)


class PersonCategory(models.Model):
    """对象类别: that somebody was certified to be in it, from when to when, by whom, on which paper."""

    code = models.CharField(max_length=12, unique=True, default=public_code, editable=False)
    person = models.ForeignKey(Person, models.PROTECT, related_name="categories", verbose_name=_("困难群众"))
    category = models.CharField(_("对象类别"), max_length=30, choices=Category)
    form = models.CharField(_("供养形式"), max_length=20, choices=SupportForm, blank=True)
    since = models.DateField(_("认定日期"))
    until = models.DateField(_("有效期至"), null=True, blank=True)
    # The earlier of `until` and what the category itself allows; kept by save(), asked by every search.
    last_day = models.DateField(null=True, editable=False)
    certified_by = models.CharField(_("认定单位"), max_length=120, blank=True)
    # {"number": …}: of a certificate, which names one family.
    private = EncryptedJSONField(default=dict)
    document = models.ForeignKey(
        "referrals.Document",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="categories",
        verbose_name=_("依据的材料"),
    )
    aid = models.ForeignKey(
        "referrals.GovernmentAid", models.PROTECT, null=True, blank=True, related_name="categories", editable=False
    )
    recorded_by = models.ForeignKey("members.Staff", models.PROTECT, null=True, related_name="+")
    recorded_at = models.DateTimeField(default=timezone.now)
    ended_by = models.ForeignKey("members.Staff", models.PROTECT, null=True, related_name="+")
    end_reason = models.CharField(_("终止原因"), max_length=200, blank=True)

    objects = CategoryQuerySet.as_manager()

    class Meta:
        ordering = ["-since", "-pk"]
        indexes = [models.Index(fields=["category", "person"], name="category_of_person")]
        constraints = [
            models.CheckConstraint(
                condition=Q(until=None) | Q(until__gte=F("since")), name="category_ends_after_it_begins"
            ),
            models.CheckConstraint(
                condition=Q(form="") | Q(category=Category.TEKUN), name="form_of_support_is_for_the_destitute"
            ),
        ]

    def __str__(self):
        return self.get_category_display()

    def save(self, *args, **options):
        self.derive()
        super().save(*args, **options)

    def derive(self):
        """Called by save(); to be called before bulk_create()."""
        self.last_day = self.until
        if self.category in LAPSES_AFTER_A_YEAR:
            self.last_day = min(self.until or a_year_after(self.since), a_year_after(self.since))

    @property
    def paper(self):
        return self.private.get("number", "")

    @property
    def is_current(self):
        today = timezone.localdate()
        return self.since <= today and (self.last_day is None or self.last_day >= today)


class PersonChange(models.Model):
    """One save of a person: {field: [old, new]}, sealed as a whole. Append-only."""

    code = models.CharField(max_length=12, unique=True, default=public_code, editable=False)
    person = models.ForeignKey(Person, models.PROTECT, related_name="changes")
    version = models.PositiveIntegerField()
    changes = EncryptedJSONField(default=dict)
    made_by = models.ForeignKey("members.Staff", models.PROTECT, null=True, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-pk"]
        constraints = [models.UniqueConstraint(fields=["person", "version"], name="one_change_per_person_and_version")]
        triggers = [pgtrigger.Protect(name="append_only", operation=pgtrigger.Delete)]

    def __str__(self):
        return f"{self.person_id} v{self.version}"


class GuardianshipQuerySet(models.QuerySet):
    def open(self, on=None):
        """Those that hold on this day."""
        on = on or timezone.localdate()
        return self.filter(Q(ended_on=None) | Q(ended_on__gt=on))


class Guardianship(models.Model):
    """Who looks after somebody in law: one or both parents, another person, a body; in the system or not.

    A guardian who is not in the system stands in `private`: {"name", "number", "phone"}. Ended, never deleted.
    """

    code = models.CharField(max_length=12, unique=True, default=public_code, editable=False)
    ward = models.ForeignKey(Person, models.PROTECT, related_name="guardianships", verbose_name=_("被监护人"))
    guardian = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, related_name="wards", verbose_name=_("监护人")
    )
    relation = models.CharField(_("与被监护人的关系"), max_length=20, choices=GuardianRelation)
    private = EncryptedJSONField(default=dict)
    document = models.ForeignKey(
        "referrals.Document",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="guardianships",
        verbose_name=_("依据的材料"),
    )
    paper = models.CharField(_("依据"), max_length=120, blank=True)
    since = models.DateField(_("自"), null=True, blank=True)
    ended_on = models.DateField(_("终止日期"), null=True, blank=True)
    end_reason = models.CharField(_("终止原因"), max_length=200, blank=True)
    recorded_by = models.ForeignKey("members.Staff", models.PROTECT, null=True, related_name="+")
    recorded_at = models.DateTimeField(default=timezone.now)

    objects = GuardianshipQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(guardian=None) | ~Q(guardian=F("ward")), name="nobody_is_their_own_guardian"
            ),
            models.UniqueConstraint(
                fields=["ward", "guardian"], condition=Q(ended_on=None), name="one_open_guardianship_of_two_people"
            ),
        ]

    def __str__(self):
        return self.get_relation_display()

    @property
    def name(self):
        return self.guardian.name if self.guardian_id else self.private.get("name", "")

    @property
    def number(self):
        return self.guardian.number if self.guardian_id else self.private.get("number", "")

    @property
    def phone(self):
        return self.guardian.phone if self.guardian_id else self.private.get("phone", "")
