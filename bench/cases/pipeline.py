"""A slow image on one branch, a slow database on the other: whoever does one after the other needs both times."""

from .. import engine, seeds
from ..case import DOWN, FIRST_UP, LifeCycle, Run, Target
from ..process import Failed
from ..slow_registry import SlowRegistry
from ..stack import Service, Stack
from .five import postgres
from .light import SERVE

MEBIBYTES = 40
RATE = 8  # MiB a second


class Pipeline(LifeCycle):
    name = "pipeline"
    title = f"A download of {MEBIBYTES // RATE} s beside a database that needs 3 s longer than usual"
    waterfall = True
    steps = (FIRST_UP, DOWN)
    targets = {FIRST_UP: Target(compose=0.65, floor=1.1)}

    def before(self, run: Run) -> None:
        self.registry = SlowRegistry(run.programs.image("busybox:1"), MEBIBYTES, RATE)
        run.facts["image"] = self.registry.start()

    def after(self, run: Run) -> None:
        if "image" in run.facts:
            engine.sweep(run.project)
            engine.docker("rmi", "-f", run.facts["image"], check=False)
            self.registry.stop()

    def stack(self, run: Run) -> Stack:
        seeds.nonce_sql(run.folder / "1-run.sql", run.nonce)
        (run.folder / "2-slow.sql").write_text("select pg_sleep(3);\n")
        image = run.programs.image
        services = [
            postgres(image("postgres:17"), ["1-run.sql", "2-slow.sql"]),
            Service("cache", image("redis:8"), probe="redis-cli ping | grep -q PONG", ready=""),
            Service("app", run.facts["image"], probe="test -f /tmp/ready", needs=["db", "cache"],
                    command=["sh", "-c", SERVE], to_pull=True),
        ]
        return Stack(run.folder, services)

    def check(self, run: Run, stack: Stack) -> None:
        engine.http_get(engine.addresses(run.project, ["app"])["app"], 8080, "/ready")
        if engine.psql(run.project, "select nonce from run") != run.nonce:
            raise Failed("the database was not seeded")
        if self.registry.served < MEBIBYTES:
            raise Failed("the image was not downloaded: it was there already")
