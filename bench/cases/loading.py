"""Reading, resolving and writing out a file of two hundred services; no engine is asked."""

from ..case import Case, Run
from ..process import Failed
from .light import Layers

LOOKS = 3  # in a round


class Loading(Case):
    name = "loading"
    title = "Loading a file of two hundred services"
    contenders = ("devstack", "devstack-same", "compose")

    def measure(self, run: Run) -> None:
        stack = Layers().stack(run)
        tool = run.tool(stack)
        for _ in range(LOOKS):
            shown = run.seconds("config", tool.config()).stdout
            missing = [name for name in stack.names() if name not in shown]
            if missing:
                raise Failed(f"config does not show {missing}")
