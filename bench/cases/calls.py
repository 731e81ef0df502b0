"""How many calls of the engine a first up and a no-op up take. It is no time, so a busy machine does not blur it."""

from dataclasses import replace

from ..case import FIRST_UP, NO_OP, Case, Run
from ..counting_proxy import CountingProxy
from .five import Five
from .light import Forty


class Calls(Case):
    name = "calls"
    title = "Calls of the engine"
    contenders = ("devstack", "devstack-same", "compose")

    def measure(self, run: Run) -> None:
        for number, case in enumerate((Five(), Forty())):
            part = replace(run, project=f"{run.project}-{number}", facts={})
            stack = case.stack(part)
            for step in (FIRST_UP, NO_OP):
                with CountingProxy() as proxy:
                    tool = replace(part, programs=replace(run.programs, engine=proxy.address)).tool(stack)
                    tool.up()
                    metric = f"{case.name}, {step}"
                    run.record(metric, proxy.calls.total(), "calls")
                    for call, times in proxy.calls.most_common():
                        run.detail(f"{metric}, {run.contender}", f"{times:>5}  {call}")
                case.check(part, stack)
            part.tool(stack).down()
