"""Questions over tables: what of a question names which cells, the plan that follows, its result.

index       what is asked of the stored tables
literals    numbers, dates and periods, with the words that compare
operations  how many, altogether, the highest three: what a question wants done
concepts    names of properties that mean one thing in both languages
linking     the words of a question as values and columns of one table
planning    one table's links → a plan, where every word is accounted for
joining     the same over two tables that share values
plan        what a plan is
computing   plan → SQL → result
wording     result → the answer's text
"""
