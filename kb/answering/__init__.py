"""From passages to an answer that can be trusted, or to a refusal that says so.

prompt      the question and the passages, as messages
refusal     what is refused before the model runs
citations   which passage a sentence rests on
grounding   what the passages do not hold of an answer
"""
