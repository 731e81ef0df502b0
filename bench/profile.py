"""Where devstack's time went, from its events (`--progress json`)."""

from dataclasses import dataclass
from itertools import groupby

from .results import CaseResult, number

SHORT = 30  # milliseconds that are not worth a word in a summary


@dataclass
class Step:
    """A step of the plan that was run. Milliseconds since the run began."""

    number: int
    kind: str
    service: str
    title: str
    needs: list[int]
    begin: int
    end: int

    @property
    def took(self) -> int:
        return self.end - self.begin


def steps(events: list[dict]) -> list[Step]:
    """The steps that were run to their end, by their beginning."""
    planned, begin, found = {}, {}, []
    for event in events:
        number = event.get("step")
        match event.get("event"):
            case "run_started":
                planned = {step["id"]: step for step in event["steps"]}
            case "step_started":
                begin[number] = event["at"]
            case "step_finished" if number in begin and number in planned:
                plan = planned[number]
                found.append(Step(number, plan["kind"], plan["service"] or "", plan["title"], plan["needs"],
                                  begin[number], event["at"]))
    return sorted(found, key=lambda step: (step.begin, step.end))


def critical_path(all_steps: list[Step]) -> list[Step]:
    """The steps that the end waited for: from the last one back, each time the need that was done last."""
    by_number = {step.number: step for step in all_steps}
    path = []
    step = max(all_steps, key=lambda step: step.end, default=None)
    while step:
        path.append(step)
        before = [by_number[number] for number in step.needs if number in by_number]
        step = max(before, key=lambda step: step.end, default=None)
    return path[::-1]


def summary(events: list[dict]) -> str:
    """The critical path in a line: what was waited for, service by service."""
    parts = []
    for service, group in groupby(critical_path(steps(events)), key=lambda step: step.service):
        # The first word of a title is its verb.
        words = [f"{step.title.split()[0]} {number(step.took / 1000)} s" for step in group if step.took >= SHORT]
        if words:
            parts.append(f"{service or 'all'}: {', '.join(words)}")
    return "; ".join(parts)


def whole(events: list[dict]) -> int:
    """Milliseconds of the whole run."""
    return max((event.get("took_ms", event["at"]) for event in events if event.get("event") == "run_finished"),
               default=max((event.get("at", 0) for event in events), default=0))


def lines(result: CaseResult) -> list[str]:
    """What lies behind a case's figures."""
    text = _of_events(result.events) if result.events else []
    for heading, rows in result.details.items():
        text += [f"  {heading}", *(f"    {row}" for row in rows)]
    return text


def _of_events(events: list[dict]) -> list[str]:
    """The critical path, and what each sort of step took."""
    found = steps(events)
    text = [f"  where the time went ({whole(events)} ms): the critical path"]
    for step in critical_path(found):
        text.append(f"    {step.begin:>6} ms  + {step.took:>5} ms  {step.kind:<9} {step.title}")
    text.append("  by sort of step: how many, the sum, the longest")
    for kind in sorted({step.kind for step in found}):
        times = [step.took for step in found if step.kind == kind]
        text.append(f"    {kind:<9} {len(times):>4}  {sum(times):>7} ms  {max(times):>6} ms")
    return text
