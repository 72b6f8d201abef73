"""Questions over tables: what of a question names which cells, the plan that follows, its result.

index         what is asked of the stored tables
joined        two tables that share values, read as one
documents     documents as a table, with the fields that they state about themselves
kinds         contracts, minutes, mails: what kind a document is (kinds.txt)
shape         which columns of a table name its rows, hold people, are alike

literals      numbers, dates and periods of a question, with the words that compare
period_columns  quarters and months of a question that are columns
operations    how many, altogether, the highest three: what it wants done
concepts      names of properties that mean one thing in both languages (properties.txt)
column_names  its words, and the columns' names that they are compared with
own_names     words of the names of a table and its document
verbs         English verbs that name a column, and those that say nothing beside what is linked
generic       words that say nothing beside a linked column
leftovers     words that nothing explains (function_words.txt need no explanation)
document_words  words for documents, and parts of their names
linking       all of these in their order: the links of one table (links)
joining       which pairs of tables are linked as one

dimensions    of which column the longest, the deepest is; places in a ranking

places        1st, 3rd of a column of places
durations     how long: between two days, or years, of a row

filters       the links → which rows
selecting     the links → which columns are told
planning      the links → a plan (plan; planned is one in the making); extremes are the highest, the
              most, neighbours the next row
computing     a plan → SQL (conditions) → its result (results)
mentions      which documents hold a phrase
beside        what other tables of the document say of the same cell
comparing     one cell in two tables of one form
answering     the best plan of all tables, and its result
wording       the result → the answer's text
"""
