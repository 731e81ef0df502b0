"""One Postgres with data of different sizes: what grows with the data, and what does not?"""

from .. import engine, seeds
from ..case import FIRST_UP, RESET, LifeCycle, Run, Target
from ..process import Failed
from ..stack import Stack
from .five import postgres

SAVE, RESTORE, INSTANCE = "snapshot save", "snapshot restore", "second instance"
DISK = "disk of second instance"


class Reset(LifeCycle):
    steps = (FIRST_UP, RESET)
    contenders = ("devstack", "compose", "floor")

    def __init__(self, mebibytes: int):
        self.mebibytes = mebibytes
        self.name = f"reset-{mebibytes}m" if mebibytes < 1000 else f"reset-{mebibytes // 1000}g"
        self.title = f"Reset of one Postgres with {mebibytes} MB"
        self.heavy = mebibytes >= 1000
        self.targets = {
            RESET: Target(compose=0.12, floor=1.3, itself=1.5),
            SAVE: Target(itself=2.0),
            RESTORE: Target(itself=2.0),
            INSTANCE: Target(itself=3.0),
            DISK: Target(itself=50.0),
        }

    def stack(self, run: Run) -> Stack:
        seeds.generated_sql(run.folder / "1-orders.sql", self.mebibytes)
        seeds.nonce_sql(run.folder / "2-run.sql", run.nonce)
        database = postgres(run.programs.image("postgres:17"), ["1-orders.sql", "2-run.sql"])
        return Stack(run.folder, [database], retries=900)

    def check(self, run: Run, stack: Stack) -> None:
        self._check(run, run.project)

    def _check(self, run: Run, project: str) -> None:
        answer = engine.psql(project, "select max(id), pg_relation_size('orders') >> 20, (select nonce from run)"
                                      " from orders")
        newest, size, nonce = answer.split("|")
        if nonce != run.nonce or abs(int(size) - self.mebibytes) > self.mebibytes / 20:
            raise Failed(f"the data is not there: {answer}")
        if run.facts.setdefault("newest", newest) != newest:
            raise Failed(f"the data is not what it was: {answer}")

    def spoil(self, run: Run, stack: Stack) -> None:
        engine.psql(run.project, "delete from orders where id > (select max(id) - 10 from orders)")

    def further(self, run: Run, stack: Stack, tool) -> None:
        if run.contender != "devstack":
            return
        run.seconds(SAVE, tool.save("kept"))
        self.check(run, stack)
        self.spoil(run, stack)
        run.seconds(RESTORE, tool.restore("kept"))
        self.check(run, stack)
        second = tool.instance("second")
        before = engine.used_mib()
        run.seconds(INSTANCE, second.up())
        run.record(DISK, engine.used_mib() - before, "MiB")
        self._check(run, f"{run.project}-second")
        second.down()
