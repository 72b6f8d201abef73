"""Text in images. The only importer of rapidocr (and of onnxruntime through it).

The models lie inside rapidocr's wheel; nothing is ever downloaded. onnxruntime, from 1.29 on,
gives the machine an id and sends Microsoft what it runs, in native code that no hook of Python
sees; `_engine` turns that off before the library is loaded.
"""

from __future__ import annotations

import functools
import logging
import os
import threading
from typing import Any

from kb.errors import DamagedDocument

_LEAST_CONFIDENCE = 0.5
_THREADS = 1
_lock = threading.Lock()


def read_paragraphs(image: Any) -> list[str]:
    """The lines of an image (PIL, RGB) in reading order, those of one height joined."""
    import numpy

    with _lock:
        result = _engine()(numpy.asarray(image)[:, :, ::-1])
    if result is None or result.txts is None or result.boxes is None:
        return []
    boxes = [
        (*_extent(box), text)
        for box, text, score in zip(result.boxes, result.txts, result.scores, strict=True)
        if score >= _LEAST_CONFIDENCE and text.strip()
    ]
    return _lines(boxes)


def _extent(box: Any) -> tuple[float, float, float, float]:
    xs, ys = [float(x) for x, _ in box], [float(y) for _, y in box]
    return min(ys), max(ys), min(xs), max(xs)


_Box = tuple[float, float, float, float, str]


def _lines(boxes: list[_Box]) -> list[str]:
    """Boxes whose middles lie within each other's height are one line, left to right."""
    lines: list[list[_Box]] = []
    for box in sorted(boxes, key=lambda b: (b[0] + b[1], b[2])):
        middle = (box[0] + box[1]) / 2
        if lines and lines[-1][0][0] <= middle <= lines[-1][0][1]:
            lines[-1].append(box)
        else:
            lines.append([box])
    return ["  ".join(box[4] for box in sorted(line, key=lambda b: b[2])) for line in lines]


@functools.cache
def _engine() -> Any:
    # Read once, when the library is loaded; its own switch in Python comes too late (onnxruntime,
    # pull requests 27379 and 29843).
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    from rapidocr import RapidOCR

    logging.getLogger("RapidOCR").setLevel(logging.CRITICAL)
    try:
        return RapidOCR(
            params={
                "Global.log_level": "critical",
                # Text is looked for in a copy of this size, then read in the original. Against
                # 2,000 pixels: two thirds of time and memory, the same text but for newspapers.
                "Det.limit_type": "max",
                "Det.limit_side_len": 1280,
                "Rec.rec_batch_num": 2,
                "EngineConfig.onnxruntime.intra_op_num_threads": _THREADS,
                "EngineConfig.onnxruntime.inter_op_num_threads": 1,
            }
        )
    except OSError as error:
        raise DamagedDocument(
            "the text recognition could not be loaded",
            why=str(error)[:160],
            hint="reinstall it: pip install --force-reinstall rapidocr onnxruntime",
        ) from error
