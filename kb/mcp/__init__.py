"""kb for clients of the Model Context Protocol: `kb mcp`, and `/mcp` of `kb serve`.

tools.py    what can be asked for, with its schemas; knows a session's View and no protocol
running.py  answers in a thread, for an event loop; one that nobody waits for is broken off
protocol.py the server on the official SDK, whose only importer it is; resources
stdio.py    standard input and output as the connection
"""
