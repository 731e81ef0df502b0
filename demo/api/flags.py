"""Feature flags from an Unleash server, evaluated here.

The flags are fetched every second and kept, so that asking for one costs nothing and still works when Unleash is away.
Without UNLEASH_URL every flag is off. What this small client does not know (a strategy, a segment) is off as well.
"""

import json
import os
import threading
import time
import urllib.error
import urllib.request

REFRESH = 1.0  # seconds


class Flags:
    """What Unleash said last; one thread keeps it up to date."""

    def __init__(self, url: str | None, token: str) -> None:
        self.features: dict[str, dict] = {}
        self.url, self.token, self.version = url, token, None
        if url:
            threading.Thread(target=self.follow, daemon=True).start()

    def follow(self) -> None:
        complained = False
        while True:
            try:
                self.fetch()
                complained = False
            except (OSError, ValueError) as error:
                if not complained:
                    print(f"flags stay as they were: {error}")
                complained = True
            time.sleep(REFRESH)

    def fetch(self) -> None:
        request = urllib.request.Request(
            f"{self.url.rstrip('/')}/client/features",
            headers={"Authorization": self.token, "UNLEASH-APPNAME": "shop"},
        )
        if self.version:
            request.add_header("If-None-Match", self.version)
        try:
            with urllib.request.urlopen(request, timeout=3) as response:
                answer = json.load(response)
                self.version = response.headers.get("ETag")
        except urllib.error.HTTPError as error:
            if error.code == 304:  # nothing has changed
                return
            raise
        self.features = {feature["name"]: feature for feature in answer["features"]}

    def on(self, name: str, user: str | None) -> bool:
        """Whether a feature is on for a user: any of its strategies is enough, and one without strategies is on for all."""
        feature = self.features.get(name)
        if feature is None or not feature["enabled"]:
            return False
        strategies = feature.get("strategies") or []
        return not strategies or any(applies(strategy, name, user) for strategy in strategies)


def applies(strategy: dict, feature: str, user: str | None) -> bool:
    parameters = strategy.get("parameters") or {}
    if strategy.get("segments"):
        return False
    if not all(holds(constraint, user) for constraint in strategy.get("constraints") or []):
        return False
    match strategy["name"]:
        case "default":
            return True
        case "userWithId":
            listed = (text.strip() for text in parameters.get("userIds", "").split(","))
            return bool(user) and user in listed
        case "flexibleRollout":
            # The same user is always on the same side, and stays in when the share grows.
            if user is None or parameters.get("stickiness", "default") not in ("default", "userId"):
                return False
            share = int(parameters.get("rollout", 0))
            return share > 0 and bucket(parameters.get("groupId") or feature, user) <= share
    return False


def holds(constraint: dict, user: str | None) -> bool:
    if constraint["contextName"] != "userId" or constraint["operator"] not in ("IN", "NOT_IN"):
        return False
    found = user in constraint.get("values", [])
    found = found if constraint["operator"] == "IN" else not found
    return not found if constraint.get("inverted") else found


def bucket(group: str, user: str) -> int:
    """A number from 1 to 100, the same for a user everywhere: what every client of Unleash computes."""
    return murmur3(f"{group}:{user}".encode()) % 100 + 1


def murmur3(data: bytes) -> int:
    """MurmurHash3, 32 bits, seed 0."""

    def rotate(value: int, by: int) -> int:
        return (value << by | value >> (32 - by)) & 0xFFFFFFFF

    def scramble(block: bytes) -> int:
        word = int.from_bytes(block, "little") * 0xCC9E2D51 & 0xFFFFFFFF
        return rotate(word, 15) * 0x1B873593 & 0xFFFFFFFF

    whole = len(data) - len(data) % 4
    value = 0
    for start in range(0, whole, 4):
        value = rotate(value ^ scramble(data[start : start + 4]), 13) * 5 + 0xE6546B64 & 0xFFFFFFFF
    value ^= scramble(data[whole:]) if whole < len(data) else 0
    value ^= len(data)
    value = (value ^ value >> 16) * 0x85EBCA6B & 0xFFFFFFFF
    value = (value ^ value >> 13) * 0xC2B2AE35 & 0xFFFFFFFF
    return value ^ value >> 16


flags = Flags(os.environ.get("UNLEASH_URL"), os.environ.get("UNLEASH_TOKEN", ""))
