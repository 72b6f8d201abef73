"""From passages to an answer that can be trusted, or to a refusal that says so.

abridging    the sentences that are handed to the model, and the one that likely answers
excerpt      a passage cut down to the sentences around the match
prompt       the question and the passages, as messages
refusal      what is refused before the model runs, and the sentence that says so
citations    which passage a sentence rests on
grounding    what the passages do not hold of an answer
evidence     whether what it rests on speaks of the question
answer_kind  whether its figure is of the kind that the question asks for
followup     a question that leans on earlier ones
"""
