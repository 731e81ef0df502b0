"""The same visitors twice: evenly spread, and in crowds, as people come when something has told them to.

Both have the same number of visitors in the same time, so an average cannot tell them apart. They come when their time
has come, whether earlier ones were answered or not: a slow server gets no mercy, as it gets none from real visitors. Each
keeps a connection of its own, asks for something, stays a while, asks again and leaves; a crowd stays together.

Everything is set by variables: `devstack run --rm -e LOAD_SECONDS=60 load`.
"""

import json
import os
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import cycle
from time import monotonic
from urllib.parse import urlsplit

import gevent
from gevent.event import Event
from gevent.queue import Queue
from locust import FastHttpUser, LoadTestShape, events, task

# What is visited: `http://api`, or several with names, to be compared: `direct=http://a pool=http://b:8001`.
TARGETS = os.environ["LOAD_TARGETS"].split()
PORT = os.environ.get("LOAD_PORT", "80")  # where a target says none
PATHS = os.environ.get("LOAD_PATHS", "/").split()
SECONDS = float(os.environ.get("LOAD_SECONDS", "20"))  # in which the visitors of a run come
RATE = float(os.environ.get("LOAD_RATE", "10"))  # visitors a second, on average
STAY = float(os.environ.get("LOAD_STAY", "2"))  # seconds for which a visitor stays
CROWDS = int(os.environ.get("LOAD_CROWDS", "1"))  # in a run
IN_CROWDS = float(os.environ.get("LOAD_IN_CROWDS", "0.8"))  # the share of visitors that comes in crowds
WIDTH = float(os.environ.get("LOAD_CROWD_SECONDS", "0.5"))  # how long a crowd takes to come in

VISITORS = round(SECONDS * RATE)
CROWD = round(VISITORS * IN_CROWDS / CROWDS)
PATIENCE = 60.0  # seconds for which a visitor waits for an answer
PAUSE = 1.0  # seconds between two runs, in which servers get rid of the visitors of the last one


class Crowd:
    """People who are there at the same time: none leaves before all have come."""

    def __init__(self, size: int) -> None:
        self.missing, self.complete = size, Event()

    def one_more(self) -> None:
        self.missing -= 1
        if self.missing <= 0:
            self.complete.set()


@dataclass
class Arrival:
    at: float  # seconds after the run began
    crowd: Crowd | None = None


def uniform() -> list[Arrival]:
    return [Arrival(number / RATE) for number in range(VISITORS)]


def bursty() -> list[Arrival]:
    """Crowds, each within a moment, and the other visitors evenly in between."""
    chance = random.Random(17)  # the same crowds at every run
    arrivals = []
    for number in range(CROWDS):
        crowd, start = Crowd(CROWD), SECONDS * (number + 0.5) / CROWDS
        arrivals += [Arrival(start + chance.uniform(0, WIDTH), crowd) for _ in range(CROWD)]
    others = VISITORS - len(arrivals)
    arrivals += [Arrival(SECONDS * number / others) for number in range(others)]
    return sorted(arrivals, key=lambda arrival: arrival.at)


@dataclass
class Run:
    target: str
    address: str
    shape: str
    arrivals: list[Arrival]
    present: int = 0
    most_present: int = 0
    turned_away: int = 0
    reasons: Counter = field(default_factory=Counter)

    @property
    def name(self) -> str:
        return f"{self.target} {self.shape}".strip()

    def visitor_comes(self) -> None:
        self.present += 1
        self.most_present = max(self.most_present, self.present)

    def visitor_leaves(self, trouble: str | None) -> None:
        self.present -= 1
        if trouble:
            self.turned_away += 1
            self.reasons[trouble] += 1


def all_runs() -> list[Run]:
    targets = [target.split("=", 1) if "=http" in target else ("", target) for target in TARGETS]
    shapes = {"uniform": uniform, "bursty": bursty}
    return [Run(name, with_port(address), shape, make()) for name, address in targets for shape, make in shapes.items()]


def with_port(address: str) -> str:
    address = address.rstrip("/")
    return address if urlsplit(address).port else f"{address}:{PORT}"


RUNS = all_runs()
coming: Queue = Queue()
finished = Event()


class Visitor(FastHttpUser):
    """One of many, each waiting for its turn: enough for all that can be there at once."""

    host = "http://localhost"  # requests bring their own address
    connection_timeout = network_timeout = PATIENCE

    @task
    def visit(self) -> None:
        run, arrival, path, done = coming.get()
        run.visitor_comes()
        try:
            trouble = self.ask(run, path)
            if arrival.crowd:
                arrival.crowd.one_more()
                arrival.crowd.complete.wait()
            if not trouble:
                gevent.sleep(STAY)
                trouble = self.ask(run, path, leaving=True)
        finally:
            self.client.client.clientpool.close()  # the next visitor is somebody else
        run.visitor_leaves(trouble)
        done()

    def ask(self, run: Run, path: str, leaving: bool = False) -> str | None:
        """Why there was no good answer, if there was none."""
        headers = {"Connection": "close"} if leaving else {}
        with self.client.get(run.address + path, name=run.name, headers=headers, catch_response=True) as response:
            if 200 <= response.status_code < 400:
                return None
            trouble = f"{response.status_code}: {reason(response.text)}" if response.status_code else str(response.error)
            response.failure(trouble)
            return trouble


def reason(body: str | None) -> str:
    try:
        text = json.loads(body or "")["error"]
    except (ValueError, KeyError, TypeError):
        text = body or "an empty answer"
    return str(text).strip().splitlines()[-1][:160]


class AsManyAsCome(LoadTestShape):
    visitors = CROWD + round(RATE * 10)

    def tick(self) -> tuple[int, float] | None:
        return None if finished.is_set() else (self.visitors, 100)


@events.spawning_complete.add_listener
def start(**_) -> None:
    if not start.begun:
        start.begun = True
        gevent.spawn(run_all)


start.begun = False


def run_all() -> None:
    paths = cycle(PATHS)
    for run in RUNS:
        send(run, paths)
        gevent.sleep(PAUSE)
    finished.set()


def send(run: Run, paths: cycle) -> None:
    """Sends the visitors of a run, and waits until the last one has left."""
    everybody = Crowd(len(run.arrivals))
    done: Callable[[], None] = everybody.one_more
    began = monotonic()
    for arrival in run.arrivals:
        gevent.sleep(max(0, began + arrival.at - monotonic()))
        coming.put((run, arrival, next(paths), done))
    everybody.complete.wait()


def figures(stats, run: Run) -> dict:
    entry = stats.get(run.name, "GET")
    return {
        "target": run.target,
        "shape": run.shape,
        "visitors": len(run.arrivals),
        "most_at_once": run.most_present,
        "turned_away": run.turned_away,
        "p50_ms": entry.get_response_time_percentile(0.5),
        "p95_ms": entry.get_response_time_percentile(0.95),
        "max_ms": round(entry.max_response_time),
        "reasons": [{"times": times, "reason": text} for text, times in run.reasons.most_common(5)],
    }


def report(all_figures: list[dict]) -> str:
    lines = [
        f"{VISITORS} visitors in {SECONDS:g} s a run, {RATE:g} a second on average; each stays {STAY:g} s",
        "uniform: evenly spread",
        f"bursty:  {CROWD} of them at the same time" + (f", {CROWDS} times" if CROWDS > 1 else ""),
        "",
        f"{'':<18}{'visitors':>10}{'most at once':>14}{'turned away':>14}{'median':>10}{'95 %':>10}{'longest':>10}",
    ]
    for run in all_figures:
        name = f"{run['target']} {run['shape']}".strip()
        away = f"{run['turned_away']} ({100 * run['turned_away'] / run['visitors']:.0f} %)" if run["turned_away"] else "none"
        times = "".join(f"{run[key]:>7.0f} ms" for key in ("p50_ms", "p95_ms", "max_ms"))
        lines.append(f"{name:<18}{run['visitors']:>10}{run['most_at_once']:>14}{away:>14}{times}")
    for run in all_figures:
        name = f"{run['target']} {run['shape']}".strip()
        lines += [f"{name}: {why['times']} × {why['reason']}" for why in run["reasons"]]
    return "\n".join(lines)


@events.quitting.add_listener
def tell(environment, **_) -> None:
    all_figures = [figures(environment.stats, run) for run in RUNS]
    print(json.dumps(all_figures) if os.environ.get("LOAD_FORMAT") == "json" else report(all_figures))
    environment.process_exit_code = 0  # what failed is in the report
