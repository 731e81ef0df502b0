"""Looking at a running stack of forty services with a thousand log lines each."""

from .. import engine
from ..case import Case, Run, Target
from ..process import Failed
from ..stack import Service, Stack

TALK = (
    "trap 'exit 0' TERM; i=0; while [ $i -lt 1200 ]; do i=$((i + 1)); echo line $i of a service that has a lot to say; done;"
    " : >/tmp/ready; while :; do sleep 3600 & wait $!; done"
)
LOOKS = 3  # in a round


class Reading(Case):
    name = "reading"
    title = "Status and logs of forty services"
    contenders = ("devstack", "compose", "floor")
    targets = {"status": Target(compose=1.0)}

    def measure(self, run: Run) -> None:
        image = run.programs.image("busybox:1")
        names = [f"talker{number:02}" for number in range(1, 41)]
        services = [Service(name, image, "test -f /tmp/ready", command=["sh", "-c", TALK]) for name in names]
        stack = Stack(run.folder, services)
        tool = run.tool(stack)
        tool.up()
        engine.addresses(run.project, names)
        for _ in range(LOOKS):
            shown = run.seconds("status", tool.status()).stdout
            missing = [name for name in names if name not in shown]
            if missing:
                raise Failed(f"status does not show {missing}")
            lines = run.seconds("logs --tail 1000", tool.logs()).stdout.count(" of a service that has a lot to say")
            if lines != 1000 * len(names):
                raise Failed(f"logs showed {lines} lines")
        tool.down()
