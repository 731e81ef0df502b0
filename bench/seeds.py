"""Makes seed files: the same rows at every run, from nothing but their number."""

import gzip
import hashlib
import shutil
from pathlib import Path

TABLE = """create table orders (id bigint primary key, customer bigint not null, amount bigint not null, note text not null);
copy orders (id, customer, amount, note) from stdin;
"""
# Not of much use to a compressor, like real text and unlike repeated rows.
NOTES = [hashlib.sha256(str(number).encode()).hexdigest()[:40] for number in range(4096)]


def rows(first: int, last: int) -> str:
    return "".join(
        f"{number}\t{number * 7919 % 100_003}\t{number * 104_729 % 1000}\t{NOTES[number * 31 % 4096]}"
        f"{NOTES[number // 4096 % 4096]}\n"
        for number in range(first, last)
    )


def orders_sql(file: Path, count: int) -> Path:
    """A table `orders` of so many rows, about 100 bytes each; compressed if the name ends in .gz. Made once."""
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        part = file.with_name(f"part-{file.name}")
        packed = file.suffix == ".gz"
        with gzip.open(part, "wt", compresslevel=1) if packed else part.open("w") as stream:
            stream.write(TABLE)
            for first in range(1, count + 1, 50_000):
                stream.write(rows(first, min(first + 50_000, count + 1)))
            stream.write("\\.\n")
        part.chmod(0o644)
        part.rename(file)
    return file


def orders_inserts(file: Path, count: int) -> Path:
    """As [orders_sql], in statements of a thousand rows: what dumps of MySQL and MariaDB are made of."""
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        part = file.with_name(f"part-{file.name}")
        with gzip.open(part, "wt", compresslevel=1) as stream:
            stream.write("create table orders (id bigint primary key, customer bigint not null, amount bigint not null,"
                         " note text not null);\nset autocommit = 0;\n")
            for first in range(1, count + 1, 1000):
                lines = rows(first, min(first + 1000, count + 1)).splitlines()
                values = (line.split("\t") for line in lines)
                stream.write("insert into orders values\n")
                stream.write(",\n".join(f"({row[0]},{row[1]},{row[2]},'{row[3]}')" for row in values) + ";\n")
            stream.write("commit;\n")
        part.chmod(0o644)
        part.rename(file)
    return file


def nonce_sql(file: Path, nonce: str) -> None:
    file.write_text(f"create table run (nonce text not null);\ninsert into run values ('{nonce}');\n")


def generated_sql(file: Path, mebibytes: int) -> None:
    """A table of that size in the database, from a short file: what is measured is not the reading of the seed."""
    count = mebibytes * 128 * 26  # rows to a page of 8 KiB
    file.write_text(
        "create table orders as select id, id * 104729::bigint % 1000 as amount, repeat(md5(id::text), 8) as note"
        f" from generate_series(1, {count}) as id;\n"
        "alter table orders add primary key (id);\n"
    )


def place(file: Path, folder: Path) -> str:
    """Puts a made file into a stack's folder, without copying where that can be avoided."""
    target = folder / file.name
    try:
        target.hardlink_to(file)
    except OSError:
        shutil.copyfile(file, target)
    return file.name
