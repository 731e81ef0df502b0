"""A seed of 1 GB, compressed: how near to `zcat | psql` an import can be."""

from .. import engine, seeds
from ..case import FIRST_UP, LifeCycle, Run
from ..process import Failed
from ..stack import Stack
from .five import postgres

ROWS = 9_800_000  # about 1 GB of text


class Import(LifeCycle):
    name = "import"
    title = "One Postgres with a seed of 1 GB (gzip)"
    contenders = ("devstack", "compose", "floor")
    steps = (FIRST_UP,)
    heavy = True

    def stack(self, run: Run) -> Stack:
        made = seeds.orders_sql(run.cache / f"1-orders-{ROWS}.sql.gz", ROWS)
        seeds.nonce_sql(run.folder / "2-run.sql", run.nonce)
        database = postgres(run.programs.image("postgres:17"), [seeds.place(made, run.folder), "2-run.sql"])
        return Stack(run.folder, [database], retries=900, floor_pipes_seeds=True)

    def check(self, run: Run, stack: Stack) -> None:
        answer = engine.psql(run.project, "select (select max(id) from orders), (select nonce from run)")
        if answer != f"{ROWS}|{run.nonce}":
            raise Failed(f"the seed is not there: {answer}")
