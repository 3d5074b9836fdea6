"""Many rows in a moment, made by the database from the first row of their table."""

import os

# How many there are beside what is measured; `make bench-full` takes a million.
ROWS = int(os.environ.get("BENCH_ROWS", "20000"))


def copy_first_row(cursor, table: str, changes: dict[str, str], numbers: str) -> None:
    """A copy for each `n` of `numbers`; `changes` are the columns that differ, as SQL.

    Foreign keys are not looked at: the rows that copies point at are there, and a million looks take minutes.
    """
    cursor.execute("SET LOCAL session_replication_role = replica")
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
    cursor.execute("SET LOCAL session_replication_role = DEFAULT")
