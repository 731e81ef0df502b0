"""The command line; `scripts/bench` sees to programs and images first."""

import argparse
import os
import signal
import sys
from datetime import datetime, timezone
from pathlib import Path

from . import engine, machine, profile, report, table
from .cases import CASES
from .contenders import KEYS, Programs
from .results import Results
from .runner import Runner, say

ROOT = Path(__file__).parent.parent


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="scripts/bench",
        description="Measures devstack beside docker compose and beside bare engine calls, in turn.",
        epilog="DEVSTACK_BIN names a built devstack; without it, a release binary is built.",
    )
    parser.add_argument("--case", nargs="+", metavar="NAME", help="only these cases (see --list)")
    parser.add_argument("--all", action="store_true", help="also the cases that take many minutes")
    parser.add_argument("--rounds", type=int, default=5, metavar="N", help="rounds (default: 5)")
    parser.add_argument("--contender", nargs="+", choices=KEYS, default=KEYS, help="only these")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the samples there")
    parser.add_argument("--profile", action="store_true", help="show where devstack's time went")
    parser.add_argument("--list", action="store_true", help="list the cases and end")
    parser.add_argument("--report", type=Path, nargs="+", metavar="FILE",
                        help="make docs/benchmarks.md of such files, of the last that has a case, and end")
    parser.add_argument("--clean", action="store_true", help="remove what a killed benchmark left behind, and end")
    given = parser.parse_args()
    unknown = set(given.case or []) - {case.name for case in CASES}
    if unknown:
        parser.error(f"no case {', '.join(sorted(unknown))}; there are: {', '.join(case.name for case in CASES)}")
    if given.rounds < 1:
        parser.error("--rounds must be at least 1")
    return given


def interrupted(*_) -> None:
    # Once: a second Ctrl-C must not cut the cleaning short.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise KeyboardInterrupt


def main() -> int:
    given = arguments()
    if given.list:
        for case in CASES:
            print(f"{case.name:<14} {case.title}{' (only with --all, or when named)' if case.heavy else ''}")
        return 0
    if given.report:
        for file in report.write(Results.merged(given.report), ROOT / "docs"):
            print(file.relative_to(ROOT))
        return 0
    if given.clean:
        stuck = engine.sweep(engine.PREFIX + "-")
        if stuck:
            say(f"these networks can go only when the engine starts anew: {', '.join(stuck)}")
        return 1 if stuck else 0

    signal.signal(signal.SIGINT, interrupted)
    signal.signal(signal.SIGTERM, interrupted)
    binary = os.environ.get("DEVSTACK_BIN")
    programs = Programs(
        Path(binary).resolve() if binary else None,
        Path(os.environ["BENCH_COMPOSE"]),
        os.environ["DEVSTACK_REGISTRY_MIRROR"],
    )
    contenders = [key for key in given.contender if binary or not key.startswith("devstack")]
    cases = [case for case in CASES if (case.name in given.case if given.case else given.all or not case.heavy)]
    at = datetime.now(timezone.utc).isoformat(timespec="seconds")
    results = Results(at, machine.describe(programs), given.rounds)
    load = results.machine["load_before"]
    if load > 0.5:
        say(f"the machine is not idle (load {load}): these figures are not final")
    code = 0
    try:
        if not Runner(programs, ROOT / ".cache" / "bench", contenders, results).run(cases):
            code = 1
    except KeyboardInterrupt:
        code = 130
    for result in results.cases:
        print("\n".join(table.lines(result)), end="\n\n")
        if given.profile:
            print("\n".join(profile.lines(result)), end="\n\n")
    if given.json:
        results.write(given.json)
        say(f"samples: {given.json}")
    return code


sys.exit(main())
