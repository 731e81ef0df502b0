"""Pictures of results, as SVG that reads well on light and dark pages and without any colour at all."""

from html import escape

from . import profile
from .contenders import KEYS, TITLES
from .results import CaseResult

WIDTH = 760
STYLE = """
  text { font: 13px system-ui, -apple-system, "Segoe UI", sans-serif; fill: #24292f }
  .title { font-weight: 600; font-size: 15px }
  .head { font-weight: 600 }
  .faint { fill: #57606a }
  .grid { stroke: #d0d7de; stroke-width: 1 }
  .devstack { fill: #0969da } .devstack-same { fill: #54aeff } .compose { fill: #9a6700 } .floor { fill: #8c959f }
  .pull, .build { fill: #8250df } .create, .resource { fill: #8c959f } .start { fill: #bf8700 }
  .ready { fill: #1a7f37 } .seed { fill: #0969da } .hook, .stop, .remove { fill: #cf222e }
  .spread { stroke: #24292f; stroke-width: 1.5 }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 } .faint { fill: #9198a1 } .grid { stroke: #3d444d } .spread { stroke: #e6edf3 }
    .compose { fill: #d29922 }
  }"""
LABELS = 210  # the width of the names on the left
RIGHT = 120  # and of the figures on the right


def bars(result: CaseResult) -> str:
    """One group of bars a metric, one bar a contender, a line for the spread."""
    parts, y = [_text(0, 18, result.title, "title")], 34
    for metric, series in result.metrics.items():
        shown = [key for key in KEYS if key in series]
        most = max(max(series[key].samples) for key in shown)
        y += 18
        parts.append(_text(0, y, metric, "head"))
        y += 8
        for key in shown:
            one = series[key]
            length = _scale(one.median, most)
            low, high = (LABELS + _scale(value, most) for value in (min(one.samples), max(one.samples)))
            parts.append(_text(LABELS - 10, y + 13, TITLES[key], "", "end"))
            parts.append(f'<rect class="{key}" x="{LABELS}" y="{y}" width="{max(length, 1):.1f}" height="18" rx="2"/>')
            parts.append(f'<path class="spread" d="M{low:.1f} {y + 9}H{high:.1f}M{low:.1f} {y + 5}v8M{high:.1f} {y + 5}v8"/>')
            parts.append(_text(max(LABELS + length, high) + 8, y + 13, one.text()))
            y += 23
    return _svg(parts, y + 6, f"{result.title}: medians, with the least and the most")


def waterfall(result: CaseResult) -> str:
    """Every step of one `devstack up` on a line of time, a row for each service."""
    steps = profile.steps(result.events)
    whole = max(profile.whole(result.events), 1)
    rows = list(dict.fromkeys(step.service or "(all)" for step in steps))
    parts = [_text(0, 18, f"{result.title}: the steps of one devstack up", "title")]
    height, top, room = 22, 54, WIDTH - LABELS - 20
    bottom = top + height * len(rows)
    tick = next(step for step in (100, 200, 500, 1000, 2000, 5000, 10_000, 60_000, 600_000) if whole / step <= 10)
    for at in range(0, whole + 1, tick):
        x = LABELS + room * at / whole
        parts.append(f'<path class="grid" d="M{x:.1f} {top - 6}V{bottom}"/>')
        parts.append(_text(x, top - 12, f"{at / 1000:g} s", "faint", "middle"))
    for index, name in enumerate(rows):
        parts.append(_text(LABELS - 10, top + height * index + 14, name, "", "end"))
    for step in steps:
        y = top + height * rows.index(step.service or "(all)") + 2
        x, width = LABELS + room * step.begin / whole, max(room * step.took / whole, 1)
        title = escape(f"{step.title}: {step.took} ms, from {step.begin} ms")
        parts.append(f'<rect class="{step.kind}" x="{x:.1f}" y="{y}" width="{width:.1f}" height="{height - 5}" rx="2">'
                     f"<title>{title}</title></rect>")
    x = LABELS
    for kind in dict.fromkeys(step.kind for step in steps):
        parts.append(f'<rect class="{kind}" x="{x}" y="{bottom + 14}" width="12" height="12" rx="2"/>')
        parts.append(_text(x + 17, bottom + 25, kind))
        x += 85
    return _svg(parts, bottom + 36, "The steps of one devstack up on a line of time")


def _scale(value: float, most: float) -> float:
    return (WIDTH - LABELS - RIGHT) * value / most if most else 0


def _text(x: float, y: float, text: str, kind="", anchor="start") -> str:
    words = f' class="{kind}"' if kind else ""
    words += f' text-anchor="{anchor}"' if anchor != "start" else ""
    return f'<text x="{x:.1f}" y="{y}"{words}>{escape(text)}</text>'


def _svg(parts: list[str], height: int, label: str) -> str:
    body = "\n".join(parts)
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="-8 0 {WIDTH + 16} {height}" width="{WIDTH}" role="img"'
            f' aria-label="{escape(label)}">\n<style>{STYLE}\n</style>\n{body}\n</svg>\n')
