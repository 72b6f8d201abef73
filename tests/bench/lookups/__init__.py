"""Look-ups over tables whose cells have heads at the top, at the left, on both sides with levels,
or among the values; as XLSX, DOCX, HTML and PDF: `python -m tests.bench.firms --set lookups`.
"""
