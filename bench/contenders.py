"""devstack and docker compose, called as people call them. The floor has a file of its own."""

import os
from copy import copy
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from .process import Finished, run
from .stack import Stack

KEYS = ("devstack", "devstack-same", "compose", "floor")
TITLES = {
    "devstack": "devstack",
    "devstack-same": "devstack, same Compose file",
    "compose": "docker compose",
    "floor": "bare engine",
}


@dataclass
class Programs:
    """The programs that are compared."""

    devstack: Path | None
    compose: Path
    mirror: str
    engine: str | None = None  # another address of the engine than the usual one

    def image(self, name: str) -> str:
        """The stand-in of an image of Docker Hub; one name for all, so that nobody has to ask a mirror first."""
        return f"{self.mirror}/library/{name}"

    @property
    def environment(self) -> dict[str, str]:
        engine = {"DOCKER_HOST": self.engine} if self.engine else {}
        return {**os.environ, "DEVSTACK_REGISTRY_MIRROR": self.mirror, **engine}


def together(*parts: Finished) -> Finished:
    """Programs that ran one after the other, as one."""
    peaks = [part.peak_mib for part in parts if part.peak_mib is not None]
    times = [part.cpu_seconds for part in parts if part.cpu_seconds is not None]
    return Finished(
        sum(part.seconds for part in parts),
        0,
        "".join(part.stdout for part in parts),
        "".join(part.stderr for part in parts),
        max(peaks, default=None),
        sum(times) if times else None,
    )


class Compose:
    """docker compose."""

    def __init__(self, programs: Programs, stack: Stack, project: str):
        self.stack, self.project = stack, project
        self.environment = programs.environment
        self.base = [programs.compose, "-f", stack.folder / "compose.yaml", "-p", project]

    def call(self, *words, usage=False) -> Finished:
        return run([*self.base, *words], env=self.environment, cwd=self.stack.folder, usage=usage)

    def up(self) -> Finished:
        return self.call("up", "-d", "--wait", usage=True)

    def before_reset(self) -> None:
        pass

    def reset(self) -> Finished:
        return together(self.call("down", "-v"), self.call("up", "-d", "--wait"))

    def down(self) -> Finished:
        return self.call("down", "-v")

    def status(self) -> Finished:
        return self.call("ps")

    def logs(self) -> Finished:
        return self.call("logs", "--no-color", "--tail", "1000")

    def config(self) -> Finished:
        return self.call("config")


class Devstack:
    """devstack, with devstack.yaml or with the very same Compose file."""

    def __init__(self, programs: Programs, stack: Stack, project: str, file: str):
        self.stack, self.project = stack, project
        self.program = programs.devstack
        self.environment = programs.environment
        self.base = [programs.devstack, "-f", stack.folder / file, "-p", project]

    def call(self, *words, usage=False) -> Finished:
        return run([*self.base, *words], env=self.environment, cwd=self.stack.folder, usage=usage)

    def up(self) -> Finished:
        return self.call("up", usage=True)

    def up_with_events(self) -> Finished:
        return self.call("--progress", "json", "up", usage=True)

    def before_reset(self) -> None:
        pass

    def reset(self) -> Finished:
        if has_reset(self.program):
            return self.call("reset", "--yes")
        return together(self.down(), self.up())

    def down(self) -> Finished:
        return self.call("down", "--data", "--yes")

    def save(self, name: str) -> Finished:
        return self.call("snapshot", "save", name)

    def restore(self, name: str) -> Finished:
        return self.call("snapshot", "restore", name, "--yes")

    def instance(self, name: str) -> "Devstack":
        """A second copy of the stack."""
        second = copy(self)
        second.base = [*self.base, "--instance", name]
        return second

    def status(self) -> Finished:
        return self.call("status")

    def logs(self) -> Finished:
        return self.call("logs", "--tail", "1000")

    def config(self) -> Finished:
        return self.call("config")


@cache
def has_reset(program: Path) -> bool:
    return run([program, "reset", "--help"], check=False).code == 0
