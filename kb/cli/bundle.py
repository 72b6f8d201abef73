"""`kb bundle`."""

from __future__ import annotations

import os
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kb.cli.app import App, F, emit, json_option, note, pass_app, say
from kb.cli.command import Group
from kb.cli.needs import Needs
from kb.errors import UsageError

if TYPE_CHECKING:
    from kb.bundle.age import Secrets
    from kb.bundle.keys import Trust
    from kb.bundle.manifest import Manifest
    from kb.pipelines.bundle import BundleReport, CreateJob, Wheels
    from kb.pipelines.bundle_install import InstallJob, InstallReport

_PLACE = click.Path(path_type=Path)
_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)
_FOLDER = click.Path(path_type=Path, exists=True, file_okay=False)


def receiving(command: F) -> F:
    """The options of those who open a bundle."""
    for option in (
        click.option(
            "--trust",
            "trusted",
            multiple=True,
            metavar="KEY",
            help="A key to trust this time: its fingerprint, its line, or a .pub file.",
        ),
        click.option(
            "--identity",
            "identities",
            type=_FILE,
            multiple=True,
            help="An age or SSH key that the bundle is encrypted to.",
        ),
        click.option("--passphrase-file", type=_FILE, help="Its first line opens the bundle."),
    ):
        command = option(command)
    return command


@click.group("bundle", cls=Group)
def command() -> None:
    """One signed file with everything that a machine without a network needs.

    \b
    Example:
      kb bundle create /media/usb/kb.bundle
    """


@command.command(
    "create",
    output="report",
    needs=Needs(
        readable_by_others=True, outside_sandbox="it starts pip, which asks the package index"
    ),
)
@click.argument("file", type=_PLACE)
@click.option("--index-only", is_flag=True, help="The live index alone, for machines with kb.")
@click.option("--with-index", is_flag=True, help="The live index too.")
@click.option(
    "--no-wheels", is_flag=True, help="Without the program: kb is already installed there."
)
@click.option("--no-models", is_flag=True, help="Without the models.")
@click.option("--wheels", type=_FOLDER, help="Take the wheels from here, not from the index.")
@click.option("--platform", metavar="TAG", help="The target's, such as manylinux_2_28_x86_64.")
@click.option("--python-version", metavar="3.N", help="The target's Python.")
@click.option(
    "--encrypt",
    "recipients",
    multiple=True,
    metavar="RECIPIENT",
    help="Encrypt to age1… or an ssh-ed25519 key. May be repeated.",
)
@click.option("--passphrase-file", type=_FILE, help="Its first line encrypts the bundle.")
@json_option
@pass_app
def create(
    app: App,
    file: Path,
    index_only: bool,
    with_index: bool,
    no_wheels: bool,
    no_models: bool,
    wheels: Path | None,
    platform: str | None,
    python_version: str | None,
    recipients: tuple[str, ...],
    passphrase_file: Path | None,
    as_json: bool,
) -> None:
    """Write a bundle: wheels, models, configuration, documentation; with --with-index the index.

    The wheels come through pip from the package index that this machine is set up for.

    \b
    Example:
      kb bundle create /media/usb/kb.bundle --with-index
      kb bundle create /media/usb/index.bundle --index-only
    """
    from kb.cli.progress import listening
    from kb.pipelines import bundle

    if recipients and passphrase_file:
        raise _clash("--encrypt and --passphrase-file", "a bundle is encrypted in one way")
    if index_only and (no_wheels or no_models or wheels or platform or python_version):
        raise _clash("--index-only and options of wheels or models", "it holds neither")
    if no_wheels and (wheels or platform or python_version):
        raise _clash("--no-wheels and options of wheels", "it then holds none")
    program = None
    if not (index_only or no_wheels):
        program = _wheels(wheels, platform, python_version)
    job = _create_job(
        app,
        file,
        program,
        models=not (index_only or no_models),
        index=index_only or with_index,
        configured=not index_only,
        encryption=(recipients, passphrase_file),
    )
    with listening(app.quiet) as listen:
        report = bundle.create(job, listen)
    _show(report, as_json)
    if not app.quiet:
        note("send the receiver the sha256 and the key separately from this file")


@command.command("verify", needs=Needs(readable_by_others=True))
@click.argument("file", type=_FILE)
@receiving
@json_option
@pass_app
def verify(
    app: App,
    file: Path,
    trusted: tuple[str, ...],
    identities: tuple[Path, ...],
    passphrase_file: Path | None,
    as_json: bool,
) -> None:
    """Is every byte what a trusted key's owner signed? Nothing is written.

    \b
    Example:
      kb bundle verify /media/usb/kb.bundle
    """
    from kb.cli.progress import listening
    from kb.pipelines import bundle

    secrets = _secrets(identities, passphrase_file)
    with listening(app.quiet) as listen:
        report = bundle.verify(file, _trust(app, trusted), secrets, listen)
    if not as_json:
        say(report.readme)
    _show(report, as_json)


@command.command(
    "install",
    output="report",
    needs=Needs(
        readable_by_others=True,
        outside_sandbox="it makes a virtual environment and puts models where they belong",
    ),
)
@click.argument("file", type=_FILE)
@click.option("--to", type=_PLACE, help="The folder that holds all of it; default: the home.")
@click.option("--ollama-store", type=_PLACE, help="Where Ollama's models go (OLLAMA_MODELS).")
@click.option("--no-doctor", is_flag=True, help="Do not run kb doctor on what was installed.")
@click.option("--allow-older", is_flag=True, help="Also what is older than what is installed.")
@receiving
@json_option
@pass_app
def install(
    app: App,
    file: Path,
    to: Path | None,
    ollama_store: Path | None,
    no_doctor: bool,
    allow_older: bool,
    trusted: tuple[str, ...],
    identities: tuple[Path, ...],
    passphrase_file: Path | None,
    as_json: bool,
) -> None:
    """Verify a bundle, then place what is in it, without a network. An interrupted run resumes.

    \b
    Example:
      kb bundle install /media/usb/kb.bundle --to ~/kb --trust SHA256:…
    """
    from kb.cli.progress import listening
    from kb.pipelines.bundle_install import install as place

    job = _install_job(app, file, to, ollama_store, trusted, _secrets(identities, passphrase_file))
    with listening(app.quiet) as listen:
        report = place(replace(job, check=not no_doctor, allow_older=allow_older), listen)
    _show_installed(report, as_json)


# --- options to jobs ------------------------------------------------------------------


def _wheels(source: Path | None, tag: str | None, python: str | None) -> Wheels:
    from kb.bundle.target import target_for, this_machine, this_platform
    from kb.pipelines.bundle import Wheels

    here = this_machine()
    if not tag and (python or here.python) == here.python:
        return Wheels(here, "", source)
    tag = tag or this_platform()
    return Wheels(target_for(tag, python or here.python), tag, source)


def _create_job(
    app: App,
    file: Path,
    wheels: Wheels | None,
    *,
    models: bool,
    index: bool,
    configured: bool,
    encryption: tuple[tuple[str, ...], Path | None],
) -> CreateJob:
    from kb.bundle.age import passphrase_from
    from kb.bundle.placing import as_toml, portable
    from kb.models.engine.store import ModelStore, ollama_stores
    from kb.pipelines.bundle import CreateJob
    from kb.session.wiring import collections, models_folder

    settings = app.settings
    roles = ("embedding", "chat", "rerank")
    named = {role: name for role in roles if (name := getattr(settings.models, role))}
    recipients, passphrase_file = encryption
    return CreateJob(
        file=file,
        home=settings.home,
        wheels=wheels,
        models=named if models else {},
        store=ModelStore(models_folder(settings), ollama_stores()),
        configuration=as_toml(portable(settings), "kb") if configured else "",
        documentation=configured,
        collections=collections(settings) if index else (),
        recipients=recipients,
        passphrase=passphrase_from(passphrase_file) if passphrase_file else "",
    )


def _install_job(
    app: App,
    file: Path,
    to: Path | None,
    ollama_store: Path | None,
    trusted: tuple[str, ...],
    secrets: Secrets,
) -> InstallJob:
    from kb import config
    from kb.pipelines.bundle_install import InstallJob
    from kb.session.wiring import models_folder

    settings = app.settings
    root = to.expanduser().absolute() if to else settings.home
    own = root / "config.toml"
    # What will be in force there: a file of the target's own, else what is named now.
    there = settings
    if to and not app.config:
        there = config.load(file=own if own.is_file() else None, home=root)
    configured = there.origins["models.embedding"] != "default"
    return InstallJob(
        file=file,
        root=root,
        trusted=_trust(app, trusted),
        secrets=secrets,
        models_folder=root / "models" if to else models_folder(settings),
        name_folder=bool(to),
        ollama_store=(ollama_store or _usual_store()).expanduser().absolute(),
        embedding=there.models.embedding if configured else "",
        collection=app.collection or "",
        config=app.config,
    )


def _usual_store() -> Path:
    """The store that is there and may be written; else the one of OLLAMA_MODELS, or the user's."""
    from kb.models.engine.store import ollama_stores

    stores = ollama_stores()
    return next((one for one in stores if one.is_dir() and os.access(one, os.W_OK)), stores[0])


def _trust(app: App, trusted: tuple[str, ...]) -> Trust:
    from kb.bundle.keys import trust

    return trust(app.settings.home, [*app.settings.bundle.trusted_keys, *trusted])


def _secrets(identities: tuple[Path, ...], passphrase_file: Path | None) -> Secrets:
    from kb.bundle.age import Secrets, passphrase_from

    return Secrets(identities, passphrase_from(passphrase_file) if passphrase_file else "")


def _clash(what: str, why: str) -> UsageError:
    return UsageError(f"{what} do not go together", why=why, hint="leave one of them out")


# --- reports --------------------------------------------------------------------------


def _show(report: BundleReport, as_json: bool) -> None:
    if as_json:
        emit(
            {
                "file": str(report.file),
                "size": report.size,
                "sha256": report.sha256,
                **_contents(report.manifest),
                "key": report.key,
                "verified": report.verified,
                "encrypted": report.encrypted,
            }
        )
        return
    manifest = report.manifest
    say(f"{report.file}: {report.size / 1e6:.1f} MB, {len(manifest.members)} files, verified")
    say(f"made:   {manifest.created} with kb {manifest.kb}")
    if manifest.target:
        say(f"for:    {manifest.target}")
    for model in manifest.models:
        say(f"model:  {model.name} ({model.role})")
    for index in manifest.indexes:
        say(f"index:  {index.collection}, {index.documents} documents, {index.chunks} chunks")
    say(f"sha256: {report.sha256}")
    say(f"key:    {report.key}")


def _contents(manifest: Manifest) -> dict[str, object]:
    return {
        "contents": [asdict(member) for member in manifest.members],
        "models": [asdict(model) for model in manifest.models],
        "indexes": [asdict(index) for index in manifest.indexes],
        "target": asdict(manifest.target) if manifest.target else None,
        "created": manifest.created,
        "kb": manifest.kb,
    }


def _show_installed(report: InstallReport, as_json: bool) -> None:
    for warning in report.warnings:
        note(f"warning: {warning}")
    for finding in report.doctor.findings:
        note(f"doctor: {finding}")
    if as_json:
        emit(
            {
                "file": str(report.file),
                "size": report.size,
                **_contents(report.verified.manifest),
                "key": report.verified.key.fingerprint,
                "verified": True,
                "home": str(report.root),
                "command": str(report.command) if report.command else None,
                "placed": [str(path) for path in report.models],
                "configuration": str(report.configuration) if report.configuration else None,
                "generations": report.generations,
                "warnings": report.warnings,
                "doctor": asdict(report.doctor),
            }
        )
        return
    say(f"installed into {report.root}, signed by {report.verified.key.fingerprint}")
    if report.command:
        say(f"program: {report.command}")
    if report.models:
        say(f"models:  {len(report.models)} files")
    if report.configuration:
        kept = " (the one that was there is kept)" if report.configuration.suffix == ".new" else ""
        say(f"config:  {report.configuration}{kept}")
    for name, number in report.generations.items():
        say(f"index:   {name}, " + (f"generation {number}" if number else "was live already"))
