"""The routes, one module for each group: a function `routes(services)` that gives its list.

    api.py      /api/status, /api/search, /api/ask: the commands' JSON
    openai.py   /v1/…: OpenAI's protocol       ollama.py   /api/chat and others: Ollama's
    conversation.py   what these two share: messages, an answer as text
    conversations.py   /api/conversations: each person's own, with follow-ups; /api/document
    admin.py    /api/admin: runs, failures, sizes, walls
    uploads.py  /api/uploads: files of editors, taken in and out; /api/me
    health.py   /healthz, /readyz, /metrics
    page.py     the page and its files
    openapi.py  the description of the API (kb/serving/description/)
    common.py   what they share: Services, who calls, bodies within bounds, streamed lines

Another group is another module here, and a line in kb/serving/app.py. A handler asks
`caller_of(request)` who calls, and answers only what that caller may see (`Caller.may_see`,
`Caller.require`). Work that reads the index or a model goes through one of the queues of
`Services`, so that it is bounded, and stops when its reader goes away.
"""
