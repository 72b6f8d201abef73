"""Made-up offices of five trades, and questions over their tables with computed answers.

    python -m tests.bench.firms --firm hospital --seed 3

The documents and the questions are drawn by the seed; docs/testing.md says what they are for. Who
writes rules for tables does not read the trades (tests/bench/firms/trades) nor the wordings before
they are measured with: rules made of their words would prove nothing.
"""
