"""Envelopes: they open in their place and nowhere else, with the keys of the ring and no others."""

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers import Cipher, modes
from django.core.exceptions import FieldError, ImproperlyConfigured
from django.db import connection, models, transaction
from django.test.utils import isolate_apps
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.lib import encryption
from portal.lib.codes import public_code
from portal.lib.encrypted_fields import (
    BlindIndexField,
    EncryptedJSONField,
    EncryptedTextField,
    Sealed,
    encrypted_columns,
    rotate,
)
from portal.lib.encryption import CannotOpen, KeyRing, decrypt_text, encrypt_text, place

HERE = place("person", "private", "abc")


def test_the_vector_of_rfc_8998():
    cipher = encryption.cipher_of(encryption.SM4, bytes.fromhex("0123456789abcdeffedcba9876543210"))
    encryptor = Cipher(cipher, modes.GCM(bytes.fromhex("00001234567800000000abcd"))).encryptor()
    encryptor.authenticate_additional_data(bytes.fromhex("feedfacedeadbeeffeedfacedeadbeefabaddad2"))
    plain = bytes.fromhex("".join(pair * 8 for pair in ["aa", "bb", "cc", "dd", "ee", "ff", "ee", "aa"]))
    sealed = encryptor.update(plain) + encryptor.finalize()
    assert sealed.hex() == (
        "17f399f08c67d5ee19d0dc9969c4bb7d5fd46fd3756489069157b282bb200735"
        "d82710ca5c22f0ccfa7cbf93d496ac15a56834cbcf98c397b4024a2691233b8d"
    )
    assert encryptor.tag.hex() == "83de3541e4c2b58177e065a9bf7b62ec"


def sm3(*parts):
    digest = hashes.Hash(hashes.SM3())
    for part in parts:
        digest.update(part)
    return digest.finalize()


def test_the_blind_index_is_hmac_sm3_by_its_definition(ring):
    """SM3 itself by the vector of GB/T 32905, and HMAC spelled out."""
    assert sm3(b"abc").hex() == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
    provider = ring("a", "a")
    key = provider.derived_key("a", "index/number", 32).ljust(64, b"\0")
    inner = sm3(bytes(b ^ 0x36 for b in key), b"value")
    assert provider.blind_index(b"value", "number") == sm3(bytes(b ^ 0x5C for b in key), inner)


@pytest.mark.parametrize("cipher", ["sm4", "aes"])
@given(plain=st.binary(max_size=300))
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_was_sealed_opens_in_its_place(ring, cipher, plain):
    provider = ring("a", "a", cipher=cipher)
    assert provider.decrypt(provider.encrypt(plain, HERE), HERE) == plain


@pytest.mark.parametrize(
    "elsewhere",
    [place("person", "private", "abd"), place("person", "other", "abc"), place("people", "private", "abc"), b""],
)
def test_an_envelope_that_was_moved_does_not_open(ring, elsewhere):
    provider = ring("a", "a")
    with pytest.raises(CannotOpen):
        provider.decrypt(provider.encrypt(b"secret", HERE), elsewhere)


def test_an_envelope_that_was_changed_anywhere_does_not_open(ring):
    provider = ring("a", "a", "b")
    envelope = provider.encrypt(b"secret", HERE)
    for place_of_change in range(len(envelope)):
        changed = bytearray(envelope)
        changed[place_of_change] ^= 1
        with pytest.raises(CannotOpen):
            provider.decrypt(bytes(changed), HERE)
    for length in range(len(envelope)):
        with pytest.raises(CannotOpen):
            provider.decrypt(envelope[:length], HERE)


def test_the_key_named_in_an_envelope_is_bound_into_it(ring):
    """Two ids for one key: to rename the key in the head is a change as any other."""
    provider = encryption.SoftwareProvider(KeyRing("a", {"a": b"k" * 32, "b": b"k" * 32}), encryption.SM4)
    envelope = provider.encrypt(b"secret", HERE)
    with pytest.raises(CannotOpen):
        provider.decrypt(envelope.replace(b"\x01\x01a", b"\x01\x01b", 1), HERE)


def test_equal_values_are_sealed_differently_and_indexed_equally(ring):
    provider = ring("a", "a")
    assert provider.encrypt(b"x", HERE) != provider.encrypt(b"x", HERE)
    assert provider.blind_index(b"x", "number") == provider.blind_index(b"x", "number")
    assert provider.blind_index(b"x", "number") != provider.blind_index(b"x", "account")


def test_old_keys_and_old_suites_still_open_after_a_change(ring):
    old = ring("a", "a").encrypt(b"secret", HERE)
    provider = ring("b", "a", "b", cipher="aes")
    assert provider.decrypt(old, HERE) == b"secret"
    assert not provider.is_current(old)
    assert provider.is_current(provider.encrypt(b"secret", HERE))


def test_a_key_that_left_the_ring_opens_nothing(ring):
    old = ring("a", "a").encrypt(b"secret", HERE)
    with pytest.raises(CannotOpen):
        ring("b", "b").decrypt(old, HERE)


@pytest.mark.parametrize(
    "setting",
    [
        None,
        {},
        {"current": "a", "keys": {}},
        {"current": "a", "keys": {"a": "c2hvcnQ="}},
        {"current": "a", "keys": {"a": "not base64!"}},
        {"current": "b", "keys": {"a": "A" * 43 + "="}},
    ],
)
def test_a_broken_ring_is_said_at_once(setting):
    with pytest.raises(ImproperlyConfigured):
        KeyRing.from_setting(setting)


def test_texts_of_other_libraries(ring):
    token = encrypt_text("种子", "mfa", "secret", "7")
    assert decrypt_text(token, "mfa", "secret", "7") == "种子"
    assert "种子" not in token
    for wrong in (token[:-4], "", "x", "中文", token[::-1]):
        with pytest.raises(CannotOpen):
            decrypt_text(wrong, "mfa", "secret", "7")
    with pytest.raises(CannotOpen):
        decrypt_text(token, "mfa", "secret", "8")


# -- fields -----------------------------------------------------------------------------------------------------------
@pytest.fixture
def person(ring, db):
    """A model as the house will have them, with a table for the time of the test."""
    with isolate_apps("members"):

        class SealedPerson(models.Model):
            code = models.CharField(max_length=12, unique=True, default=public_code)
            name = models.CharField(max_length=20, default="")
            private = EncryptedJSONField(default=dict)
            note = EncryptedTextField(null=True)
            number_index = BlindIndexField(source="number", unique=True)

            class Meta:
                app_label = "members"

            @property
            def number(self):
                return self.private.get("number")

        with connection.schema_editor() as editor:
            editor.create_model(SealedPerson)
        yield SealedPerson


def raw(person, column, code):
    with connection.cursor() as cursor:
        cursor.execute(f"select {column} from {person._meta.db_table} where code = %s", [code])
        return cursor.fetchone()[0]


def test_a_row_is_unreadable_in_the_database_and_plain_in_python(person):
    code = person.objects.create(private={"number": "999999", "phone": "电话"}, note="备注").code
    assert b"999999" not in raw(person, "private", code)
    found = person.objects.get(code=code)
    assert (found.private, found.note) == ({"number": "999999", "phone": "电话"}, "备注")


def test_nothing_is_opened_before_it_is_read(person):
    person.objects.create(private={"number": "1"})
    found = person.objects.get()
    assert isinstance(found.__dict__["private"], Sealed)
    assert repr(found.__dict__["private"]) == "<sealed>"
    assert found.private == {"number": "1"}
    assert isinstance(person.objects.defer("private").get().private, dict)


def test_an_unread_envelope_is_saved_as_it_is(person):
    code = person.objects.create(private={"number": "1"}).code
    before = raw(person, "private", code)
    person.objects.get().save()
    assert raw(person, "private", code) == before
    found = person.objects.get()
    found.private["number"] = "2"
    found.save()
    assert person.objects.get().private == {"number": "2"}


def test_lists_open_what_they_show(person):
    person.objects.bulk_create([person(private={"number": str(n)}) for n in range(3)])
    rows = person.objects.order_by("pk").values_list("code", "private")
    assert [sealed.open(code)["number"] for code, sealed in rows] == ["0", "1", "2"]


def test_an_envelope_swapped_between_rows_does_not_open(person):
    one, two = (person.objects.create(private={"number": n}).code for n in "12")
    with connection.cursor() as cursor:
        table = person._meta.db_table
        other = f"(select private from {table} where code = %s)"
        cursor.execute(f"update {table} set private = {other} where code = %s", [one, two])
    with pytest.raises(CannotOpen):
        _ = person.objects.get(code=two).private


def test_a_person_is_found_by_number_without_opening_anyone(person):
    code = person.objects.create(private={"number": "999999"}).code
    person.objects.create(private={"number": "111111"})
    person.objects.create(private={})
    found = person.objects.get(number_index__in=BlindIndexField.of(person, "number_index", "999999"))
    assert found.code == code
    assert person.objects.filter(number_index=None).count() == 1


def test_what_would_bypass_the_seal_is_refused(person):
    person.objects.create(private={})
    with pytest.raises(FieldError), transaction.atomic():
        person.objects.update(private={"number": "1"})
    with pytest.raises(FieldError):
        person.objects.filter(note="x").exists()
    with pytest.raises(FieldError), transaction.atomic():
        person.objects.create(code="", private={"number": "1"})
    assert person.objects.filter(note__isnull=True).count() == 1


def test_rotation_seals_every_row_anew_and_then_the_old_key_may_go(person, ring):
    codes = [person.objects.create(private={"number": str(n)}, note="x").code for n in range(7)]
    ring("b", "a", "b")
    written_after = person.objects.create(private={"number": "new"}).code
    untouched = raw(person, "private", written_after)
    assert list(rotate(person, batch=3)) == [3, 3, 1]
    assert sum(rotate(person, batch=3)) == 0
    assert raw(person, "private", written_after) == untouched
    ring("b", "b")
    assert [person.objects.get(code=code).number for code in codes] == list("0123456")
    assert person.objects.get(number_index__in=BlindIndexField.of(person, "number_index", "5")).code == codes[5]


def test_while_keys_are_rotated_people_are_found_under_either(person, ring):
    person.objects.create(private={"number": "old"})
    ring("b", "a", "b")
    person.objects.create(private={"number": "new"})
    for number in ("old", "new"):
        assert person.objects.get(number_index__in=BlindIndexField.of(person, "number_index", number)).number == number


def test_the_walker_knows_the_columns(person):
    assert [field.name for field in encrypted_columns(person)] == ["private", "note", "number_index"]
