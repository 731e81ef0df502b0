"""Five services as a small shop has them: Postgres with a seed of 4 MB, Redis, an API, a worker, nginx in front."""

import json
import shutil
from pathlib import Path

from .. import engine, seeds
from ..case import CACHED, DOWN, FIRST_UP, NO_OP, RESET, LifeCycle, Run, Target
from ..process import Failed
from ..stack import Service, Stack

ORDERS = 40_000
CONTAINERS = Path(__file__).parent.parent / "containers"


def answers_http(port: int, path: str) -> str:
    """A shell command: the images have neither curl nor wget, but they have bash."""
    request = f"printf 'GET {path} HTTP/1.0\\r\\n\\r\\n' >&3"
    return f'bash -c "exec 3<>/dev/tcp/127.0.0.1/{port} && {request} && grep -q \' 200 OK\' <&3"'


def postgres(image: str, seed: list[str], **more) -> Service:
    return Service(
        "db",
        image,
        # Over TCP: on the socket, the temporary server of the first initialisation answers too.
        probe="pg_isready -q -h 127.0.0.1 -U shop -d shop",
        environment={"POSTGRES_USER": "shop", "POSTGRES_DB": "shop", "POSTGRES_HOST_AUTH_METHOD": "trust"},
        data=("dbdata", "/var/lib/postgresql/data"),
        seed=seed,
        client="psql -qX -v ON_ERROR_STOP=1 -U shop -d shop",
        ready="",
        **more,
    )


class Five(LifeCycle):
    """As a careful user writes it: health checks every second."""

    name = "five"
    title = "Five services, health checks every second"
    waterfall = True
    interval = "1s"
    worker_stops = "never"
    steps = (FIRST_UP, NO_OP, RESET, DOWN, CACHED)
    targets = {
        FIRST_UP: Target(compose=0.55, floor=1.15),
        NO_OP: Target(compose=0.08),
        RESET: Target(compose=0.12, floor=1.3),
    }

    def stack(self, run: Run) -> Stack:
        for file in ("app.py", "nginx.conf"):
            shutil.copyfile(CONTAINERS / file, run.folder / file)
        made = seeds.orders_sql(run.cache / f"1-orders-{ORDERS}.sql", ORDERS)
        seeds.nonce_sql(run.folder / "2-run.sql", run.nonce)
        run.facts["port"] = engine.free_port()
        image = run.programs.image
        services = [
            postgres(image("postgres:17"), [seeds.place(made, run.folder), "2-run.sql"]),
            Service("cache", image("redis:8"), probe="redis-cli ping | grep -q PONG", ready=""),
            Service(
                "api",
                image("python:3.13-slim"),
                probe=answers_http(8000, "/healthz"),
                needs=["db", "cache"],
                command=["python3", "/srv/app.py", "api"],
                environment={"STOPS": "politely"},
                files={"app.py": "/srv/app.py"},
                ready={"http": "/healthz", "port": 8000},
            ),
            Service(
                "worker",
                image("python:3.13-slim"),
                probe="test -f /tmp/ready",
                needs=["db", "cache"],
                command=["python3", "/srv/app.py", "worker"],
                environment={"STOPS": self.worker_stops},
                files={"app.py": "/srv/app.py"},
                ready={"exec": "test -f /tmp/ready"},
            ),
            Service(
                "web",
                image("nginx:1.26"),
                probe=answers_http(80, "/healthz"),
                needs=["api"],
                files={"nginx.conf": "/etc/nginx/conf.d/default.conf"},
                port=(run.facts["port"], 80),
                ready={"http": "/healthz"},
            ),
        ]
        return Stack(run.folder, services, self.interval)

    def check(self, run: Run, stack: Stack) -> None:
        answer = json.loads(engine.http_get("127.0.0.1", run.facts["port"], "/"))
        if answer["orders"] != ORDERS or answer["nonce"] != [run.nonce] or answer["jobs"] < 1:
            raise Failed(f"the stack answers, but wrongly: {answer}")
        run.facts["visits"] = answer["visits"]

    def spoil(self, run: Run, stack: Stack) -> None:
        engine.psql(run.project, "delete from orders where id % 2 = 0; create table spoilt ()")

    def check_reset(self, run: Run, stack: Stack) -> None:
        if engine.psql(run.project, "select count(*) from pg_tables where tablename = 'spoilt'") != "0":
            raise Failed("the database was not reset")
        if run.facts["visits"] != 1:
            raise Failed(f"the cache was not reset: visit {run.facts['visits']}")


class FiveAsWritten(Five):
    """As most Compose files are: health checks every ten seconds."""

    name = "five-10s"
    title = "Five services, health checks every 10 s, as people write them"
    waterfall = False
    interval = "10s"
    contenders = ("devstack", "devstack-same", "compose")
    steps = (FIRST_UP, NO_OP, DOWN)
    targets = {FIRST_UP: Target(compose=0.2)}


class FivePolite(Five):
    """Without the worker that ignores SIGTERM and has to be killed after ten seconds."""

    name = "five-polite"
    title = "Five services that all stop when they are told to"
    waterfall = False
    worker_stops = "politely"
    steps = (FIRST_UP, RESET, DOWN)
    targets = {}
