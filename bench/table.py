"""Results as lines of text."""

from .contenders import KEYS, TITLES
from .results import CaseResult, number


def lines(result: CaseResult) -> list[str]:
    """One block for a case: each metric, each contender, and how devstack stands to the others."""
    text = [f"{result.name}: {result.title}"]
    for metric, series in result.metrics.items():
        text.append(f"  {metric}")
        for key in KEYS:
            if key not in series:
                continue
            ratios = [
                f"{number(ratio)} × {name}{verdict}"
                for other, name in (("compose", "compose"), ("floor", "floor"))
                if key.startswith("devstack") and (ratio := result.ratio(metric, key, other)) is not None
                for verdict in [_verdict(result, metric, key, other, ratio)]
            ]
            goal = target(result, metric, "itself")
            if goal is not None and key == goal_key(result, metric):
                ratios.append(f"(goal ≤ {goal:g}: {'met' if series[key].median <= goal else 'missed'})")
            spread = f"({series[key].spread()}, n={len(series[key].samples)})"
            text.append(f"    {TITLES[key]:<28} {series[key].text():>10}  {spread:<24} {'  '.join(ratios)}".rstrip())
    text += [f"  failed: {failure}" for failure in result.failures]
    return text


def target(result: CaseResult, metric: str, other: str) -> float | None:
    goal = result.targets.get(metric)
    return getattr(goal, other) if goal else None


def _verdict(result: CaseResult, metric: str, key: str, other: str, ratio: float) -> str:
    goal = target(result, metric, other)
    if goal is None or key != goal_key(result, metric):
        return ""
    return f" (goal ≤ {goal:g}: {'met' if ratio <= goal else 'missed'})"


def goal_key(result: CaseResult, metric: str) -> str:
    """Which of devstack's two rows a goal is about: devstack.yaml where it was measured."""
    return "devstack" if "devstack" in result.metrics.get(metric, {}) else "devstack-same"
