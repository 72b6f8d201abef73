"""The shapes of what requests take and of what comes back, by their names."""

from __future__ import annotations

from kb.serving.description.schema import (
    FLAG,
    MAYBE_TEXT,
    MODEL,
    NARROWED,
    PLACE,
    QUESTION,
    TEXT,
    WHOLE,
    Json,
    listed,
    object_of,
    ref,
    said,
)

SCHEMAS: Json = {
    "Question": object_of(
        {"question": QUESTION},
        {
            **NARROWED,
            "model": MODEL,
            "stream": said("boolean", "the answer in lines, as it is made"),
            "progress": said("boolean", "with `stream`: lines while it waits"),
        },
    ),
    "Hits": object_of({"hits": listed(ref("Hit"))}),
    "Hit": object_of(
        {
            "rank": said("integer", "from 1"),
            "score": said("number", "the cosine with the question, or of the reranker"),
            **PLACE,
            "start": said("integer", "first character in the document's text"),
            "end": said("integer", "the one behind the last"),
            "text": TEXT,
            "chunk_id": TEXT,
        }
    ),
    "Answer": object_of(
        {
            "question": TEXT,
            "answer": said("string", "or the sentence that says that there is none"),
            "found": said("boolean", "whether the documents hold an answer"),
            "refused_by": said(["string", "null"], "the layer that refused"),
            "grounded": said("boolean", "whether passages hold every figure and name of it"),
            "unsupported": said("array", "what they do not hold", items=TEXT),
            "citations": listed(ref("Citation")),
            "verdict": said(["number", "null"], "of the model, in nats"),
            "version": said(["object", "null"], "which version of a document is cited"),
            "computation": said(["object", "null"], "how it was computed over tables"),
            "conflicts": said("array", "what other passages state for the same thing"),
            "model": MAYBE_TEXT,
            "prompt_tokens": WHOLE,
            "answer_tokens": said("integer", "that the model wrote, its thought included"),
            "cut": said("boolean", "whether the limit of these stopped it"),
            "num_ctx": WHOLE,
            "truncated": FLAG,
            "timings": object_of(
                {
                    part: said("number", "seconds")
                    for part in ("wait", "load", "retrieve", "prompt", "generate", "total")
                }
            ),
        }
    ),
    "Citation": object_of({"n": WHOLE, **PLACE, "quote": said("string", "verbatim")}),
    "Line": {
        "description": "One line of a streamed answer; the last is an Answer or an Error.",
        "oneOf": [
            object_of({"waiting": object_of({"place": WHOLE, "seconds": WHOLE})}),
            object_of({"answering": FLAG}),
            object_of({"conversation": ref("Conversation"), "turn": TEXT}),
            object_of({"question": TEXT, "rewritten": MAYBE_TEXT}),
            object_of(
                {
                    "sources": listed(object_of({"n": WHOLE, **PLACE})),
                    "likely": {"oneOf": [ref("Citation"), {"type": "null"}]},
                }
            ),
            object_of(
                {
                    "progress": object_of(
                        {
                            "stage": said("string", "loading or reading"),
                            "done": said("integer", "tokens of the prompt that the model has read"),
                            "total": said(["integer", "null"], "of so many, where it is known"),
                        }
                    )
                }
            ),
            object_of({"piece": TEXT}),
            ref("Answer"),
            ref("Error"),
        ],
    },
    "Served": object_of({"status": ref("Status"), "collections": listed(TEXT)}),
    "Status": object_of(
        {
            "collection": TEXT,
            "generation": said("integer", "the live one; 0 where it is empty"),
            "documents": WHOLE,
            "chunks": WHOLE,
        },
        {
            "created": TEXT,
            "characters": WHOLE,
            "fingerprint": said(["object", "null"], "what the index was made with"),
            "models_engine": TEXT,
            "root_hash": TEXT,
            "home": said("string", "for admins"),
            "sources": said("array", "for admins"),
            "failed": said("array", "for admins"),
        },
    ),
    "Conversations": object_of({"conversations": listed(ref("Conversation"))}),
    "Conversation": object_of(
        {
            **{"id": TEXT, "title": TEXT, "created": said("string", "UTC")},
            "updated": said("string", "UTC; empty before its first turn"),
        },
        {"turns": listed(ref("Turn"))},
    ),
    "Turn": object_of(
        {
            "question": TEXT,
            "rewritten": said("string", "as the documents were asked; empty: as it came"),
            "answer": ref("Answer"),
            "collections": listed(TEXT),
            "id": said("string", "its name within the conversation"),
            "feedback": said(["object", "null"], "good, reason"),
        }
    ),
    "Feedback": object_of(
        {"turn": said("string", "its id"), "good": FLAG},
        {"reason": said("string", maxLength=2000)},
    ),
    "Followup": object_of(
        {"question": QUESTION},
        {
            "conversation": said("string", "its id; empty: a new one begins"),
            **NARROWED,
            "model": MODEL,
        },
    ),
    "Title": object_of({"title": TEXT}),
    "Markdown": object_of({"markdown": TEXT}),
    "Document": object_of(
        {
            **{"source": TEXT, "title": TEXT, "labels": said("object")},
            "text": said("string", "as kb has read it"),
        }
    ),
    "Overview": object_of(
        {
            "status": ref("Status"),
            "runs": said("array", "the newest first, as `kb history --json` has them"),
            "failures": said("array", "root, path, stage, reference, message, hint"),
            "failed": said("integer", "how many there are in all"),
            "bytes": said("object", "index, and what is free on its disk"),
            "models": said(
                "object", "engine, embedding, chat, further ones, rerank, as configured"
            ),
            "walls": said("array", "name, in_force, detail of each part of the sandbox"),
            "waiting": said("object", "answering, answers that wait, state of the uploads' run"),
        }
    ),
    "Sheet": object_of(
        {
            **{"name": TEXT, "caption": TEXT, "columns": listed(TEXT)},
            "rows": listed(
                object_of({"row": WHOLE, "texts": listed(TEXT), "cited": FLAG}),
            ),
            "of": said("integer", "how many rows it has"),
            "others": said("array", "the document's other tables", items=TEXT),
        }
    ),
    "Page": object_of(
        {
            **{"page": WHOLE, "pages": WHOLE, "width": WHOLE, "height": WHOLE},
            "boxes": said("array", "left, top, width, height as shares of the picture"),
            "png": said("string", "Base64"),
        }
    ),
    "Me": object_of(
        {
            "name": TEXT,
            "role": said("string", "reader, editor, admin"),
            "collections": listed(TEXT),
            "models": said("array", "chat models to choose from, the usual one first", items=TEXT),
            "uploads": said(["object", "null"], "most_bytes of a file, most_files; null: none"),
        }
    ),
    "Uploads": object_of(
        {
            "uploads": listed(ref("Upload")),
            "run": said(["object", "null"], "state, stage, done and total of the run"),
        }
    ),
    "Upload": object_of(
        {
            **{"name": TEXT, "bytes": WHOLE, "uploaded": said("string", "UTC")},
            "state": said("string", "waiting, reading, ready, failed, removing"),
            "trouble": said(["object", "null"], "reference, why and hint of what failed"),
        }
    ),
    "Error": object_of(
        {
            "error": object_of(
                {
                    "reference": said("string", "which error it is, for programs"),
                    "what": TEXT,
                    "why": TEXT,
                    "hint": said("string", "what to do"),
                }
            )
        }
    ),
}
