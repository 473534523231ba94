"""Many rows at once by COPY: a third of the time of INSERT with as many placeholders as there are values.

For generators and measurements only. No triggers are skipped and no constraint either, but nothing is returned, so
keys are drawn first and rows may already point at each other.
"""

from django.db import connection


def copy_in(rows):
    """Objects of one model, not saved yet. They have their keys afterwards, as after bulk_create()."""
    model = type(rows[0])
    fields = [field for field in model._meta.local_concrete_fields if not field.generated]
    names = ", ".join(connection.ops.quote_name(field.column) for field in fields)
    if rows[0].pk is None:
        draw_keys(rows)
    copy = f"COPY {connection.ops.quote_name(model._meta.db_table)} ({names}) FROM STDIN"
    with connection.cursor() as cursor, cursor.copy(copy) as into:
        for row in rows:
            row._prepare_related_fields_for_save(operation_name="copy_in")
            into.write_row([field.get_db_prep_save(field.pre_save(row, add=True), connection) for field in fields])
    for row in rows:
        row._state.adding, row._state.db = False, "default"


def draw_keys(rows):
    """For rows of which something is reckoned by their keys before they are written."""
    table, column = type(rows[0])._meta.db_table, type(rows[0])._meta.pk.column
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, %s)) FROM generate_series(1, %s)", [table, column, len(rows)]
        )
        for row, (key,) in zip(rows, cursor.fetchall(), strict=True):
            row.pk = key
