"""What several nouns have in common: columns that repeat others, and pictures."""

from django.db import models

from portal.lib.codes import public_code


class Derived(models.Model):
    """Some columns repeat what others say, for the sake of one index each. derive() fills them; it is called by every
    save of a whole row, and to be called before bulk_create()."""

    class Meta:
        abstract = True

    def save(self, *args, **options):
        if options.get("update_fields") is None:
            self.derive()
        super().save(*args, **options)


class Placed(Derived):
    """A row that is found by its place: at every level the code of the division it lies in."""

    province = models.CharField(max_length=12, blank=True, editable=False)
    city = models.CharField(max_length=12, blank=True, editable=False)
    county = models.CharField(max_length=12, blank=True, editable=False)
    town = models.CharField(max_length=12, blank=True, editable=False)

    class Meta:
        abstract = True

    def lie_in(self, area):
        for level in ("province", "city", "county", "town"):
            setattr(self, level, getattr(area, level))


class Photo(models.Model):
    """A picture, drawn anew and sealed (portal.lib.uploads)."""

    code = models.CharField(max_length=12, unique=True, default=public_code, editable=False)
    file_key = models.CharField(max_length=32, editable=False)
    file_name = models.CharField(max_length=100)
    file_size = models.PositiveIntegerField()

    class Meta:
        abstract = True
        ordering = ["pk"]

    def __str__(self):
        return self.code
