"""What is brought up: one description, and its form for each contender."""

import os
from dataclasses import dataclass, field
from pathlib import Path

from . import yaml_text

INITDB = "/docker-entrypoint-initdb.d"


@dataclass
class Service:
    """A service. Paths are relative to the stack's folder."""

    name: str
    image: str
    # A shell command that passes in the container once it is ready: Compose's health check, and the floor's loop.
    probe: str
    needs: list[str] = field(default_factory=list)
    command: list[str] = field(default_factory=list)
    environment: dict[str, str] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)  # mounted read-only: here → there
    data: tuple[str, str] | None = None  # a named volume and where it is mounted
    port: tuple[int, int] | None = None  # on loopback → in the container
    seed: list[str] = field(default_factory=list)  # SQL files of a database
    client: str = ""  # takes SQL in the container, for a floor that pipes seeds
    # devstack's `ready`: None leaves the health check in devstack.yaml too, "" takes it out, since devstack knows
    # the image.
    ready: dict | str | None = None
    to_pull: bool = False  # the image is absent at the start, and getting it is part of the work


@dataclass
class Stack:
    """Services, in a folder that has their files."""

    folder: Path
    services: list[Service]
    interval: str = "1s"
    retries: int = 300
    # The floor feeds seeds to the client once the server is ready, instead of through the image's first-boot folder.
    floor_pipes_seeds: bool = False

    def names(self) -> list[str]:
        return [service.name for service in self.services]

    def write(self) -> None:
        """Writes devstack.yaml and compose.yaml into the folder."""
        (self.folder / "compose.yaml").write_text(yaml_text.dump(self.compose()))
        (self.folder / "devstack.yaml").write_text(yaml_text.dump(self.devstack()))

    def compose(self) -> dict:
        services = {}
        for service in self.services:
            entry = self._common(service)
            mounts = [f"./{file}:{INITDB}/{os.path.basename(file)}:ro" for file in service.seed]
            if mounts:
                entry["volumes"] = entry.get("volumes", []) + mounts
            entry["healthcheck"] = self._healthcheck(service)
            if service.needs:
                entry["depends_on"] = {name: {"condition": "service_healthy"} for name in service.needs}
            services[service.name] = entry
        return self._top(services)

    def devstack(self) -> dict:
        services = {}
        for service in self.services:
            entry = self._common(service)
            if service.ready is None:
                entry["healthcheck"] = self._healthcheck(service)
            elif service.ready:
                entry["ready"] = service.ready
            if service.needs:
                entry["depends_on"] = service.needs
            if service.seed:
                entry["seed"] = service.seed
            services[service.name] = entry
        return self._top(services)

    def run_arguments(self, service: Service, volumes: dict[str, str]) -> list[str]:
        """The arguments of `docker run` that only this service has; `volumes` says what stands for a named volume."""
        words = []
        for key, value in service.environment.items():
            words += ["-e", f"{key}={value}"]
        for here, there in service.files.items():
            words += ["-v", f"{self.folder / here}:{there}:ro"]
        if not self.floor_pipes_seeds:
            for file in service.seed:
                words += ["-v", f"{self.folder / file}:{INITDB}/{os.path.basename(file)}:ro"]
        elif service.seed:
            words += ["-v", f"{self.folder}:/seeds:ro"]
        if service.data:
            words += ["-v", f"{volumes[service.data[0]]}:{service.data[1]}"]
        if service.port:
            words += ["-p", f"127.0.0.1:{service.port[0]}:{service.port[1]}"]
        return [*words, service.image, *service.command]

    def _common(self, service: Service) -> dict:
        entry: dict = {"image": service.image}
        if service.command:
            # Both tools take `$` for a variable of theirs.
            entry["command"] = [word.replace("$", "$$") for word in service.command]
        if service.environment:
            entry["environment"] = dict(service.environment)
        if service.port:
            entry["ports"] = [f"127.0.0.1:{service.port[0]}:{service.port[1]}"]
        volumes = [f"./{here}:{there}:ro" for here, there in service.files.items()]
        if service.data:
            volumes.append(f"{service.data[0]}:{service.data[1]}")
        if volumes:
            entry["volumes"] = volumes
        return entry

    def _healthcheck(self, service: Service) -> dict:
        test = ["CMD-SHELL", service.probe.replace("$", "$$")]
        return {"test": test, "interval": self.interval, "timeout": "5s", "retries": self.retries}

    def _top(self, services: dict) -> dict:
        top: dict = {"services": services}
        volumes = [service.data[0] for service in self.services if service.data]
        if volumes:
            top["volumes"] = {name: {} for name in volumes}
        return top
