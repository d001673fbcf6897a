"""The sub-commands of `mytts`, a module each: NAME, HELP, add_arguments(parser), run(args) -> exit code.

A module here imports nothing heavy at its top: `mytts --help` imports them all.
"""
