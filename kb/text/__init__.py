"""What every part of kb knows of Chinese and English text. Imports nothing else of kb.

fold        one spelling for what is written in several
language    Chinese or English
question    a question, with its folded text and its language
"""
