"""kb over HTTP: an API and one page.

guard.py   who may ask: host, origin, token; the headers of every response
backend.py what is asked for, and the session that answers it
queue.py   the queue of questions, and the threads in which they are answered
app.py     the requests, and what becomes of errors (starlette)
server.py  the socket and the signals (uvicorn)
conversations.py  what is kept of them, for each person
page/      what the browser shows
"""
