"""On what and with what was measured."""

import os
import platform
from pathlib import Path

from . import engine
from .contenders import Programs
from .process import run


def describe(programs: Programs) -> dict:
    info = engine.docker("info", "-f", "{{.ServerVersion}}|{{.Driver}}|{{.KernelVersion}}|{{.OperatingSystem}}")
    version, driver, kernel, system = info.split("|")
    facts = {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "memory_gib": round(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30, 1),
        "system": system,
        "kernel": kernel,
        "engine": version,
        "storage": f"{driver} on {_filesystem()}",
        "compose": run([programs.compose, "version", "--short"]).stdout.strip(),
        "docker_cli": run(["docker", "--version"]).stdout.strip().removeprefix("Docker version ").split(",")[0],
        "python": platform.python_version(),
        "load_before": round(os.getloadavg()[0], 2),
    }
    if programs.devstack:
        facts["devstack"] = run([programs.devstack, "--version"]).stdout.strip()
        facts["commit"] = _commit()
    return facts


def _commit() -> str:
    """The last commit that changed the program; a later one of documents or of the benchmark makes no difference."""
    git = ["git", "-C", Path(__file__).parent.parent]
    program = ["--", "src", "templates", "Cargo.toml", "Cargo.lock"]
    commit = run([*git, "log", "-1", "--format=%h", *program], check=False)
    changed = run([*git, "status", "--porcelain", *program], check=False)
    return commit.stdout.strip() + ("-dirty" if changed.stdout.strip() else "")


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.machine()


def _filesystem() -> str:
    root = engine.docker("info", "-f", "{{.DockerRootDir}}")
    done = run(["stat", "-f", "-c", "%T", root], check=False)
    return done.stdout.strip().replace("ext2/ext3", "ext4") or "?"
