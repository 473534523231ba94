"""Model fields whose column is an envelope (portal.lib.encryption).

A field has to know its row before the row has an id, so the row is named by a column that is made in Python and never
changes: the public `code` (or another one, by `row=`). The value is opened when it is first read, not when it is
loaded, so a list that does not show it pays nothing; `values_list()` gives `Sealed`, to be opened with the row's code.

    class Person(models.Model):
        code = models.CharField(max_length=12, unique=True, default=public_code)
        private = EncryptedJSONField()                      # one envelope for all that is private
        number_index = BlindIndexField(source="number")     # a property that reads from `private`

    Person.objects.filter(number_index__in=BlindIndexField.of(Person, "number_index", number))
"""

import json

import pgtrigger
from django.core.exceptions import FieldError
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models, transaction
from django.db.models.query_utils import DeferredAttribute

from portal.lib import encryption


class Sealed:
    """An envelope as it came from the database, not yet opened."""

    __slots__ = ("envelope", "field")

    def __init__(self, envelope, field):
        self.envelope, self.field = envelope, field

    def open(self, row):
        return self.field.unseal(self.envelope, row)

    def is_current(self):
        return encryption.provider().is_current(self.envelope)

    def __repr__(self):
        return "<sealed>"


class EncryptedAttribute(DeferredAttribute):
    """Opens the envelope at the first reading. It also answers to assignment, else Django would never ask it."""

    def __get__(self, instance, cls=None):
        value = super().__get__(instance, cls)
        if isinstance(value, Sealed):
            value = value.open(self.field.row_of(instance))
            instance.__dict__[self.field.attname] = value
        return value

    def __set__(self, instance, value):
        instance.__dict__[self.field.attname] = value


class EncryptedField(models.BinaryField):
    """The common part. Written through `save()` and `bulk_create()` only; compared with nothing but NULL."""

    descriptor_class = EncryptedAttribute

    def __init__(self, *args, row="code", **options):
        super().__init__(*args, **options)
        self.row = row

    def deconstruct(self):
        name, path, args, options = super().deconstruct()
        return name, path, args, {**options, "row": self.row}

    def row_of(self, instance):
        row = getattr(instance, self.row)
        if not row:
            raise FieldError(f"{self} seals for its row, and {self.row} is still empty.")
        return row

    def seal(self, value, row) -> bytes:
        return encryption.provider().encrypt(self.to_bytes(value), self._place(row))

    def unseal(self, envelope, row):
        return self.from_bytes(encryption.provider().decrypt(bytes(envelope), self._place(row)))

    def _place(self, row):
        return encryption.place(self.model._meta.db_table, self.column, row)

    def from_db_value(self, value, expression, connection):
        return None if value is None else Sealed(value, self)

    def pre_save(self, instance, add):
        value = instance.__dict__.get(self.attname)
        if value is None or isinstance(value, Sealed):
            return value
        return Sealed(self.seal(value, self.row_of(instance)), self)

    def get_db_prep_value(self, value, connection, prepared=False):
        if value is None:
            return None
        if not isinstance(value, Sealed):
            raise FieldError(f"{self} is written with save() or bulk_create(), which know the row.")
        return super().get_db_prep_value(value.envelope, connection, prepared)

    def get_lookup(self, name):
        if name != "isnull":
            raise FieldError(f"{self} cannot be searched; give the model a BlindIndexField.")
        return super().get_lookup(name)

    def get_default(self):
        return self._get_default() if self.has_default() else None

    def value_to_string(self, obj):
        raise FieldError(f"{self} is not put into dumps.")

    def to_python(self, value):
        return value

    def get_internal_type(self):
        return "BinaryField"


class EncryptedTextField(EncryptedField):
    def to_bytes(self, value):
        return value.encode()

    def from_bytes(self, plain):
        return plain.decode()


class EncryptedJSONField(EncryptedField):
    """Dates and amounts become text, as in every JSON of Django's."""

    def to_bytes(self, value):
        return json.dumps(value, cls=DjangoJSONEncoder, ensure_ascii=False, separators=(",", ":")).encode()

    def from_bytes(self, plain):
        return json.loads(plain)


class BlindIndexField(models.BinaryField):
    """The keyed hash of another attribute of the same row, kept in step by save(). Empty values have no index.

    While keys are being rotated two rows may hold the same value under two keys: look before you insert, with `of()`.
    """

    def __init__(self, *args, source, **options):
        super().__init__(*args, **{"null": True, "editable": False, **options})
        self.source = source

    def deconstruct(self):
        name, path, args, options = super().deconstruct()
        return name, path, args, {**options, "source": self.source}

    @property
    def purpose(self):
        return f"{self.model._meta.db_table}.{self.column}"

    def pre_save(self, instance, add):
        value = getattr(instance, self.source)
        index = encryption.provider().blind_index(str(value).encode(), self.purpose) if value else None
        setattr(instance, self.attname, index)
        return index

    @staticmethod
    def of(model, name, value) -> list[bytes]:
        """The indexes a value may be found under: one for each key of the ring."""
        field = model._meta.get_field(name)
        return encryption.provider().blind_indexes(str(value).encode(), field.purpose)

    @staticmethod
    def asking(model, name, value) -> models.Q:
        """The same as a condition; with one key, as nearly always, an equality, which is planned faster."""
        found = BlindIndexField.of(model, name, value)
        return models.Q(**{name: found[0]}) if len(found) == 1 else models.Q(**{f"{name}__in": found})


def encrypted_columns(model):
    """The fields of a model that depend on keys."""
    return [field for field in model._meta.concrete_fields if isinstance(field, EncryptedField | BlindIndexField)]


def rotate(model, batch=500):
    """Seal anew, under the current key, the rows of a model that another key sealed. Yields how many, batch by batch.

    Rows are locked a batch at a time; a row that is changed meanwhile is sealed anew by that change.
    """
    names = [field.attname for field in encrypted_columns(model)]
    last = None
    while True:
        rows = model._base_manager.order_by("pk")
        keys = list((rows if last is None else rows.filter(pk__gt=last)).values_list("pk", flat=True)[:batch])
        if not keys:
            return
        last = keys[-1]
        yield _rotate_batch(model, keys, names)


def _rotate_batch(model, keys, names):
    """Nothing of a row changes but its envelopes: triggers that keep it as it was written are not asked."""
    database = model._base_manager.db
    with transaction.atomic(using=database), pgtrigger.ignore(databases=[database]):
        rows = model._base_manager.select_for_update().filter(pk__in=keys)
        stale = [row for row in rows if _is_stale(row, names)]
        for row in stale:
            for name in names:
                getattr(row, name)
            row.save(update_fields=names)
    return len(stale)


def _is_stale(row, names):
    sealed = [value for name in names if isinstance(value := row.__dict__.get(name), Sealed)]
    return any(not value.is_current() for value in sealed)
