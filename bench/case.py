"""What a case is, and the sort that most are: a stack that goes through its life."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from . import engine
from .contenders import Compose, Devstack, Programs
from .floor import Floor
from .process import Failed, Finished
from .stack import Stack

FIRST_UP, NO_OP, RESET, DOWN = "first up", "no-op up", "reset", "down"
CACHED = "up after down --data, seeds cached"


@dataclass(frozen=True)
class Target:
    """The most that devstack may take, as a part of what others take, or by itself."""

    compose: float | None = None
    floor: float | None = None
    itself: float | None = None


@dataclass
class Run:
    """One contender, in one round of one case."""

    programs: Programs
    contender: str
    round: int
    project: str
    folder: Path
    cache: Path
    # Takes the metric and the sample, and what it is measured in.
    record: Callable[[str, float, str], None]
    detail: Callable[[str, str], None]  # a heading and a line below it, shown with --profile
    facts: dict = field(default_factory=dict)  # what a case wants to remember from one step to the next

    def tool(self, stack: Stack) -> "Compose | Devstack | Floor":
        """The contender, with the stack's files written for it."""
        stack.write()
        match self.contender:
            case "compose":
                return Compose(self.programs, stack, self.project)
            case "floor":
                return Floor(self.programs, stack, self.project)
            case "devstack":
                return Devstack(self.programs, stack, self.project, "devstack.yaml")
            case _:
                return Devstack(self.programs, stack, self.project, "compose.yaml")

    def seconds(self, metric: str, done: Finished) -> Finished:
        self.record(metric, done.seconds, "s")
        return done

    @property
    def nonce(self) -> str:
        """Belongs to this run alone: data that has it can be of no earlier run, out of no cache."""
        return f"{self.project}-{self.contender}-{self.round}"


class Case:
    """Something that is measured. One file of `cases` is one kind."""

    name: str
    title: str
    contenders: tuple[str, ...] = ("devstack", "devstack-same", "compose", "floor")
    targets: dict[str, Target] = {}
    heavy = False  # takes many minutes: only when named, or with --all

    def measure(self, run: Run) -> None:
        raise NotImplementedError


class LifeCycle(Case):
    """First up, up again with nothing to do, reset, down: each checked."""

    steps: tuple[str, ...] = (FIRST_UP, NO_OP, RESET, DOWN)
    waterfall = False  # one more run of devstack, not timed, keeps its events

    def stack(self, run: Run) -> Stack:
        raise NotImplementedError

    def before(self, run: Run) -> None:
        """Brings about what the first up must find."""

    def after(self, run: Run) -> None:
        """Takes away what only this case makes."""

    def check(self, run: Run, stack: Stack) -> None:
        """Fails unless everything runs and has its data."""
        raise NotImplementedError

    def spoil(self, run: Run, stack: Stack) -> None:
        """Changes the data, so that a reset has something to do and can be caught not doing it."""

    def check_reset(self, run: Run, stack: Stack) -> None:
        """Fails if what `spoil` did is still there."""

    def further(self, run: Run, stack: Stack, tool) -> None:
        """What else is measured while the stack runs."""

    def measure(self, run: Run) -> None:
        try:
            self.before(run)
            self._live(run)
        finally:
            self.after(run)

    def events(self, run: Run) -> list[dict]:
        """devstack's events of a first up."""
        try:
            self.before(run)
            stack = self.stack(run)
            tool = run.tool(stack)
            done = tool.up_with_events()
            self.check(run, stack)
            tool.down()
            return done.events()
        finally:
            self.after(run)

    def _live(self, run: Run) -> None:
        stack = self.stack(run)
        tool = run.tool(stack)
        done = run.seconds(FIRST_UP, tool.up())
        if done.peak_mib is not None:
            run.record("peak memory of first up", done.peak_mib, "MiB")
        if done.cpu_seconds is not None:
            run.record("processor time of first up", done.cpu_seconds, "s")
        self.check(run, stack)
        if NO_OP in self.steps:
            self._again(run, tool)
            self.check(run, stack)
        if RESET in self.steps:
            tool.before_reset()
            self.spoil(run, stack)
            run.seconds(RESET, tool.reset())
            self.check(run, stack)
            self.check_reset(run, stack)
        self.further(run, stack, tool)
        if DOWN in self.steps:
            volumes = engine.volumes_of(run.project)
            self._down(run, tool)
            self._check_gone(run, volumes)
        if CACHED in self.steps and run.contender.startswith("devstack"):
            run.seconds(CACHED, tool.up())
            self.check(run, stack)
            tool.down()

    def _again(self, run: Run, tool) -> None:
        before = engine.identities(run.project)
        # For bare engine calls, seeing that nothing is to be done is one look.
        run.seconds(NO_OP, tool.status() if run.contender == "floor" else tool.up())
        if engine.identities(run.project) != before:
            raise Failed("up touched containers that were as they should be")

    def _down(self, run: Run, tool) -> None:
        try:
            run.seconds(DOWN, tool.down())
        except Failed as failure:
            # Nobody's fault but the engine's; the sample is lost, the round is not.
            if engine.STUCK not in str(failure):
                raise

    def _check_gone(self, run: Run, volumes: set[str]) -> None:
        left = engine.leftovers(run.project)
        networks = left.pop("network")
        alive = volumes & set(engine.docker("volume", "ls", "-q").split())
        names = [name for names in left.values() for name in names] + sorted(alive)
        if networks:
            names += set(networks) - set(engine.sweep(run.project))  # those that could have been removed
        if names:
            raise Failed(f"down left {', '.join(names)}")


def fresh_folder(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder
