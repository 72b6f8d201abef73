"""From a table as it stands in a document to rows with typed columns.

heads       which rows name the columns, and a row as a line of text (what passages are made of)
blocks      the tables of one sheet: below each other, side by side
levels      what more the first rows of a table say: group heads, units, numbers of columns
forms       names beside their values, and heads at the left: one row a record
mixed       forms above and below a table
groups      rows that head those below them: a column of their own
outline     一、 above (一) above 1.
units       元, 万元, k€, %, kg: what stands behind a number, or in a head
numbers     a number as it is displayed
dates       dates and times as they are displayed
columns     what type a column is of, and what its cells are worth
totals      rows that add up others
stated      what a document states about itself: a table of one row
understand  all of it, in its order
"""
