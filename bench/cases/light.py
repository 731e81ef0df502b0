"""Many services that need next to nothing each: what is left is the cost of bringing things up."""

from itertools import pairwise

from .. import engine
from ..case import DOWN, FIRST_UP, NO_OP, Case, LifeCycle, Run, Target
from ..process import Failed
from ..stack import Service, Stack

# httpd goes to the background and answers; the shell is there to end at once when it is told to.
SERVE = "trap 'exit 0' TERM; httpd -p 8080 -h /tmp; : >/tmp/ready; while :; do sleep 3600 & wait $!; done"


def tiny(run: Run, name: str, needs: list[str]) -> Service:
    return Service(
        name,
        run.programs.image("busybox:1"),
        probe="test -f /tmp/ready",
        needs=needs,
        command=["sh", "-c", SERVE],
        ready={"tcp": 8080},
    )


def check_tiny(run: Run, stack: Stack) -> None:
    """Every service answers, and none was started before what it needs was there."""
    for address in engine.addresses(run.project, stack.names()).values():
        engine.http_get(address, 8080, "/ready")
    names = [engine.container(run.project, name) for name in stack.names()]
    started = dict(zip(stack.names(), engine.inspect(names, "{{.State.StartedAt}}"), strict=True))
    for service in stack.services:
        early = [name for name in service.needs if started[name] >= started[service.name]]
        if early:
            raise Failed(f"{service.name} was started before {early}")


class Forty(LifeCycle):
    name = "forty"
    title = "Forty Redis servers"
    waterfall = True
    steps = (FIRST_UP, NO_OP, DOWN)
    targets = {
        FIRST_UP: Target(compose=0.6, floor=1.1),
        NO_OP: Target(compose=0.08),
        "peak memory of first up": Target(compose=0.5),
    }

    def stack(self, run: Run) -> Stack:
        image = run.programs.image("redis:8")
        probe = "redis-cli ping | grep -q PONG"
        return Stack(run.folder, [Service(f"cache{number:02}", image, probe, ready="") for number in range(1, 41)])

    def check(self, run: Run, stack: Stack) -> None:
        for address in engine.addresses(run.project, stack.names()).values():
            engine.redis_ping(address)


class Layers(LifeCycle):
    """Five layers of forty; each service needs two of the layer below."""

    name = "layers"
    title = "Two hundred light services in five layers"
    waterfall = True
    steps = (FIRST_UP, NO_OP, DOWN)
    targets = {FIRST_UP: Target(compose=0.5, floor=1.15), NO_OP: Target(compose=0.08)}

    def stack(self, run: Run) -> Stack:
        services = []
        for layer in range(1, 6):
            for number in range(1, 41):
                below = [f"s{layer - 1}-{number:02}", f"s{layer - 1}-{number % 40 + 1:02}"] if layer > 1 else []
                services.append(tiny(run, f"s{layer}-{number:02}", below))
        # Two hundred new processes every five seconds are more than two cores can run: compose then waits for minutes.
        return Stack(run.folder, services, interval="15s")

    def check(self, run: Run, stack: Stack) -> None:
        check_tiny(run, stack)


class Chain(LifeCycle):
    name = "chain"
    title = "A chain of ten light services"
    waterfall = True
    steps = (FIRST_UP, NO_OP, DOWN)

    def stack(self, run: Run) -> Stack:
        names = [f"link{number:02}" for number in range(1, 11)]
        first = tiny(run, names[0], [])
        return Stack(run.folder, [first, *(tiny(run, name, [before]) for before, name in pairwise(names))])

    def check(self, run: Run, stack: Stack) -> None:
        check_tiny(run, stack)


class Growth(Case):
    """The time that one service more takes, in stacks of different sizes; nobody needs anybody."""

    name = "growth"
    title = "Time per service as the stack grows"
    contenders = ("devstack", "compose", "floor")
    sizes = (10, 50, 100, 200)
    growth = "the most of these, against the least"
    targets = {growth: Target(itself=1.25)}

    def measure(self, run: Run) -> None:
        each = []
        for size in self.sizes:
            services = [tiny(run, f"s{number:03}", []) for number in range(1, size + 1)]
            stack = Stack(run.folder, services, interval="5s")
            tool = run.tool(stack)
            done = tool.up()
            check_tiny(run, stack)
            each.append(1000 * done.seconds / size)
            run.record(f"up of {size}, per service", each[-1], "ms")
            engine.sweep(run.project)
        run.record(self.growth, max(each) / min(each), "×")
