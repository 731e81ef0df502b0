"""devstack beside docker compose and beside the engine's own limit: `scripts/bench` runs this package.

stack       what is brought up, written as devstack.yaml, as compose.yaml or as arguments of `docker run`
contenders  the three that run it: devstack, compose, and bare engine calls (the floor)
cases       what is measured, one kind a file; every measured run is checked to have really done its work
runner      rounds, in turn, and cleaning up after each
results     samples, medians and ratios, and their JSON form
report      docs/benchmarks.md and its pictures

Python's standard library only.
"""
