"""Samples, and what follows from them."""

import json
import statistics
from dataclasses import dataclass, field
from pathlib import Path

from .case import Case, Target

SCHEMA = 1


@dataclass
class Series:
    """All samples of one contender for one metric."""

    unit: str
    samples: list[float] = field(default_factory=list)

    @property
    def median(self) -> float:
        return statistics.median(self.samples)

    def text(self) -> str:
        return f"{number(self.median)} {self.unit}"

    def spread(self) -> str:
        return f"{number(min(self.samples))}–{number(max(self.samples))}"


@dataclass
class CaseResult:
    """What was measured in one case."""

    name: str
    title: str
    targets: dict[str, Target]
    metrics: dict[str, dict[str, Series]] = field(default_factory=dict)  # metric → contender → samples
    failures: list[str] = field(default_factory=list)
    events: list[dict] = field(default_factory=list)  # devstack's, of one first up
    details: dict[str, list[str]] = field(default_factory=dict)  # what lies behind a figure, from the last round

    @classmethod
    def of(cls, case: Case) -> "CaseResult":
        return cls(case.name, case.title, case.targets)

    def add(self, metric: str, contender: str, value: float, unit: str) -> None:
        self.metrics.setdefault(metric, {}).setdefault(contender, Series(unit)).samples.append(value)

    def ratio(self, metric: str, contender: str, other: str) -> float | None:
        series = self.metrics.get(metric, {})
        if contender not in series or other not in series or not series[other].median:
            return None
        return series[contender].median / series[other].median


@dataclass
class Results:
    """A whole run."""

    at: str
    machine: dict
    rounds: int
    complete: bool = False
    cases: list[CaseResult] = field(default_factory=list)

    def write(self, file: Path) -> None:
        file.write_text(json.dumps(self._json(), indent=1, ensure_ascii=False) + "\n")

    def _json(self) -> dict:
        return {
            "schema": SCHEMA,
            "at": self.at,
            "complete": self.complete,
            "rounds": self.rounds,
            "machine": self.machine,
            "cases": [
                {
                    "name": case.name,
                    "title": case.title,
                    "targets": {name: vars(target) for name, target in case.targets.items()},
                    "metrics": {
                        name: {
                            contender: {
                                "unit": series.unit,
                                "median": round(series.median, 5),
                                "samples": [round(sample, 5) for sample in series.samples],
                            }
                            for contender, series in metric.items()
                        }
                        for name, metric in case.metrics.items()
                    },
                    "failures": case.failures,
                    "events": case.events,
                    "details": case.details,
                }
                for case in self.cases
            ],
        }

    @classmethod
    def merged(cls, files: list[Path]) -> "Results":
        """Runs of the same binary and machine as one: each case as the last of them has it."""
        runs = [cls.read(file) for file in files]
        for key in ("commit", "engine", "compose", "processor"):
            if len({str(run.machine.get(key)) for run in runs}) > 1:
                raise SystemExit(f"bench: these runs differ in {key}, and cannot stand in one report")
        cases = {case.name: case for run in runs for case in run.cases}
        last = runs[-1]
        load = max(run.machine["load_before"] for run in runs)
        machine = {**last.machine, "load_before": load}
        complete = all(run.complete for run in runs)
        return cls(last.at, machine, max(run.rounds for run in runs), complete, list(cases.values()))

    @classmethod
    def read(cls, file: Path) -> "Results":
        data = json.loads(file.read_text())
        if data.get("schema") != SCHEMA:
            raise SystemExit(f"bench: {file} is no result file of this version")
        cases = [
            CaseResult(
                case["name"],
                case["title"],
                {name: Target(**target) for name, target in case["targets"].items()},
                {
                    name: {key: Series(series["unit"], series["samples"]) for key, series in metric.items()}
                    for name, metric in case["metrics"].items()
                },
                case["failures"],
                case["events"],
                case["details"],
            )
            for case in data["cases"]
        ]
        return cls(data["at"], data["machine"], data["rounds"], data["complete"], cases)


def number(value: float) -> str:
    """Three digits that count, and no more."""
    if value >= 100:
        return f"{value:.0f}"
    if value >= 10:
        return f"{value:.1f}"
    return f"{value:.2f}" if value >= 0.1 else f"{value:.3f}"
