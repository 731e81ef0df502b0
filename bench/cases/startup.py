"""What it costs to start the program at all."""

from ..case import Case, Run
from ..process import Failed, run as execute

LOOKS = 10  # in a round


class StartUp(Case):
    name = "start-up"
    title = "Start-up of the program (--version)"
    contenders = ("devstack", "compose", "floor")

    def measure(self, run: Run) -> None:
        # The floor is a program that does nothing: what is left is the making of a process.
        command = {
            "devstack": [run.programs.devstack, "--version"],
            "compose": [run.programs.compose, "version"],
            "floor": ["true"],
        }[run.contender]
        for _ in range(LOOKS):
            done = execute(command)
            if run.contender != "floor" and not done.stdout.strip():
                raise Failed("no version was printed")
            run.record("start-up", 1000 * done.seconds, "ms")
