"""Write every binary file of data/demo/docs again: python data/demo/make/make_all.py

What it needs, beside kb's own dependencies, is named in data/README.md.
"""

from __future__ import annotations

import encoded_texts
import mails
import pdf_files
import scans
import sheets
import slides
import word_files

if __name__ == "__main__":
    for maker in (encoded_texts, mails, sheets, word_files, slides, pdf_files, scans):
        maker.make()
