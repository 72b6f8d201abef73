"""How good retrieval, answers and refusals are: pure functions on what a run left behind.

questions    the questions file
judge        what one question's hits and answer are worth
metrics      many questions' worth in numbers, with confidence intervals
gates        numbers that must be reached
runs         a run on the disk, and two runs compared
calibration  the refusal threshold that a question set suggests
needs        whether an answer says what a question needs, by value
outcomes     what became of each question
summary      a run in numbers, overall and by group
report       one HTML file about a run
"""
