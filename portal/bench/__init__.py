"""`bin/bench`: how fast it is, each measurement beside its floor or its peer of the same minute on the same machine.

A new measurement is a function with `@benchmark` in a module that `portal.bench.run` lists.
"""
