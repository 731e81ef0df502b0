"""Runs programs: timed, bounded in time, and ended together when the benchmark is interrupted."""

import json
import os
import signal
import subprocess
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

TIME = "/usr/bin/time"  # GNU time; the shell's own does not know about memory


class Failed(Exception):
    """A program that was measured failed, or did not do what it said."""


class Interrupted(Exception):
    """The benchmark is ending: nothing new is started."""


@dataclass
class Finished:
    """A program that has ended."""

    seconds: float
    code: int
    stdout: str
    stderr: str
    peak_mib: float | None = None
    cpu_seconds: float | None = None

    def events(self) -> list[dict]:
        """devstack's events, of a run that told them."""
        text = self.stdout if self.stdout.lstrip().startswith("{") else self.stderr
        return [json.loads(line) for line in text.splitlines() if line.startswith("{")]


_children: set[subprocess.Popen] = set()
_lock = threading.Lock()
_ending = False


def run(argv, *, env=None, cwd=None, check=True, limit=900, usage=False) -> Finished:
    """Runs a program to its end. Output goes to files, so that a full pipe never slows what is measured.

    With `usage`, GNU time stands before it and tells memory and processor time; that costs it about a millisecond.
    """
    argv = [str(part) for part in argv]
    usage_file = None
    if usage:
        descriptor, usage_file = tempfile.mkstemp(prefix="dsbench-usage-")
        os.close(descriptor)
        argv = [TIME, "-q", "-o", usage_file, "-f", "%M %U %S", *argv]
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        begin = time.perf_counter()
        child = _start(argv, env=env, cwd=cwd, stdin=subprocess.DEVNULL, stdout=out, stderr=err)
        # Not wait(timeout=…): that one polls, up to 50 ms late.
        timed_out = threading.Event()
        watchdog = threading.Timer(limit, lambda: (timed_out.set(), _kill(child)))
        watchdog.daemon = True
        watchdog.start()
        try:
            code = child.wait()
            seconds = time.perf_counter() - begin
        finally:
            watchdog.cancel()
            if child.poll() is None:
                _kill(child)
                child.wait()
            with _lock:
                _children.discard(child)
        out.seek(0)
        err.seek(0)
        done = Finished(seconds, code, out.read().decode(errors="replace"), err.read().decode(errors="replace"))
    if usage_file:
        words = Path(usage_file).read_text().split()
        os.unlink(usage_file)
        if len(words) == 3:
            done.peak_mib = int(words[0]) / 1024
            done.cpu_seconds = float(words[1]) + float(words[2])
    if _ending:
        raise Interrupted
    if check and code != 0:
        shown = argv[argv.index("%M %U %S") + 1 :] if usage else argv
        why = f"did not end within {limit} s" if timed_out.is_set() else f"exit code {code}"
        raise Failed(f"{_short(shown)}: {why}\n{_tail(done.stderr) or _tail(done.stdout)}")
    return done


def end_all() -> None:
    """Kills whatever still runs, and refuses to start more until `resume`."""
    global _ending
    with _lock:
        _ending = True
        children = list(_children)
    for child in children:
        _kill(child)


def resume() -> None:
    """Allows programs again, for cleaning up."""
    global _ending
    _ending = False


def _start(argv, **options) -> subprocess.Popen:
    with _lock:
        if _ending:
            raise Interrupted
        # A session of its own: Ctrl-C on the terminal is ours to pass on.
        child = subprocess.Popen(argv, start_new_session=True, **options)
        _children.add(child)
        return child


def _kill(child: subprocess.Popen) -> None:
    try:
        os.killpg(child.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


def _short(argv: list[str]) -> str:
    text = " ".join(argv)
    return text if len(text) <= 200 else text[:200] + "…"


def _tail(text: str) -> str:
    return "\n".join("    " + line for line in text.strip().splitlines()[-12:])
