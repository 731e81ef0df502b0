"""Reset of one Postgres with data of different sizes: does the time grow with the data?"""

from .. import engine, seeds
from ..case import FIRST_UP, RESET, LifeCycle, Run, Target
from ..process import Failed
from ..stack import Stack
from .five import postgres


class Reset(LifeCycle):
    steps = (FIRST_UP, RESET)
    contenders = ("devstack", "compose", "floor")

    def __init__(self, mebibytes: int):
        self.mebibytes = mebibytes
        self.name = f"reset-{mebibytes}m" if mebibytes < 1000 else f"reset-{mebibytes // 1000}g"
        self.title = f"Reset of one Postgres with {mebibytes} MB"
        self.heavy = mebibytes >= 1000
        self.targets = {RESET: Target(compose=0.12, floor=1.3)}

    def stack(self, run: Run) -> Stack:
        seeds.generated_sql(run.folder / "1-orders.sql", self.mebibytes)
        seeds.nonce_sql(run.folder / "2-run.sql", run.nonce)
        database = postgres(run.programs.image("postgres:17"), ["1-orders.sql", "2-run.sql"])
        return Stack(run.folder, [database], retries=900)

    def check(self, run: Run, stack: Stack) -> None:
        answer = engine.psql(run.project, "select max(id), pg_relation_size('orders') >> 20, (select nonce from run)"
                                          " from orders")
        newest, size, nonce = answer.split("|")
        if nonce != run.nonce or abs(int(size) - self.mebibytes) > self.mebibytes / 20:
            raise Failed(f"the data is not there: {answer}")
        if run.facts.setdefault("newest", newest) != newest:
            raise Failed(f"the data is not what it was: {answer}")

    def spoil(self, run: Run, stack: Stack) -> None:
        engine.psql(run.project, "delete from orders where id > (select max(id) - 10 from orders)")
