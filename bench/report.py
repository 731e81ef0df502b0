"""docs/benchmarks.md and its pictures, from a result file."""

from pathlib import Path

from . import picture, profile
from .case import FIRST_UP
from .contenders import KEYS, TITLES
from .results import CaseResult, Results, number
from .table import goal_key, target

INTRODUCTION = """# Benchmarks

`scripts/bench` runs devstack, Docker Compose and bare engine calls (the floor) in turn on the same images, checks after
every run that the work was really done, and removes everything again. Run it yourself:

    scripts/bench --json results.json && scripts/bench --report results.json

- **devstack** runs a devstack.yaml, which says in devstack's words when a service is ready (`ready`, or nothing where the
  image is known), so that the engine runs no health checks of its own; **devstack, same Compose file** runs the very file
  that Compose runs, health checks included.
- **docker compose** is `up -d --wait`, `down -v` and so on, of version {compose}.
- **bare engine** is the limit: parallel `docker run -d`, each as soon as what it needs is ready, and one loop inside each
  container that asks every 20 ms. Its reset kills, puts a prepared overlay volume over the seeded data and starts again;
  its no-op is one look at the list of containers.
- Figures are medians of {rounds} rounds (of fewer where a case says so), in brackets the least and the most. Every first up is one with the images present
  and new data: seeds have a mark of their run, so that no cache has them.
"""


def write(results: Results, docs: Path) -> list[Path]:
    """Writes all files and says which."""
    folder = docs / "benchmarks"
    folder.mkdir(parents=True, exist_ok=True)
    written = []

    def keep(file: Path, text: str) -> Path:
        file.write_text(text)
        written.append(file)
        return file

    text = [INTRODUCTION.format(compose=results.machine["compose"], rounds=results.rounds)]
    if not results.complete:
        text.append("**This run was interrupted: cases are missing.**\n")
    text.append(_machine(results))
    text.append(_goals(results))
    for case in results.cases:
        rounds = max((len(samples.samples) for series in case.metrics.values() for samples in series.values()), default=0)
        fewer = f" ({rounds} round{'s' if rounds != 1 else ''})" if rounds < results.rounds else ""
        text.append(f"## {case.title}\n\n`scripts/bench --case {case.name}`{fewer}\n")
        if case.metrics:
            keep(folder / f"{case.name}.svg", picture.bars(case))
            text.append(f"![Medians of {case.title}](benchmarks/{case.name}.svg)\n")
            text.append(_table(case))
        if case.events:
            keep(folder / f"{case.name}-waterfall.svg", picture.waterfall(case))
            text.append(f"![The steps of one devstack up](benchmarks/{case.name}-waterfall.svg)\n")
        text += [f"Failed: {_cause(failure)}\n" for failure in case.failures]
    keep(docs / "benchmarks.md", "\n".join(part.rstrip("\n") + "\n" for part in text))
    return written


def _cause(failure: str) -> str:
    """The line of a failure that says why, without the paths of the machine where it happened."""
    lines = [line.strip() for line in failure.splitlines()]
    return next((line for line in lines if line.startswith("error:")), lines[-1])


def _machine(results: Results) -> str:
    facts = results.machine
    return (
        f"Measured on {results.at[:10]}: {facts['cores']} cores ({facts['processor']}), {facts['memory_gib']} GiB,"
        f" {facts['system']}, Linux {facts['kernel']}; engine {facts['engine']}, {facts['storage']};"
        f" {facts.get('devstack', 'no devstack')} ({facts.get('commit') or '?'}), Compose {facts['compose']},"
        f" Docker CLI {facts['docker_cli']}. Load before: {facts['load_before']}.\n"
    )


def _goals(results: Results) -> str:
    rows, reasons = [], []
    for case in results.cases:
        for metric in case.targets:
            for other in ("compose", "floor"):
                goal, key = target(case, metric, other), goal_key(case, metric)
                ratio = case.ratio(metric, key, other)
                if goal is not None and ratio is not None:
                    verdict = "met" if ratio <= goal else "**missed**"
                    rows.append(f"| {case.title} | {metric} | {TITLES[other]} | {number(ratio)} | ≤ {goal:g} | {verdict} |")
                    if ratio > goal and (reason := _reason(case, metric, other)):
                        reasons.append(f"- {case.title}, {metric}, against {TITLES[other]}: {reason}.")
            goal, series = target(case, metric, "itself"), case.metrics.get(metric, {}).get(goal_key(case, metric))
            if goal is not None and series:
                verdict = "met" if series.median <= goal else "**missed**"
                rows.append(f"| {case.title} | {metric} | itself | {number(series.median)} | ≤ {goal:g} | {verdict} |")
    head = "| case | | devstack against | ratio | goal | |\n|---|---|---|---|---|---|\n"
    if not rows:
        return ""
    missed = "\nWhat stands in the way of those that were missed:\n\n" + "\n".join(reasons) + "\n" if reasons else ""
    return "## The goals\n\n" + head + "\n".join(rows) + "\n" + missed


def _reason(case: CaseResult, metric: str, other: str) -> str:
    """How much of the other's time the engine itself takes, and what devstack waited for."""
    facts = []
    limit = case.ratio(metric, "floor", "compose")
    if other == "compose" and limit is not None:
        facts.append(f"the bare engine takes {number(limit)} × {TITLES['compose']}")
    if metric == FIRST_UP and case.events:
        seconds = number(profile.whole(case.events) / 1000)
        facts.append(f"a run of {seconds} s waited for {profile.summary(case.events)}")
    return "; ".join(facts)


def _table(case: CaseResult) -> str:
    shown = [key for key in KEYS if any(key in series for series in case.metrics.values())]
    compared = [(key, other) for key in shown if key.startswith("devstack") for other in shown if other in ("compose", "floor")]
    heads = [TITLES[key] for key in shown] + [f"{_short(key)} / {other}" for key, other in compared]
    lines = ["| | " + " | ".join(heads) + " |", "|---|" + "---:|" * len(heads)]
    for metric, series in case.metrics.items():
        cells = [f"{series[key].text()} ({series[key].spread()})" if key in series else "" for key in shown]
        ratios = [case.ratio(metric, key, other) for key, other in compared]
        cells += ["" if ratio is None else number(ratio) for ratio in ratios]
        lines.append(f"| {metric} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def _short(key: str) -> str:
    return "same file" if key == "devstack-same" else "devstack"
