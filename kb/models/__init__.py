"""Language models, reached through Ollama's protocol whatever answers it.

connect.py    open_models(): which engine
adapters.py   Embedder and Generator, the ports
client.py     the protocol's calls and errors (the only importer of ollama); wire.py below it
transport.py  the protocol's endpoints, answered in this process; requests.py and listing.py
embedded.py   the models that are loaded behind those endpoints
llama.py      llama.cpp (the only importer of xllamacpp)
store.py      where models lie on this machine; gguf.py reads their headers
profiles.py   what differs from model to model; thinking.py tells thought from answer
fetch.py      the demo models, from the package registry; convert.py

Nothing is imported here: `kb status` and `kb --help` touch no model.
"""
