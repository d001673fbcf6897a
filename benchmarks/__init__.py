"""Every figure that the README claims, printed by one command: `make bench`, or `python -m benchmarks [NAME …]`.

A benchmark is a module here with `run() -> list[Table]` (see `benchmarks.report`), listed in `benchmarks.__main__`.
Each runs in a process of its own, so that neither memory peaks nor thread settings of one reach another. One that lacks
its data raises a `MyTTSError`, which is printed in its place.
"""
