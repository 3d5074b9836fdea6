"""Many rows in a moment, made by the database from the first row of their table."""


def copy_first_row(cursor, table: str, changes: dict[str, str], numbers: str) -> None:
    """A copy for each `n` of `numbers`; `changes` are the columns that differ, as SQL."""
    cursor.execute(
        "SELECT column_name FROM information_schema.columns WHERE table_name = %s AND column_name <> 'id'", [table]
    )
    columns = [name for (name,) in cursor.fetchall()]
    quoted = ", ".join(f'"{name}"' for name in columns)
    values = ", ".join(changes.get(name, f'"{name}"') for name in columns)
    cursor.execute(
        f"INSERT INTO {table} ({quoted}) SELECT {values}"  # noqa: S608 - names of the benchmarks' own
        f" FROM (SELECT * FROM {table} ORDER BY id LIMIT 1) AS first, {numbers} AS n"
    )
