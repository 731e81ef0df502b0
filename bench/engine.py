"""What the benchmark itself asks the engine, outside all measured time: looking, checking and removing."""

import http.client
import os
import socket
from collections.abc import Iterable

from .process import Failed, run

PREFIX = "dsbench"  # every project of ours begins with it
PROJECT_LABEL = "com.docker.compose.project"


def docker(*arguments, check=True) -> str:
    return run(["docker", *arguments], check=check).stdout.strip()


def container(project: str, service: str) -> str:
    """The name that Compose, devstack and the floor give to it."""
    return f"{project}-{service}-1"


def containers(project: str) -> list[str]:
    return docker("ps", "-aq", "--no-trunc", "--filter", f"label={PROJECT_LABEL}={project}").split()


def inspect(names: Iterable[str], template: str) -> list[str]:
    names = list(names)
    return docker("inspect", "--type", "container", "-f", template, *names).splitlines() if names else []


def identities(project: str) -> list[str]:
    """Which containers there are and since when: unchanged by anything that did nothing."""
    return sorted(inspect(containers(project), "{{.Id}} {{.State.StartedAt}} {{.State.Running}}"))


def volumes_of(project: str) -> set[str]:
    template = "{{range .Mounts}}{{if eq .Type \"volume\"}}{{.Name}} {{end}}{{end}}"
    return set(" ".join(inspect(containers(project), template)).split())


def addresses(project: str, services: list[str]) -> dict[str, str]:
    """The services' addresses on the project's network; fails if one is not running."""
    template = "{{.Name}} {{.State.Running}} {{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}"
    lines = inspect([container(project, name) for name in services], template)
    found = {}
    for name, line in zip(services, lines, strict=True):
        words = line.split()
        if len(words) != 3 or words[1] != "true":
            raise Failed(f"{name} does not run: {line}")
        found[name] = words[2]
    return found


def execute(project: str, service: str, *command) -> str:
    return docker("exec", container(project, service), *command)


def psql(project: str, query: str, service="db") -> str:
    return execute(project, service, "psql", "-XqtA", "-h", "127.0.0.1", "-U", "shop", "-d", "shop", "-c", query)


def http_get(host: str, port: int, path: str) -> bytes:
    """One request, no second try: what has been called ready has to answer."""
    try:
        connection = http.client.HTTPConnection(host, port, timeout=10)
        connection.request("GET", path)
        answer = connection.getresponse()
        body = answer.read()
    except (OSError, http.client.HTTPException) as error:
        raise Failed(f"http://{host}:{port}{path}: {error}") from error
    if answer.status != 200:
        raise Failed(f"http://{host}:{port}{path}: {answer.status} {body[:200]!r}")
    return body


def redis_ping(host: str) -> None:
    try:
        with socket.create_connection((host, 6379), timeout=10) as connection:
            connection.sendall(b"PING\r\n")
            answer = connection.recv(64)
    except OSError as error:
        raise Failed(f"redis at {host}: {error}") from error
    if answer != b"+PONG\r\n":
        raise Failed(f"redis at {host} answered {answer!r}")


def used_mib() -> float:
    """What the file system of the engine's data has in use."""
    os.sync()
    room = os.statvfs(docker("info", "--format", "{{.DockerRootDir}}"))
    return (room.f_blocks - room.f_bfree) * room.f_frsize / (1 << 20)


def last_words(project: str) -> str:
    """The ends of the logs of the containers that do not run."""
    text = ""
    for line in inspect(containers(project), "{{.Name}} {{.State.Running}} {{.State.ExitCode}}"):
        name, running, code = line.split()
        if running != "true":
            done = run(["docker", "logs", "--tail", "8", name.lstrip("/")], check=False)
            text += f"\n{name.lstrip('/')} ended with {code}:\n{done.stdout}{done.stderr}"
    return text


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def leftovers(prefix: str) -> dict[str, list[str]]:
    """What there is of all projects whose name begins so, by kind."""
    format_of = {"container": "{{.Names}}", "network": "{{.Name}}", "volume": "{{.Name}}"}
    listing = {"container": ["ps", "-a"], "network": ["network", "ls"], "volume": ["volume", "ls"]}
    found = {}
    for kind, words in listing.items():
        lines = docker(*words, "--format", f'{format_of[kind]}\t{{{{.Label "{PROJECT_LABEL}"}}}}'
                       f'\t{{{{.Label "dev.devstack.project"}}}}').splitlines()
        # Containers have the name of their project in front, and everything that the tools make has a label.
        rows = [line.split("\t") for line in lines]
        found[kind] = [row[0] for row in rows if any(part.startswith(prefix) for part in row)]
    return found


# The engine counts the endpoints of a network, and now and then the count is wrong for good when many containers go at
# once (moby/moby#42119): the network has no container and cannot be removed until the engine starts anew.
STUCK = "has active endpoints"


def sweep(prefix: str) -> list[str]:
    """Removes everything of these projects, whatever state it is in. Returns the networks that are stuck."""
    found = leftovers(prefix)
    if found["container"]:
        docker("rm", "-f", "-v", *found["container"], check=False)
    stuck = []
    for name in found["network"]:
        done = run(["docker", "network", "rm", name], check=False)
        if STUCK in done.stderr:
            stuck.append(name)
    if found["volume"]:
        docker("volume", "rm", "-f", *found["volume"], check=False)
    left = [name for names in leftovers(prefix).values() for name in names if name not in stuck]
    if left:
        raise Failed(f"could not remove {left}")
    return stuck
