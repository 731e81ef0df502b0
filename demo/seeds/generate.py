#!/usr/bin/env python3
"""Makes customers.sql.gz and orders.sql.zst, the same rows at every run. Needs the program zstd.

The rows are COPY data, as pg_dump writes it: the fastest way into Postgres, and what real seeds look like.
"""

import gzip
import random
import subprocess
from datetime import date, datetime, timedelta, timezone
from pathlib import Path

CUSTOMERS = 20_000
ORDERS = 200_000
PRODUCTS = 24  # as many as products.sql has
FIRST_DAY = date(2024, 1, 1)
DAYS = 731  # two whole years

FIRST_NAMES = """Ada Alma Amir Anna Anton Ayla Ben Bo Carla Chiara Clara Daan Dana David Elena Elif Emil Emma Erik Esra
Eva Felix Finn Freya Greta Hana Hugo Ida Ines Ivan Jakob Jana Jonas Julia Karim Klara Lars Lea Leon Lina Luca Maja Malik
Mara Maria Marta Mateo Mia Mila Milan Nadia Nils Nina Noah Nora Olga Omar Oskar Paul Petra Pia Rosa Ruben Sami Sara Selma
Sofia Stella Sven Tara Theo Tom Vera Victor Yara Yusuf Zoe""".split()
LAST_NAMES = """Adler Andersen Bakker Bauer Becker Berg Bianchi Bruun Cohen Costa Dahl Demir Dubois Eklund Farah Ferrari
Fischer Fuchs Garcia Gruber Haas Hansen Hoffmann Horvat Ivanova Jansen Jensen Kaya Keller Klein Koch Kowalski Kruse Lang
Larsen Lehmann Lindberg Lopez Maier Martin Meyer Moreau Nagy Nielsen Novak Olsen Orlov Peters Petrov Popescu Reuter Ricci
Romano Rossi Sato Schmidt Schulz Silva Smit Sommer Svensson Tanaka Toth Vogel Wagner Weber Winter Wolf Yilmaz Zimmer""".split()
CITIES = """Aarhus Amsterdam Antwerp Barcelona Basel Bergen Berlin Bologna Bremen Bruges Copenhagen Dublin Galway Genoa Ghent
Gothenburg Hamburg Helsinki Kiel Lisbon Lübeck Lyon Malmö Marseille Nantes Oslo Porto Riga Rostock Rotterdam Stockholm
Tallinn Trieste Turku Utrecht Valencia Vienna Zürich""".split()


def customers(chance: random.Random) -> list[str]:
    rows = []
    for number in range(1, CUSTOMERS + 1):
        first, last = chance.choice(FIRST_NAMES), chance.choice(LAST_NAMES)
        city = chance.choices(CITIES, weights=range(len(CITIES), 0, -1))[0]
        joined = FIRST_DAY - timedelta(days=chance.randrange(1000))
        email = f"{first}.{last}.{number}@example.com".lower()
        rows.append(f"{number}\t{first} {last}\t{email}\t{city}\t{joined}")
    return rows


def orders(chance: random.Random) -> list[str]:
    start = datetime(FIRST_DAY.year, FIRST_DAY.month, FIRST_DAY.day, tzinfo=timezone.utc)
    # An exponent below 1 makes late days likelier: the shop grows.
    minutes = sorted(int(chance.random() ** 0.8 * DAYS * 24 * 60) for _ in range(ORDERS))
    rows = []
    for number, minute in enumerate(minutes, start=1):
        placed = start + timedelta(minutes=minute)
        customer = int(chance.random() ** 1.7 * CUSTOMERS) + 1  # some buy often, many rarely
        product = int(chance.random() ** 1.4 * PRODUCTS) + 1
        quantity = chance.choices((1, 2, 3, 4), weights=(70, 20, 7, 3))[0]
        if number > ORDERS - 900:
            status = "paid"
        elif number > ORDERS - 3000:
            status = "shipped"
        else:
            status = "returned" if chance.random() < 0.03 else "delivered"
        rows.append(f"{number}\t{customer}\t{product}\t{quantity}\t{status}\t{placed:%Y-%m-%d %H:%M}+00")
    return rows


def copy_script(table: str, columns: str, rows: list[str]) -> bytes:
    lines = [
        f"copy {table} ({columns}) from stdin;",
        *rows,
        r"\.",
        f"select setval(pg_get_serial_sequence('{table}', 'id'), max(id)) from {table};",
        f"analyze {table};",
    ]
    return ("\n".join(lines) + "\n").encode()


def main() -> None:
    folder = Path(__file__).parent
    chance = random.Random(17)
    script = copy_script("customers", "id, name, email, city, joined_on", customers(chance))
    (folder / "customers.sql.gz").write_bytes(gzip.compress(script, 9, mtime=0))
    script = copy_script("orders", "id, customer_id, product_id, quantity, status, placed_at", orders(chance))
    subprocess.run(["zstd", "-q", "-19", "-f", "-o", folder / "orders.sql.zst"], input=script, check=True)


if __name__ == "__main__":
    main()
