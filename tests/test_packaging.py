"""What is shipped: the package finds its schemas and templates in a checkout and from its own wheel."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tamspec import resources
from tamspec.diagnostics import TamspecError

ROOT = Path(__file__).resolve().parent.parent

ASK = """
import json, sys
sys.path.insert(0, sys.argv[1])
from tamspec import resources
print(json.dumps({
    "schemas": {name: resources.schema(name) for name in resources.schema_names()},
    "templates": str(resources.templates_dir()),
    "starter": {part: resources.starter(part) for part in ("common", "github", "gitlab", "example")},
}))
"""


def files_below(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_every_schema_of_the_checkout_has_a_name_and_is_read_once() -> None:
    names = resources.schema_names()
    assert "project" in names
    assert list(names) == sorted(names)
    assert resources.schema("project") is resources.schema("project")
    assert len(names) == len(files_below(ROOT / "schemas"))


@pytest.mark.parametrize("name", ["", "no-such-kind", "../pyproject", "/etc/passwd", "project.schema.json"])
def test_only_names_of_schemas_are_read(name: str) -> None:
    with pytest.raises(KeyError):
        resources.schema(name)


def test_a_broken_installation_is_said_plainly(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(resources, "_PACKAGE", tmp_path)
    with pytest.raises(TamspecError, match="templates"):
        resources.templates_dir()


@pytest.mark.slow
def test_the_wheel_carries_schemas_templates_and_starter_files(tmp_path: Path) -> None:
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    subprocess.run([*pip, "--wheel-dir", tmp_path, ROOT], check=True, cwd=tmp_path)
    [wheel] = tmp_path.glob("*.whl")
    unpacked = tmp_path / "unpacked"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(unpacked)

    answer = subprocess.run(
        [sys.executable, "-I", "-c", ASK, unpacked], check=True, cwd=tmp_path, capture_output=True, text=True
    )
    told = json.loads(answer.stdout)
    assert told["schemas"] == {name: resources.schema(name) for name in resources.schema_names()}
    assert told["starter"] == {part: resources.starter(part) for part in told["starter"]}
    assert Path(told["templates"]).is_relative_to(unpacked)
    assert files_below(Path(told["templates"])) == files_below(ROOT / "templates")

    [metadata] = unpacked.glob("tamspec-*.dist-info")
    assert "tamspec = tamspec.cli:main" in (metadata / "entry_points.txt").read_text()
    assert (metadata / "licenses" / "LICENSE").read_bytes() == (ROOT / "LICENSE").read_bytes()
    assert {path.name for path in unpacked.iterdir()} == {"tamspec", metadata.name}
