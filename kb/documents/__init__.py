"""From files to chunks: scan, plan, parse, chunk. Knows nothing of models or indexes.

`PARSER` and `CHUNKER` are versions: raise one when its output changes, and every document is
read anew at the next run.
"""

PARSER = "30"
CHUNKER = "3"
