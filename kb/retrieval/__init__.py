"""From a question to the passages that the model is handed.

parts             a question that asks for several things, divided
search            the chunks that bear on the question, by a fusion of scores
selection         which of them: copies collapse, no document crowds out all others
context           the passages that fit into the prompt
multi_collection  several collections, searched as if they were one
"""
