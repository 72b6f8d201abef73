"""Vectors on a Qdrant server or cluster. The only importer of qdrant_client.

store.py       ServerStore, the VectorStore: which Qdrant collection is whose
index.py       ServerIndex, the VectorIndex over one Qdrant collection
question.py    all that one question asks, in one request
points.py      what is sent, and how a Qdrant collection is made
names.py       which point is whose: names of collections and of points
takeover.py    points of an older name, or of the home that this one is a copy of
connection.py  the client, and the one way in which it is called
faults.py      what it raises, in kb's own errors

Nothing is imported here: a command without a server does without 1.4 s of imports.
"""
