"""Writes YAML as people write it: block style, short lists in one line, quotes only where they are needed."""

import json
import re

PLAIN = re.compile(r"[A-Za-z0-9./_](?:[A-Za-z0-9./_:-]*[A-Za-z0-9./_-])?\Z")
NUMBER = re.compile(r"[0-9.:_]+(?:e[0-9]+)?\Z|0[box]", re.IGNORECASE)
WORDS = {"true", "false", "yes", "no", "on", "off", "null", "y", "n"}


def dump(value: dict) -> str:
    return "\n".join(_mapping(value, 0)) + "\n"


def _mapping(value: dict, indent: int) -> list[str]:
    lines = []
    for key, item in value.items():
        head = f"{' ' * indent}{_scalar(key)}:"
        if isinstance(item, dict) and item:
            lines += [head, *_mapping(item, indent + 2)]
        elif isinstance(item, list) and item and not _fits(item):
            lines += [head, *(f"{' ' * (indent + 2)}- {_flow(part)}" for part in item)]
        else:
            lines.append(f"{head} {_flow(item)}")
    return lines


def _fits(items: list) -> bool:
    return all(not isinstance(item, (dict, list)) for item in items) and len(_flow(items)) <= 90


def _flow(value) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{_scalar(key)}: {_flow(item)}" for key, item in value.items()) + " }" if value else "{}"
    if isinstance(value, list):
        return "[" + ", ".join(_flow(item) for item in value) + "]"
    return _scalar(value)


def _scalar(value) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return str(value)
    if PLAIN.match(value) and not NUMBER.match(value) and value.lower() not in WORDS:
        return value
    return json.dumps(value, ensure_ascii=False)
