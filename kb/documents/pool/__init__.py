"""The processes in which files are parsed and chunked, each with limits of time and memory."""
