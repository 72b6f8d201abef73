"""Vectors in the process: one Qdrant Edge shard in one folder. The only importer of qdrant_edge.

index.py     EdgeIndex, the VectorIndex over one shard
shard.py     how a shard is made, loaded and counted, and what the engine raises
requests.py  points, and which of them a question is asked of
words.py     the weights of a text's words, by Qdrant's tokenizer

The shard has no write-ahead log (with one, a second process could not open it), so a change is
durable after `flush` only. Loading a shard replaces its `edge_config.json`, so even a reader
needs write permission on the folder; several processes may load the same shard to read it.

Dense search scans every vector. A graph (HNSW) was measured and left out: for 100,000 vectors of
1,024 numbers it takes 80 s to build and misses two fifths of the nearest 50 under a filter; a scan
of their 4-bit copies takes milliseconds and finds them all.

Nothing is imported here: a command without vectors does without the engine.
"""
