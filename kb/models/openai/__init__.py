"""Servers that speak OpenAI's protocol (llama.cpp's own, vLLM, LM Studio), as models of kb.

transport.py   Ollama's endpoints, as kb asks for them, answered from such servers
stream.py      a streamed answer of theirs as Ollama's lines
"""
