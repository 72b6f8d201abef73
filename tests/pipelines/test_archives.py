"""Archives and mails in an ingest: what is inside is a document, and follows its file."""

from __future__ import annotations

import os
import shutil
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path

from kb.documents.failures import failure_of
from kb.documents.pool.workers import ParsedChunks
from kb.errors import LimitExceeded
from kb.pipelines.ingest import IngestJob, ingest
from kb.pipelines.remove import remove
from kb.types import Failure, SourceFile
from tests.pipelines.workspace import Workspace


def archive(workspace: Workspace, name: str, **members: str | bytes) -> Path:
    """A zip whose members are `a_txt` for a.txt, and so on."""
    path = workspace.docs / name
    with zipfile.ZipFile(path, "w") as file:
        for member, content in members.items():
            file.writestr(member.replace("_", "."), content)
    return path


def mail(workspace: Workspace, name: str, text: str, **attachments: bytes) -> None:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "a@example.com", "b@example.com", "Offer"
    message.set_content(text)
    for title, content in attachments.items():
        message.add_attachment(
            content, maintype="text", subtype="plain", filename=title.replace("_", ".")
        )
    (workspace.docs / name).write_bytes(bytes(message))


def test_the_members_of_an_archive_are_documents_and_the_archive_is_none(
    workspace: Workspace,
) -> None:
    archive(workspace, "old.zip", a_txt="Alpha.", b_md="# Beta\n\nBeta.")
    report = workspace.ingest()
    assert (report.counts.added, report.failed) == (2, ())
    assert workspace.text_of("old.zip!/a.txt") == "Alpha."
    with workspace.tools.collection.reader() as live:
        assert live.catalog.counts().documents == live.manifest.documents == 2
    assert workspace.is_sound()


def test_an_unchanged_archive_is_not_opened(workspace: Workspace) -> None:
    archive(workspace, "old.zip", a_txt="Alpha.", b_txt="Beta.")
    workspace.ingest()
    report = workspace.ingest()
    assert (report.counts.unchanged, report.counts.added, report.generation) == (2, 0, 1)


def test_what_is_gone_from_an_archive_leaves_the_index_and_the_rest_is_not_embedded_again(
    workspace: Workspace,
) -> None:
    archive(workspace, "old.zip", a_txt="Alpha.", b_txt="Beta.", c_txt="Gamma.")
    workspace.ingest()
    archive(workspace, "old.zip", a_txt="Alpha.", c_txt="Gamma, changed.", d_txt="Delta.")
    report = workspace.ingest()
    counts = report.counts
    counted = (counts.added, counts.updated, counts.unchanged, counts.removed, counts.embedded)
    assert counted == (1, 1, 1, 1, 2)
    inside = [path for path in workspace.documents() if "!/" in path]
    assert inside == [f"docs/old.zip!/{name}.txt" for name in ("a", "c", "d")]
    assert workspace.is_sound()


def test_a_member_that_fails_is_named_and_its_neighbours_go_in(workspace: Workspace) -> None:
    archive(workspace, "old.zip", a_txt="Alpha.", b_docx=b"PK\x03\x04 no document")
    report = workspace.ingest()
    assert [failure.path for failure in report.failed] == ["old.zip!/b.docx"]
    assert report.counts.added == 1
    again = workspace.ingest()
    assert (again.failed, again.generation) == (report.failed, report.generation)


def test_of_an_archive_that_is_given_up_half_way_nothing_goes_in(workspace: Workspace) -> None:
    workspace.write("stays.txt", "Stays.")
    path = archive(workspace, "old.zip", a_txt="Alpha.")

    def parse_then_give_up(sources: Iterable[SourceFile]) -> Iterator[ParsedChunks | Failure]:
        for result in workspace.tools.parse(sources):
            if isinstance(result, ParsedChunks) and result.source.path == "old.zip":
                yield failure_of(result.source, "parse", LimitExceeded("too much", why="", hint=""))
            else:
                yield result

    tools = replace(workspace.tools, parse=parse_then_give_up)
    report = ingest(IngestJob(paths=(workspace.docs,)), tools, workspace.progress.append)
    assert [failure.path for failure in report.failed] == [path.name]
    assert (report.counts.added, workspace.documents()) == (1, ["docs/stays.txt"])
    assert workspace.is_sound()


def test_an_archive_that_moves_takes_its_members_along_and_embeds_nothing(
    workspace: Workspace,
) -> None:
    path = archive(workspace, "old.zip", a_txt="Alpha.", b_txt="Beta.")
    workspace.ingest()
    shutil.move(path, workspace.docs / "new.zip")
    report = workspace.ingest()
    assert (report.counts.moved, report.counts.embedded, report.counts.removed) == (2, 0, 0)
    inside = [path for path in workspace.documents() if "!/" in path]
    assert inside == ["docs/new.zip!/a.txt", "docs/new.zip!/b.txt"]


def test_pruning_an_archive_prunes_its_members(workspace: Workspace) -> None:
    workspace.write("stays.txt", "Stays.")
    archive(workspace, "old.zip", a_txt="Alpha.", b_txt="Beta.").unlink()
    archive(workspace, "old.zip", a_txt="Alpha.", b_txt="Beta.")
    workspace.ingest()
    (workspace.docs / "old.zip").unlink()
    assert workspace.ingest().counts.removed == 0
    assert workspace.ingest(prune=True).counts.removed == 2
    assert workspace.documents() == ["docs/stays.txt"]


def test_a_mail_is_a_document_and_so_is_each_attachment(workspace: Workspace) -> None:
    mail(workspace, "offer.eml", "The price list is attached.", price_txt=b"Pump: 360,000 yuan.")
    report = workspace.ingest()
    assert (report.counts.added, report.failed) == (2, ())
    assert "price list" in workspace.text_of("offer.eml")
    assert workspace.text_of("offer.eml!/price.txt") == "Pump: 360,000 yuan."
    assert workspace.ingest().counts.unchanged == 2


def test_a_touched_archive_is_unchanged(workspace: Workspace) -> None:
    path = archive(workspace, "old.zip", a_txt="Alpha.")
    workspace.ingest()
    os.utime(path, ns=(1, 1))
    report = workspace.ingest()
    assert (report.counts.unchanged, report.counts.updated, report.counts.embedded) == (1, 0, 0)


def test_a_folder_whose_name_looks_like_an_archive_is_a_folder(workspace: Workspace) -> None:
    workspace.write("wow", "A file.")
    workspace.write("wow!/b.md", "Beta.")
    workspace.ingest()
    workspace.write("wow", "A file that changed.")
    report = workspace.ingest(prune=True)
    assert (report.counts.updated, report.counts.unchanged, report.counts.removed) == (1, 1, 0)
    assert workspace.documents() == ["docs/wow", "docs/wow!/b.md"]


def test_a_rebuild_keeps_what_is_inside_of_an_archive_whose_source_is_away(
    workspace: Workspace,
) -> None:
    workspace.write("here/a.txt", "Alpha.")
    (workspace.docs / "share").mkdir()
    archive(workspace, "share/old.zip", b_txt="Beta.")
    workspace.ingest(workspace.docs / "here")
    workspace.ingest(workspace.docs / "share")
    shutil.move(workspace.docs / "share", workspace.docs.parent / "unmounted")
    workspace.ingest(workspace.docs / "here", rebuild=True)
    assert workspace.text_of("old.zip!/b.txt") == "Beta."
    shutil.move(workspace.docs.parent / "unmounted", workspace.docs / "share")
    assert workspace.ingest(workspace.docs / "share").counts.unchanged == 1


def test_removing_an_archive_removes_what_is_inside(workspace: Workspace) -> None:
    workspace.write("stays.txt", "Stays.")
    path = archive(workspace, "old.zip", a_txt="Alpha.", b_txt="Beta.")
    workspace.ingest()
    report = remove(workspace.tools.collection, [path], wait=0)
    assert (report.removed, report.remaining) == (2, 0)
    assert workspace.documents() == ["docs/stays.txt"]
