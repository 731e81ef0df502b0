"""A seed of 1 GB, compressed: how near to `zcat | psql` an import can be."""

from .. import engine, profile, seeds
from ..case import FIRST_UP, Case, Run, Target
from ..process import Failed
from ..stack import Service, Stack
from .five import postgres

IMPORT = "the import alone"
MEMORY = "peak memory of first up"


class Import(Case):
    """For a Postgres; other databases are kinds of it."""

    name = "import"
    title = "One Postgres with a seed of 1 GB (gzip)"
    contenders = ("devstack", "compose", "floor")
    heavy = True
    targets = {IMPORT: Target(floor=1.0), MEMORY: Target(itself=64.0)}
    rows = 9_800_000  # about 1 GB of text

    def database(self, run: Run) -> Service:
        made = seeds.orders_sql(run.cache / f"1-orders-{self.rows}.sql.gz", self.rows)
        return postgres(run.programs.image("postgres:17"), [seeds.place(made, run.folder), "2-run.sql"])

    def answer(self, run: Run, query: str) -> str:
        return engine.psql(run.project, query)

    def measure(self, run: Run) -> None:
        seeds.nonce_sql(run.folder / "2-run.sql", run.nonce)
        stack = Stack(run.folder, [self.database(run)], retries=900, floor_pipes_seeds=True)
        tool = run.tool(stack)
        done = tool.up_with_events() if run.contender == "devstack" else tool.up()
        run.seconds(FIRST_UP, done)
        if done.peak_mib is not None:
            run.record(MEMORY, done.peak_mib, "MiB")
        if run.contender == "devstack":
            run.record(IMPORT, sum(step.took for step in profile.steps(done.events()) if step.kind == "seed") / 1000, "s")
        elif run.contender == "floor":
            run.record(IMPORT, tool.seed_seconds, "s")
        found = self.answer(run, "select max(id) from orders"), self.answer(run, "select nonce from run")
        if found != (str(self.rows), run.nonce):
            raise Failed(f"the seed is not there: {found}")
        tool.down()


class ImportMariadb(Import):
    name = "import-mariadb"
    title = "One MariaDB with a seed of 1 GB (gzip)"
    rows = 8_500_000

    def database(self, run: Run) -> Service:
        made = seeds.orders_inserts(run.cache / f"1-orders-inserts-{self.rows}.sql.gz", self.rows)
        return Service(
            "db",
            run.programs.image("mariadb:11"),
            probe="mariadb -h 127.0.0.1 -u shop -pdev shop -e 'select 1'",
            environment={"MARIADB_USER": "shop", "MARIADB_PASSWORD": "dev", "MARIADB_DATABASE": "shop",
                         "MARIADB_ROOT_PASSWORD": "dev"},
            data=("dbdata", "/var/lib/mysql"),
            seed=[seeds.place(made, run.folder), "2-run.sql"],
            client="mariadb -h 127.0.0.1 -u shop -pdev shop",
            ready="",
        )

    def answer(self, run: Run, query: str) -> str:
        return engine.execute(run.project, "db", "mariadb", "-N", "-u", "shop", "-pdev", "shop", "-e", query)
