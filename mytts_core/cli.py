"""The `mytts` command: finds the sub-command, runs it, and turns errors into one line and an exit code.

Exit codes: 0 done, 1 done with a negative answer, 2 bad input or a full disk, 130 interrupted, 141 reader gone.
"""

from __future__ import annotations

import argparse
import errno
import functools
import importlib
import importlib.metadata
import os
import platform
import select
import sys
from collections.abc import Sequence

from mytts_core import __version__
from mytts_core.errors import MyTTSError

# In the order in which one uses them.
COMMAND_MODULES = (
    "mytts_core.commands.make_corpus",
    "mytts_core.commands.inspect",
    "mytts_core.commands.train",
    "mytts_core.commands.doctor",
    "mytts_core.commands.dashboard",
    "mytts_core.commands.synthesize",
    "mytts_core.commands.evaluate",
    "mytts_core.commands.stress",
    "mytts_core.commands.report",
    "mytts_core.commands.export",
)

_DISK_HINTS = {
    errno.ENOSPC: "free some space or choose another disk; what was there before is intact",
    errno.EDQUOT: "free some of your quota or choose another disk; what was there before is intact",
    errno.EROFS: "choose a folder on a disk that can be written",
    errno.EACCES: "choose a folder that you may read and write",
    errno.EPERM: "choose a folder that you may read and write",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run `mytts` with the given arguments (the process's own by default) and return the exit code."""
    try:
        args = build_parser().parse_args(arguments)
        code = args.run(args)
        sys.stdout.flush()
        return code or 0
    except MyTTSError as error:
        return _fail(str(error))
    except KeyboardInterrupt:
        print("\nmytts: interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:
        if not _reader_is_gone():
            raise  # another pipe broke: that is a fault
        return 141  # as if SIGPIPE had ended it: `mytts inspect DIR | head`
    except OSError as error:
        if error.errno not in _DISK_HINTS:
            raise
        place = f" ({error.filename})" if error.filename else ""
        return _fail(f"{error.strerror}{place}: {_DISK_HINTS[error.errno]}")


def build_parser() -> argparse.ArgumentParser:
    """Return the parser with every sub-command registered; `args.run` is the chosen one's function."""
    parser = argparse.ArgumentParser(
        prog="mytts",
        description="Train a text-to-speech Transformer, watch it learn, find where it fails, and listen.",
        epilog="`mytts COMMAND --help` explains a command.",
        formatter_class=functools.partial(argparse.HelpFormatter, max_help_position=18),
    )
    parser.add_argument("--version", action="version", version=version_text())
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for module_name in COMMAND_MODULES:
        module = importlib.import_module(module_name)
        command = commands.add_parser(module.NAME, help=module.HELP, description=module.__doc__,
                                      formatter_class=argparse.RawDescriptionHelpFormatter)
        module.add_arguments(command)
        command.set_defaults(run=module.run)
    return parser


def version_text() -> str:
    """Return MyTTS's version and those of what it stands on, read without importing any of it."""
    libraries = ", ".join(f"{name} {_installed_version(name)}" for name in ("tensorflow", "keras", "streamlit"))
    return f"mytts {__version__} (Python {platform.python_version()}, {libraries})"


def _installed_version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "not installed"


def _fail(message: str) -> int:
    print(f"mytts: error: {message}", file=sys.stderr)
    return 2


def _reader_is_gone() -> bool:
    """Whether nobody reads stdout any more; if so, send the rest of it to nowhere so that Python's exit stays quiet."""
    watch = select.poll()
    watch.register(sys.stdout.fileno(), 0)  # errors are reported without being asked for
    gone = bool(watch.poll(0))
    if gone:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return gone


if __name__ == "__main__":
    raise SystemExit(main())
