"""Language models, reached through Ollama's protocol whatever answers it.

connect.py        open_models(): which engine answers
ollama/           what speaks the protocol: Embedder and Generator, the calls, the addresses
engine/           what answers it in this process: llama.cpp, and where models lie on this machine
demo/             the two demo models: fetched from the package registry, converted
rerank.py         rerankers, on a server or in this process
profiles.py       what differs from model to model
thinking.py       tells thought from answer
reading.py        how far an engine is before its first word
reading_speed.py  what is learnt of a chat model from its answers: reading speed, tokens

ollama/ and engine/ know nothing of each other. Nothing is imported here: `kb status` and
`kb --help` touch no model.
"""
