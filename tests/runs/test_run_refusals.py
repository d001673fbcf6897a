"""What RunWriter refuses, it refuses in one clear message, and what was there before is intact."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from mytts_core.config import RunConfig
from mytts_core.errors import RunError
from mytts_core.runs import schema
from mytts_core.runs.reader import open_run
from mytts_core.runs.writer import RunWriter


def snapshot(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_folder_that_holds_a_run_or_files_is_refused_and_left_alone(tmp_path: Path, writer: RunWriter,
                                                                    config: RunConfig) -> None:
    writer.close()
    thesis = tmp_path / "thesis"
    thesis.mkdir()
    (thesis / "chapter.tex").write_text("words")
    (tmp_path / "file").write_text("words")
    before = snapshot(tmp_path)
    for folder, message in ((writer.folder, "already holds a run.*--resume.*--run"),
                            (thesis, r"not empty \(chapter.tex\).*--run"), (tmp_path / "file", "is a file"),
                            (tmp_path / "file" / "inner", "is a file")):
        with pytest.raises(RunError, match=message):
            RunWriter.create(folder, config)
    assert snapshot(tmp_path) == before


def test_empty_folder_and_file_manager_leftovers_are_no_obstacle(tmp_path: Path, config: RunConfig) -> None:
    (tmp_path / ".DS_Store").write_bytes(b"")
    RunWriter.create(tmp_path, config).close()
    assert open_run(tmp_path).config == config


def test_resume_refusals(tmp_path: Path, writer: RunWriter) -> None:
    with pytest.raises(RunError, match="no run to resume.*without --resume"):
        RunWriter.resume(tmp_path / "absent", 5)
    with pytest.raises(RunError, match="another process is writing"):
        RunWriter.resume(writer.folder, 5)
    writer.close()
    path = writer.folder / schema.RUN_FILE
    path.write_text(json.dumps({"schema": 7}))
    with pytest.raises(RunError, match="version 7.*version 1"):
        RunWriter.resume(writer.folder, 5)
    path.write_text("{")
    with pytest.raises(RunError, match="damaged"):
        RunWriter.resume(writer.folder, 5)


def test_of_two_processes_that_start_at_once_one_gets_the_folder(repository: Path, tmp_path: Path) -> None:
    code = ("import sys\nfrom mytts_core.config import RunConfig, get_model_preset\n"
            "from mytts_core.errors import RunError\nfrom mytts_core.runs.writer import RunWriter\n"
            "config = RunConfig(get_model_preset('tiny'), preset=sys.argv[2])\nprint('ready', flush=True)\n"
            "sys.stdin.readline()\n"
            "try:\n    RunWriter.create(sys.argv[1], config).close()\n    print('mine')\n"
            "except RunError as error:\n    print(error)\n")
    processes = [subprocess.Popen([sys.executable, "-c", code, str(tmp_path / "run"), name], cwd=repository, text=True,
                                  stdin=subprocess.PIPE, stdout=subprocess.PIPE) for name in ("a", "b")]
    for process in processes:
        assert process.stdout and process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin
        process.stdin.write("\n")
        process.stdin.flush()
    answers = [process.communicate(timeout=60)[0].strip() for process in processes]
    assert sorted("mine" if answer == "mine" else "refused" for answer in answers) == ["mine", "refused"]
    run = open_run(tmp_path / "run")
    assert run.config and run.config.preset == "ab"[answers.index("mine")] and run.problems == []


LIMITED = """
import resource, sys
from mytts_core.config import RunConfig, get_model_preset
from mytts_core.errors import RunError
from mytts_core.runs.writer import RunWriter
folder, limit = sys.argv[1], int(sys.argv[2])
writer = RunWriter.create(folder, RunConfig(get_model_preset("tiny")))
writer.gradient_variables(["v%d" % i for i in range(100)], [(1,)] * 100)
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
refused = set()
for step in range(1, 400):
    for name, write in (("scalars", lambda: writer.scalars(step, {"loss": step})),
                        ("norms", lambda: writer.gradient_norms(step, [step] * 100))):
        try:
            write()
        except RunError as error:
            refused.add(f"{name}: {error}")
print("\\n".join(sorted(refused)))
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
writer.scalars(1_000, {"loss": 1_000})
writer.gradient_norms(1_000, [1_000] * 100)
"""


def test_full_disk_is_one_clear_message_and_nothing_is_damaged(repository: Path, tmp_path: Path) -> None:
    """The system itself refuses to let files grow beyond a limit, as a quota does, and then has room again."""
    done = subprocess.run([sys.executable, "-c", LIMITED, str(tmp_path / "run"), "5000"], cwd=repository, text=True,
                          capture_output=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == 2 and done.stdout.count("no space left for run") == 2
    run = open_run(tmp_path / "run")
    steps = run.scalars()["loss"].steps
    assert steps.tolist() == [*range(1, len(steps)), 1_000] and len(steps) > 20
    norms = run.gradient_norms()
    assert norms.steps.tolist() == [*range(1, len(norms.steps)), 1_000] and (norms.norms[:, 5] == norms.steps).all()
    assert run.problems == []


UNPRIVILEGED = """
import os, sys
from mytts_core.config import RunConfig, get_model_preset
from mytts_core.errors import RunError
from mytts_core.runs.writer import RunWriter
if os.getuid() == 0:
    os.setuid(65534)
for attempt in (lambda: RunWriter.create(sys.argv[1], RunConfig(get_model_preset("tiny"))),
                lambda: RunWriter.resume(sys.argv[2], 3)):
    try:
        attempt()
    except RunError as error:
        print(error)
"""


def test_unwritable_folder_is_one_clear_message(repository: Path, tmp_path: Path, writer: RunWriter) -> None:
    writer.close()
    locked = tmp_path / "locked"
    locked.mkdir()
    before = snapshot(tmp_path)
    for folder in (locked, writer.folder):
        folder.chmod(0o555)
    for folder in [tmp_path, *tmp_path.parents][:3]:
        folder.chmod(folder.stat().st_mode | 0o055)
    try:
        done = subprocess.run([sys.executable, "-c", UNPRIVILEGED, str(locked / "run"), str(writer.folder)],
                              cwd=repository, text=True, capture_output=True, timeout=60)
    finally:
        for folder in (locked, writer.folder):
            folder.chmod(0o755)
    assert done.returncode == 0, done.stderr
    messages = done.stdout.splitlines()
    assert len(messages) == 2 and all("cannot be written (Permission denied)" in message for message in messages)
    assert all("--run" in message for message in messages) and snapshot(tmp_path) == before
