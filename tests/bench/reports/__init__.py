"""Made-up Chinese annual reports, many tables in each, and look-ups of their cells."""
