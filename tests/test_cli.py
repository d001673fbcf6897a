"""The `mytts` command: help, exit codes, one line for an error, and how it starts the dashboard."""

from __future__ import annotations

import argparse
import errno
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from mytts_core import __version__, cli
from mytts_core.commands import dashboard
from mytts_core.errors import CorpusError


def run_mytts(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "mytts_core", *arguments], cwd=cwd, capture_output=True, text=True,
                          timeout=120, check=False)


def parse_to(function) -> object:  # a parser whose chosen command is `function`
    parser = argparse.ArgumentParser()
    parser.set_defaults(run=function)
    return lambda: parser


def test_version_names_mytts_and_what_it_stands_on(repository: Path) -> None:
    done = run_mytts("--version", cwd=repository)
    assert done.returncode == 0
    assert done.stdout.startswith(f"mytts {__version__} (Python ")
    assert "tensorflow" in done.stdout


def test_help_lists_every_command_and_imports_nothing_heavy(repository: Path) -> None:
    code = "import sys\nfrom mytts_core.cli import main\ntry: main(['--help'])\nexcept SystemExit: pass\n" \
           "print({m for m in ('tensorflow', 'keras', 'numpy', 'streamlit') if m in sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], cwd=repository, capture_output=True, text=True, check=True)
    for module in cli.COMMAND_MODULES:
        command = sys.modules[module] if module in sys.modules else __import__(module, fromlist=["NAME"])
        assert f"    {command.NAME}" in done.stdout
        assert command.HELP.split()[0] in done.stdout
    assert done.stdout.endswith("set()\n")


def test_every_command_module_is_registered() -> None:
    files = {path.stem for path in Path(dashboard.__file__).parent.glob("*.py")} - {"__init__"}
    assert {module.rpartition(".")[2] for module in cli.COMMAND_MODULES} == files


@pytest.mark.parametrize("module", cli.COMMAND_MODULES)
def test_each_command_explains_itself(module: str, capsys: pytest.CaptureFixture[str]) -> None:
    name = __import__(module, fromlist=["NAME"]).NAME
    with pytest.raises(SystemExit) as end:
        cli.main([name, "--help"])
    assert end.value.code == 0
    assert f"usage: mytts {name}" in capsys.readouterr().out


def test_no_command_and_an_unknown_command_are_usage_errors(repository: Path) -> None:
    for arguments in ((), ("sing",)):
        done = run_mytts(*arguments, cwd=repository)
        assert done.returncode == 2
        assert "usage: mytts" in done.stderr and "Traceback" not in done.stderr


def test_an_error_on_purpose_is_one_line_and_exit_code_2(tmp_path: Path, repository: Path) -> None:
    done = run_mytts("dashboard", str(tmp_path / "absent"), cwd=repository)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("mytts: error: ") and "absent is not a folder" in done.stderr
    assert done.stderr.count("\n") == 1


def test_errors_of_any_part_are_caught(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def fail(args: argparse.Namespace) -> int:
        raise CorpusError("no metadata.csv in here: write one")

    monkeypatch.setattr(cli, "build_parser", parse_to(fail))
    assert cli.main([]) == 2
    assert capsys.readouterr().err == "mytts: error: no metadata.csv in here: write one\n"


def test_a_full_disk_is_named_and_a_bug_keeps_its_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fill_disk(args: argparse.Namespace) -> int:
        raise OSError(errno.ENOSPC, "No space left on device", "runs/a/events")

    monkeypatch.setattr(cli, "build_parser", parse_to(fill_disk))
    assert cli.main([]) == 2
    assert "No space left on device (runs/a/events): free some space" in capsys.readouterr().err

    monkeypatch.setattr(cli, "build_parser", parse_to(lambda args: 1 // 0))
    with pytest.raises(ZeroDivisionError):
        cli.main([])


def test_a_real_full_disk_ends_in_one_line(repository: Path) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full on this system")
    code = "import sys\nfrom mytts_core import cli\nparser = cli.argparse.ArgumentParser()\n" \
           "parser.set_defaults(run=lambda args: open('/dev/full', 'w').write('x' * 100_000))\n" \
           "cli.build_parser = lambda: parser\nsys.exit(cli.main([]))"
    done = subprocess.run([sys.executable, "-c", code], cwd=repository, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith("mytts: error: No space left on device") and "Traceback" not in done.stderr


def test_ctrl_c_gives_130(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def interrupt(args: argparse.Namespace) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(cli, "build_parser", parse_to(interrupt))
    assert cli.main([]) == 130
    assert "interrupted" in capsys.readouterr().err


def test_a_reader_that_goes_away_is_no_error(repository: Path) -> None:
    code = "import sys\nfrom mytts_core import cli\nparser = cli.argparse.ArgumentParser()\n" \
           "parser.set_defaults(run=lambda args: [print('x' * 80) for _ in range(5000)] and 0)\n" \
           "cli.build_parser = lambda: parser\nsys.exit(cli.main([]))"
    with subprocess.Popen([sys.executable, "-c", code], cwd=repository, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None and process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        errors = process.stderr.read()
        assert process.wait(timeout=60) == 141
    assert errors == ""


def test_the_dashboard_is_started_with_the_safe_options(tmp_path: Path) -> None:
    command = dashboard.streamlit_command(Path("app.py"), tmp_path, port=8700, no_browser=True)
    assert command[:5] == [sys.executable, "-m", "streamlit", "run", "app.py"]
    flags = command[5:command.index("--")]
    assert {"--server.address=127.0.0.1", "--browser.gatherUsageStats=false", "--server.fileWatcherType=none",
            "--server.port=8700", "--server.headless=true"} <= set(flags)
    assert command[-1] == str(tmp_path)


def test_streamlit_knows_every_option_that_is_passed() -> None:
    config = pytest.importorskip("streamlit.config")
    known = set(config._config_options_template)
    assert set(dashboard.SERVER_OPTIONS) <= known


@pytest.mark.parametrize("port", ["0", "70000"])
def test_a_port_out_of_range_is_refused(port: str, tmp_path: Path, repository: Path) -> None:
    done = run_mytts("dashboard", str(tmp_path), "--port", port, cwd=repository)
    assert done.returncode == 2
    assert done.stderr == f"mytts: error: --port is {port}; it must be from 1 to 65535\n"


def test_a_port_in_use_is_refused_with_the_way_out(tmp_path: Path, repository: Path) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        done = run_mytts("dashboard", str(tmp_path), "--port", str(port), cwd=repository)
    assert done.returncode == 2
    assert f"port {port} cannot be used" in done.stderr and "--port" in done.stderr
