import uuid

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.db.models.functions import Left
from django.utils import timezone


def marks(operation, rows):
    """A trigger that notes which sheets a statement wrote; it only adds rows, so nobody waits for anybody."""
    return pgtrigger.Trigger(
        name=f"mark_{operation}".lower(),
        level=pgtrigger.Statement,
        when=pgtrigger.After,
        operation=operation,
        referencing=pgtrigger.Referencing(**{name: f"{name}_rows" for name in rows}),
        func="INSERT INTO programs_factsheetchange (county, key) "  # noqa: S608
        + " UNION ".join(f"SELECT county, key FROM {name}_rows" for name in rows)  # noqa: S608
        + "; RETURN NULL;",
    )


class FactSheet(models.Model):
    """What the catalogue asks about one person, without the person: a random key, a place, and the facts.

    Whoever knows the people holds the keys and keeps the rows in step (actions/fact_sheets.py). NULL is "not known".
    Facts of the vocabulary have a column each, which is read two to four times as fast as a key of jsonb and takes a
    quarter of the room; facts that a place has added stand in `local`. Day, state of the program and papers are no
    matter of the person.
    """

    key = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    area_code = models.CharField(max_length=12)
    county = models.GeneratedField(
        expression=Left("area_code", 6), output_field=models.CharField(max_length=6), db_persist=True
    )
    built_at = models.DateTimeField(default=timezone.now)
    local = models.JSONField(default=dict)
    birth_date = models.DateField(null=True)
    age_years = models.SmallIntegerField(null=True)
    gender = models.CharField(max_length=60, null=True)
    nationality = models.CharField(max_length=2, null=True)
    compatriot_origin = models.CharField(max_length=60, null=True)
    hukou_code = models.CharField(max_length=6, null=True)
    residence_code = models.CharField(max_length=6, null=True)
    hukou_type = models.CharField(max_length=60, null=True)
    has_id_card = models.BooleanField(null=True)
    identity_known = models.BooleanField(null=True)
    can_pay_medical_costs = models.BooleanField(null=True)
    categories = ArrayField(models.TextField(), null=True)
    household_flags = ArrayField(models.TextField(), null=True)
    economic_hardship = models.BooleanField(null=True)
    hardship_causes = ArrayField(models.TextField(), null=True)
    hardship_level = models.CharField(max_length=60, null=True)
    home_visit_verified = models.BooleanField(null=True)
    in_spring_festival_gov_list = models.BooleanField(null=True)
    aid_still_insufficient = models.BooleanField(null=True)
    diagnoses = ArrayField(models.TextField(), null=True)
    needs_surgery = models.BooleanField(null=True)
    surgery_done = models.BooleanField(null=True)
    surgery_number = models.SmallIntegerField(null=True)
    complex_chd = models.BooleanField(null=True)
    self_paid_yuan = models.DecimalField(max_digits=15, decimal_places=2, null=True)
    hsct_done = models.BooleanField(null=True)
    hsct_date = models.DateField(null=True)
    emergency_care_needed = models.BooleanField(null=True)
    hospital_grade = models.SmallIntegerField(null=True)
    emergency_cost_unpaid_yuan = models.DecimalField(max_digits=15, decimal_places=2, null=True)
    disability_kinds = ArrayField(models.TextField(), null=True)
    hearing_device = models.CharField(max_length=60, null=True)
    has_disability_cert = models.BooleanField(null=True)
    rehab_need = models.BooleanField(null=True)
    assessed_by_professional = models.BooleanField(null=True)
    rehab_indicated = models.BooleanField(null=True)
    improvement_expected = models.BooleanField(null=True)
    first_application = models.BooleanField(null=True)
    education_stage = models.CharField(max_length=60, null=True)
    enrolled = models.BooleanField(null=True)
    full_time = models.BooleanField(null=True)
    in_national_plan = models.BooleanField(null=True)
    art_or_sports_examinee = models.BooleanField(null=True)
    good_conduct_and_grades = models.BooleanField(null=True)
    junior_high_graduate_this_year = models.BooleanField(null=True)
    gaokao_candidate_this_year = models.BooleanField(null=True)
    admitted_this_year = models.BooleanField(null=True)
    gaokao_score = models.DecimalField(max_digits=15, decimal_places=2, null=True)
    parent_disabled = models.BooleanField(null=True)
    same_hukou_as_disabled_parent = models.BooleanField(null=True)
    public_notice_done = models.BooleanField(null=True)
    red_cross_roles = ArrayField(models.TextField(), null=True)
    prior_grants = models.JSONField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["area_code", "key"], name="fact_sheets_by_area"),
            models.Index(fields=["county", "key"], name="fact_sheets_by_county"),
            GinIndex(fields=["prior_grants"], opclasses=["jsonb_path_ops"], name="fact_sheets_by_grant"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(area_code__regex=r"^[0-9]{12}$"), name="fact_sheet_has_an_area")
        ]
        triggers = [
            marks(pgtrigger.Insert, ["new"]),
            marks(pgtrigger.Update, ["old", "new"]),
            marks(pgtrigger.Delete, ["old"]),
            pgtrigger.Trigger(
                name="mark_truncate",
                level=pgtrigger.Statement,
                when=pgtrigger.After,
                operation=pgtrigger.Truncate,
                func="DELETE FROM programs_factplane; DELETE FROM programs_factshare; RETURN NULL;",
            ),
        ]

    def __str__(self):
        return str(self.key)[:8]


class FactSheetChange(models.Model):
    """A sheet that was written, moved or dropped since the planes of its county were made. Triggers write it, so that
    nobody can forget to."""

    county = models.CharField(max_length=6)
    key = models.UUIDField()

    def __str__(self):
        return f"{self.county} {self.key}"


class Bits(models.Field):
    """A string of bits of any length."""

    def db_type(self, connection):
        return "varbit"


class FactShare(models.Model):
    """Some thousand sheets of a county, each with its place; where a sheet is gone, `everyone` has no bit any more.

    Made from the sheets (programs/planes.py), as its planes are.
    """

    county = models.CharField(max_length=6)
    keys = ArrayField(models.UUIDField())
    everyone = Bits()
    # The day on which the ages in its planes hold.
    day = models.DateField()

    class Meta:
        indexes = [models.Index(fields=["county"], name="fact_shares_by_county")]

    def __str__(self):
        return f"{self.county} {self.pk}"


class FactPlane(models.Model):
    """Of whom in a share one thing is true. The name is a digest of the SQL that asks it: another question, another
    name."""

    share = models.ForeignKey(FactShare, models.CASCADE, related_name="planes", db_index=False)
    name = models.UUIDField()
    bits = Bits()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["share", "name"], name="one_plane_of_a_name")]

    def __str__(self):
        return f"{self.share_id} {self.name}"


class ProgramFit(models.Model):
    """How many people of a county fit a program: counted every night, for lists that cannot ask everybody anew."""

    program = models.ForeignKey("programs.Program", models.CASCADE, related_name="fits")
    county = models.CharField(max_length=6)
    eligible = models.PositiveIntegerField()
    could_be = models.PositiveIntegerField()
    total = models.PositiveIntegerField()
    counted_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["program", "county"], name="one_fit_per_county")]
        indexes = [models.Index(fields=["county"], name="program_fits_by_county")]

    def __str__(self):
        return f"{self.program_id} {self.county}"
