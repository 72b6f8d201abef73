"""Documents that replace each other: which of them belong together, and which one is in force.

names.py        a file's name, or a title, without what tells versions apart
statements.py   what a document says of itself: since when it holds, what it replaces
families.py     the families, and the order within each
asked.py        which version a question asks for
choosing.py     the passages of that version in place of the others
"""
