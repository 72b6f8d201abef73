"""What a generation knows of its documents as versions: the table `version` of its catalog.

A row says what was read in a document (`facts`, `sketch`), of which content (`made_of`), and which
family it belongs to (`family`, `place`, `kind`; NULL where it is alone). An earlier kb passes over
the table; what it changed meanwhile is seen by `made_of`. After a change only what it touches is
read: the documents that changed, and those that `version_key` links with them.
"""

from __future__ import annotations

import json
from array import array
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, fields
from zlib import crc32

from kb.index import version_keys
from kb.index.database import Database, Row
from kb.index.faults import damaged, state_faults
from kb.version_types import Families, Family, FamilyKind, Member, Sketched, VersionFacts

FORMAT = "3"
"""Raise it when facts, kinds (kb/tables/kinds.txt) or keys are read in another way: every
document's are then read anew."""

_TABLE = """
CREATE TABLE IF NOT EXISTS version (
    doc_id TEXT PRIMARY KEY, made_of TEXT NOT NULL, facts TEXT NOT NULL, sketch BLOB NOT NULL,
    family TEXT, place INTEGER, kind TEXT, member TEXT, checksum INTEGER NOT NULL
);
"""
_PUT = "INSERT OR REPLACE INTO version VALUES (?,?,?,?,?,?,?,?,?)"
_ALONE = (None, None, None, None)
"""Family, place, kind and member of a document that has no other version."""
_COLUMNS = "version.doc_id, made_of, facts, sketch, family, place, kind, member"
_OF_CONTENT = ("sha256", "chunks", "characters", "mtime_ns", "title")
_MADE_OF = " || ' ' || ".join((f"'{FORMAT}'", *_OF_CONTENT))
_AMONG = "IN (SELECT value FROM json_each(?))"


_FACTS = tuple(one.name for one in fields(VersionFacts))
_MEMBER = tuple(one.name for one in fields(Member))
_HEAD_CHUNKS, _TAIL_CHUNKS = 3, 2


@dataclass(frozen=True, slots=True)
class Ends:
    """The first and the last chunks of a document, and the ids of all of its terms."""

    head: str
    tail: str
    terms: frozenset[int]


def exists(database: Database) -> bool:
    found = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'version'"
    return bool(database.all(found))


def outdated(database: Database) -> dict[str, str]:
    """The documents whose facts are not there, or were read in another content, each with what its
    content is known by (`put_facts`)."""
    database.script(_TABLE + version_keys.TABLE)
    rows = database.all(
        f"SELECT doc_id, {_MADE_OF} FROM document LEFT JOIN version USING (doc_id)"
        f" WHERE characters > 0 AND made_of IS NOT {_MADE_OF} ORDER BY doc_id"
    )
    return dict(rows)


def gone(database: Database) -> list[str]:
    """What has facts, and is no document any more, or one without text. Comes after `outdated`."""
    there = "SELECT doc_id FROM document WHERE characters > 0"
    rows = database.all(f"SELECT doc_id FROM version WHERE doc_id NOT IN ({there}) ORDER BY doc_id")
    return [doc_id for (doc_id,) in rows]


def ends(database: Database, doc_id: str) -> Ends:
    of_document = "FROM chunk WHERE doc_id = ? ORDER BY ordinal"
    head = database.all(f"SELECT text, terms {of_document} LIMIT {_HEAD_CHUNKS}", doc_id)
    terms = {term for _, blob in head for term in array("I", blob)}
    tail: list[Row] = []
    if len(head) == _HEAD_CHUNKS:
        tail = database.all(f"SELECT text {of_document} DESC LIMIT {_TAIL_CHUNKS}", doc_id)
        for (blob,) in database.each(f"SELECT terms {of_document}", doc_id):
            terms.update(array("I", blob))
    first, last = ("\n".join(text for text, *_ in rows) for rows in (head, reversed(tail)))
    return Ends(first, last, frozenset(terms))


@dataclass(frozen=True, slots=True)
class Read:
    """What was read in a document. `made_of`: what its content is known by (`outdated`)."""

    doc_id: str
    made_of: str
    facts: VersionFacts
    sketch: bytes


def forget_facts(database: Database, doc_ids: Iterable[str]) -> set[int]:
    """Delete what is known of some documents; the keys that they had. Within a transaction.

    Raises:
        StoreDamaged: a row is not what was written.
    """
    own: list[version_keys.Keyed] = []
    wanted = json.dumps([*doc_ids])
    rows = database.all(
        f"SELECT {_COLUMNS}, checksum FROM version WHERE doc_id {_AMONG} AND made_of GLOB ?",
        wanted,
        f"{FORMAT} *",  # those of another format have no keys here
    )
    with state_faults(database.path):
        for *row, checksum in rows:
            _verify(database, (*row,), checksum)
            own.append((row[0], version_keys.keys(_facts(json.loads(row[2])), row[3])))
    version_keys.remove(database, own)
    database.run(f"DELETE FROM version WHERE doc_id {_AMONG}", wanted)
    return {key for _, keys in own for key in keys}


def put_facts(database: Database, read: Iterable[Read]) -> set[int]:
    """Note what was read in documents of which nothing is known; their keys. Within a
    transaction."""
    whole = [*read]
    rows = [(one.doc_id, one.made_of, _text(one.facts), one.sketch, *_ALONE) for one in whole]
    database.run_each(_PUT, ((*row, _checksum(row)) for row in rows))
    own = [(one.doc_id, version_keys.keys(one.facts, one.sketch)) for one in whole]
    version_keys.put(database, own)
    return {key for _, keys in own for key in keys}


def _text(facts: VersionFacts) -> str:
    """Of a dozen facts most documents have two; the others are as `VersionFacts` has them."""
    values = ((name, getattr(facts, name)) for name in _FACTS)
    return json.dumps({name: value for name, value in values if value})


def linked(database: Database, keys: Iterable[int]) -> list[Sketched]:
    """The documents that have one of some keys, or one in common with one of these, and so on.
    Raises StoreDamaged: a row is not what was written."""
    found: dict[str, Sketched] = {}
    known: set[int] = set()
    new = {*keys}
    while new:
        known |= new
        more = _sketched(database, version_keys.having(database, new) - found.keys())
        found |= {one.doc_id: one for one in more}
        new = {key for one in more for key in version_keys.keys(one.facts, one.sketch)} - known
    return [*found.values()]


def _sketched(database: Database, doc_ids: Iterable[str]) -> list[Sketched]:
    rows = database.each(
        f"SELECT {_COLUMNS}, version.checksum, root, path, mtime_ns FROM version"
        f" JOIN document USING (doc_id) WHERE doc_id {_AMONG}",
        json.dumps([*doc_ids]),
    )
    made = []
    with state_faults(database.path):
        for *row, checksum, root, path, mtime_ns in rows:
            _verify(database, (*row,), checksum)
            made.append(Sketched(row[0], root, path, mtime_ns, _facts(json.loads(row[2])), row[3]))
    return made


def telling(database: Database) -> dict[str, VersionFacts]:
    """The facts of the documents whose name says what kind they are of, or of which day. Raises
    StoreDamaged: a row is not what was written."""
    some = " OR ".join(f"instr(facts, '\"{one}\": ')" for one in ("kind", "named"))
    found: dict[str, VersionFacts] = {}
    with state_faults(database.path):
        for *row, checksum in database.each(
            f"SELECT {_COLUMNS}, checksum FROM version WHERE {some}"
        ):
            _verify(database, (*row,), checksum)
            found[row[0]] = _facts(json.loads(row[2]))
    return found


def put_families(
    database: Database, families: Sequence[Family], among: Collection[Sketched]
) -> None:
    """Note the families of some documents; rows that stay as they are, are not written. Within a
    transaction."""
    wanted: dict[str, Row] = {
        member.doc_id: (family.members[0].doc_id, place, family.kind.value, _member_text(member))
        for family in families
        for place, member in enumerate(family.members)
    }
    rows = database.all(
        f"SELECT doc_id, family, place, kind, member FROM version WHERE doc_id {_AMONG}",
        json.dumps([one.doc_id for one in among]),
    )
    for doc_id, *old in rows:
        new = wanted.get(doc_id, _ALONE)
        if new != (*old,):
            own = "SELECT doc_id, made_of, facts, sketch FROM version WHERE doc_id = ?"
            [known] = database.all(own, doc_id)
            row = (*known, *new)
            database.run(_PUT, *row, _checksum(row))


def stored(database: Database) -> Families:
    """The families of a generation; none in one of an earlier kb.

    Raises:
        StoreDamaged: a row is not what was written.
    """
    if not exists(database):
        return Families()
    members: defaultdict[str, list[Member]] = defaultdict(list)
    kinds: dict[str, FamilyKind] = {}
    rows = database.all(
        f"SELECT {_COLUMNS}, version.checksum FROM version WHERE family IS NOT NULL"
        " AND version.doc_id IN (SELECT doc_id FROM document) ORDER BY family, place"
    )
    with state_faults(database.path):
        for *row, checksum in rows:
            _verify(database, (*row,), checksum)
            members[row[4]].append(_member(json.loads(row[7])))
            kinds[row[4]] = FamilyKind(row[6])
    whole = ((name, tuple(each)) for name, each in members.items() if len(each) > 1)
    return Families.of(tuple(Family(kinds[name], each) for name, each in whole))


def problem(database: Database) -> str:
    """What is wrong with the tables, in words; empty where nothing is."""
    if not exists(database):
        return ""
    rows = database.each(f"SELECT {_COLUMNS}, version.checksum FROM version")
    with state_faults(database.path):
        wrong = sum(_is_wrong(database, (*row,), checksum) for *row, checksum in rows)
    return f"{wrong} documents' versions are not what was written" if wrong else ""


def _is_wrong(database: Database, row: Row, checksum: int) -> bool:
    if _checksum(row) != checksum:
        return True
    if not row[1].startswith(f"{FORMAT} "):
        return False
    own = version_keys.keys(_facts(json.loads(row[2])), row[3])
    return not version_keys.are_there(database, row[0], own)


def forget(database: Database) -> None:
    """Delete every row: the next run reads all documents' facts anew."""
    for name in ("version", "version_key"):
        database.run(f"DROP TABLE IF EXISTS {name}")


def _verify(database: Database, row: Row, stored: int) -> None:
    if _checksum(row) != stored:
        raise damaged(database.path, f"what is known of {row[0]!r} is not what was written")


def _checksum(row: Row) -> int:
    doc_id, made_of, facts, sketch, family, place, kind, member = row
    told = f"{doc_id}\0{made_of}\0{facts}\0{family}\0{place}\0{kind}\0{member}"
    return crc32(told.encode("utf-8", "surrogatepass"), crc32(sketch))


def _facts(values: dict[str, object]) -> VersionFacts:
    """Raises TypeError, ValueError: they are none."""
    lists = {name: tuple(one) for name, one in values.items() if isinstance(one, list)}
    return VersionFacts(**(values | lists if lists else values))  # type: ignore[arg-type]


def _member_text(member: Member) -> str:
    return json.dumps({name: getattr(member, name) for name in _MEMBER}, ensure_ascii=False)


def _member(values: dict[str, object]) -> Member:
    lists = {name: tuple(one) for name, one in values.items() if isinstance(one, list)}
    return Member(**{**values, **lists})  # type: ignore[arg-type]
