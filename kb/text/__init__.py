"""What every part of kb knows of Chinese and English text. Imports nothing else of kb.

han         which characters are Chinese
readable    what is read of characters that nobody types, and how they are shown
stop_words  words that say nothing by themselves, by language
word_files  lists of words that are files beside the code
fold        one spelling for what is written in several
language    Chinese or English
sentences   where sentences end
tokens      how many tokens a model will make of a text
question    a question, with its folded text and its language
likeness    how much two documents share, of their term ids
"""
