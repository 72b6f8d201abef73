"""From a question to the passages that the model is handed.

search    the chunks that bear on the question, by a fusion of scores
context   the passages that fit into the prompt
"""
