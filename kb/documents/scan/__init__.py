"""Which files a folder holds, and which of them a run has to read. No file is parsed here."""
