"""Look-ups over tables whose cells have heads at the top, at the left, on both sides with levels,
or among the values; as XLSX, DOCX, HTML and PDF. Asked by `python -m tests.bench.firms --lookups`.
"""
