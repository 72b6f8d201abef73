"""The client of Ollama's protocol.

adapters.py   Embedder and Generator, the ports of kb.ports
calls.py      the protocol's calls and errors (the only importer of ollama)
pool.py       several servers as one: who is asked, whose weights they must be
wire.py       what is added to a request, which models are not asked
hosts.py      the addresses of servers
"""
