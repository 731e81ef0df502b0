"""Rounds: the contenders in turn, A B C A B C, everything removed after each."""

import os
import shutil
import sys
import time
from collections.abc import Iterable
from pathlib import Path

from . import engine, process
from .case import Case, LifeCycle, Run, fresh_folder
from .contenders import TITLES, Programs
from .process import Failed
from .results import CaseResult, Results


def say(text: str) -> None:
    print(f"bench: {text}", file=sys.stderr, flush=True)


# Each holds one of the about thirty ranges of addresses that an engine has for networks.
MOST_STUCK_NETWORKS = 10


class Runner:
    """Runs cases and gathers what they measure."""

    def __init__(self, programs: Programs, cache: Path, contenders: Iterable[str], results: Results):
        self.programs, self.cache, self.contenders, self.results = programs, cache, tuple(contenders), results
        # Of this process alone: two benchmarks at a time spoil each other's figures, but not each other's stacks.
        self.prefix = f"{engine.PREFIX}-{os.getpid():x}"
        self.work = cache / self.prefix
        self.count = 0

    def run(self, cases: list[Case]) -> bool:
        """Runs all; says whether none failed. Whatever happens, nothing of it stays behind."""
        try:
            for case in cases:
                self._case(case)
            self.results.complete = True
        except (KeyboardInterrupt, process.Interrupted):
            say("interrupted, removing what is there")
            raise KeyboardInterrupt from None
        finally:
            process.end_all()
            process.resume()
            engine.sweep(self.prefix)
            shutil.rmtree(self.work, ignore_errors=True)
        return not any(case.failures for case in self.results.cases)

    def _case(self, case: Case) -> None:
        result = CaseResult.of(case)
        self.results.cases.append(result)
        say(f"{case.name}: {case.title}")
        given_up: set[str] = set()
        contenders = [key for key in case.contenders if key in self.contenders]
        for number in range(1, self.results.rounds + 1):
            for contender in contenders:
                if contender not in given_up and not self._one(case, result, contender, number):
                    given_up.add(contender)
        if isinstance(case, LifeCycle) and case.waterfall and "devstack" in contenders and "devstack" not in given_up:
            self._events(case, result)

    def _one(self, case: Case, result: CaseResult, contender: str, number: int) -> bool:
        # Samples count only when the whole round was found to be right.
        samples: list[tuple[str, float, str]] = []
        run = self._run_of(case, contender, number)
        details: dict[str, list[str]] = {}
        run.record = lambda *sample: samples.append(sample)
        run.detail = lambda heading, line: details.setdefault(heading, []).append(line)
        os.sync()  # nobody has to write what another left in memory
        begin = time.monotonic()
        try:
            case.measure(run)
        except Failed as failure:
            result.failures.append(f"{contender}, round {number}: {failure}")
            say(f"  {TITLES[contender]}, round {number}: failed, left out from now on\n{failure}{engine.last_words(run.project)}")
            return False
        finally:
            self._clean(run)
        result.details.update(details)
        for metric, value, unit in samples:
            result.add(metric, contender, value, unit)
        shown = ", ".join(f"{metric} {value:.2f} {unit}" for metric, value, unit in samples[:6])
        say(f"  round {number}, {TITLES[contender]}: {shown} ({time.monotonic() - begin:.0f} s in all)")
        return True

    def _events(self, case: LifeCycle, result: CaseResult) -> None:
        run = self._run_of(case, "devstack", 0)
        try:
            result.events = case.events(run)
        except (Failed, ValueError) as failure:
            result.failures.append(f"events of devstack: {failure}")
        finally:
            self._clean(run)

    def _run_of(self, case: Case, contender: str, number: int) -> Run:
        # Never the same name twice: what one run failed to remove must not meet the next.
        self.count += 1
        project = f"{self.prefix}-{self.count}-{contender}"
        folder = fresh_folder(self.work / contender)
        return Run(self.programs, contender, number, project, folder, self.cache, lambda *_: None, lambda *_: None)

    def _clean(self, run: Run) -> None:
        process.end_all()  # of a floor that failed half-way, or of an interruption
        process.resume()
        for network in engine.sweep(run.project):
            say(f"  the engine cannot remove the network {network} before it starts anew (moby/moby#42119)")
        stuck = len(engine.leftovers(engine.PREFIX)["network"])
        if stuck > MOST_STUCK_NETWORKS:
            raise SystemExit(f"bench: {stuck} networks are stuck: start the engine anew, then `scripts/bench --clean`")
