"""The embedded engine: Ollama's protocol, answered in this process.

transport.py  the endpoints; requests.py and listing.py are their questions and answers
embedded.py   the models that are loaded behind them
llama.py      llama.cpp (the only importer of xllamacpp)
store.py      where models lie on this machine; gguf.py reads their headers
"""
