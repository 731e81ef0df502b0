"""The floor: what the engine alone needs, called by hand as well as it can be.

Parallel `docker run -d`, each as soon as what it needs is ready, and one `docker exec` a container that loops every
20 ms until it is.
"""

import os
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor

from . import engine
from .contenders import Programs
from .process import Failed, Finished, run
from .stack import Service, Stack

# More at a time than this only wait for each other in the engine.
STARTS_AT_A_TIME = 16


class Floor:
    """Bare engine calls."""

    def __init__(self, programs: Programs, stack: Stack, project: str):
        self.stack, self.project = stack, project
        self.network = f"{project}_default"
        self.labels = ["--label", f"{engine.PROJECT_LABEL}={project}"]
        self.helper = programs.image("busybox:1")
        self.volumes = {service.data[0]: f"{project}_{service.data[0]}" for service in stack.services if service.data}
        self.fresh: dict[str, str] = {}  # the volumes that the next reset takes
        self.layers = 0
        self.seed_seconds = 0.0  # of all seeds that were piped

    def up(self) -> Finished:
        begin = time.perf_counter()
        run(["docker", "network", "create", *self.labels, self.network])
        self._start_all()
        return Finished(time.perf_counter() - begin, 0, "", "")

    def before_reset(self) -> None:
        """Makes what was seeded the lower layer of overlays: one to go on with, one for the reset to come."""
        for service in self.stack.services:
            if not service.data:
                continue
            name = service.data[0]
            run(["docker", "rm", "-f", engine.container(self.project, service.name)])
            base = self.volumes[name]
            # It ended without its clean stop: let the server repair its files now, and not at every reset.
            self._run(service)
            self._wait(service)
            run(["docker", "stop", engine.container(self.project, service.name)])
            run(["docker", "rm", engine.container(self.project, service.name)])
            self.volumes[name] = self._overlay(base, service)
            self.fresh[name] = self._overlay(base, service)
            self._run(service)
            self._wait(service)

    def reset(self) -> Finished:
        """Kills everything, takes fresh layers, starts everything again."""
        begin = time.perf_counter()
        with ThreadPoolExecutor(STARTS_AT_A_TIME) as pool:
            names = [engine.container(self.project, name) for name in self.stack.names()]
            list(pool.map(lambda name: run(["docker", "rm", "-f", "-v", name]), names))
        self.volumes.update(self.fresh)
        self._start_all()
        return Finished(time.perf_counter() - begin, 0, "", "")

    def down(self) -> Finished:
        begin = time.perf_counter()
        names = [engine.container(self.project, name) for name in self.stack.names()]
        run(["docker", "stop", *names])  # it stops them in parallel itself
        run(["docker", "rm", "-v", *names])
        run(["docker", "network", "rm", self.network])
        seconds = time.perf_counter() - begin
        volumes = engine.leftovers(self.project)["volume"]
        return Finished(seconds + (run(["docker", "volume", "rm", *volumes]).seconds if volumes else 0), 0, "", "")

    def status(self) -> Finished:
        return run(["docker", "ps", "-a", "--filter", f"label={engine.PROJECT_LABEL}={self.project}"])

    def logs(self) -> Finished:
        begin = time.perf_counter()
        with ThreadPoolExecutor(STARTS_AT_A_TIME) as pool:
            parts = list(pool.map(self._log, self.stack.names()))
        return Finished(time.perf_counter() - begin, 0, "".join(part.stdout for part in parts), "")

    def _log(self, service: str) -> Finished:
        return run(["docker", "logs", "--tail", "1000", engine.container(self.project, service)])

    def _start_all(self) -> None:
        starts = threading.Semaphore(STARTS_AT_A_TIME)
        ready: dict[str, Future] = {service.name: Future() for service in self.stack.services}

        def bring_up(service: Service) -> None:
            try:
                if service.to_pull:
                    run(["docker", "pull", "-q", service.image])
                for name in service.needs:
                    ready[name].result()
                with starts:
                    self._run(service)
                self._wait(service)
                self._seed(service)
                ready[service.name].set_result(None)
            except BaseException as error:  # handed on: whoever waits must not wait for ever
                ready[service.name].set_exception(error)

        # Not a pool: those that wait for others must not keep these from starting.
        for service in self.stack.services:
            threading.Thread(target=bring_up, args=(service,), daemon=True).start()
        for future in ready.values():
            future.result()

    def _run(self, service: Service) -> None:
        name = engine.container(self.project, service.name)
        run(["docker", "run", "-d", "--name", name, *self.labels, "--network", self.network,
             "--network-alias", service.name, *self.stack.run_arguments(service, self.volumes)])

    def _wait(self, service: Service) -> None:
        loop = f"until {service.probe}; do sleep 0.02; done >/dev/null 2>&1"
        run(["docker", "exec", engine.container(self.project, service.name), "sh", "-c", loop], limit=300)

    def _seed(self, service: Service) -> None:
        if not self.stack.floor_pipes_seeds:
            return
        for file in service.seed:
            cat = "zcat" if file.endswith(".gz") else "cat"
            done = run(["docker", "exec", engine.container(self.project, service.name), "bash", "-o", "pipefail", "-c",
                        f"{cat} /seeds/{os.path.basename(file)} | {service.client} >/dev/null"])
            self.seed_seconds += done.seconds

    def _overlay(self, base: str, service: Service) -> str:
        """A volume that shows the data of `base` and keeps changes to itself."""
        self.layers += 1
        layer, live = (f"{self.project}_{kind}{self.layers}" for kind in ("layer", "live"))
        run(["docker", "volume", "create", *self.labels, layer])
        folders = "mkdir /layer/data /layer/work && chown 999:999 /layer/data && chmod 700 /layer/data"
        run(["docker", "run", "--rm", *self.labels, "-v", f"{layer}:/layer", self.helper, "sh", "-c", folders])
        lower, upper = (engine.docker("volume", "inspect", "-f", "{{.Mountpoint}}", name) for name in (base, layer))
        if not lower.startswith("/") or not upper.startswith("/"):
            raise Failed("the engine does not say where its volumes are")
        run(["docker", "volume", "create", *self.labels, "--driver", "local", "--opt", "type=overlay",
             "--opt", "device=overlay", "--opt", f"o=lowerdir={lower},upperdir={upper}/data,workdir={upper}/work", live])
        return live
