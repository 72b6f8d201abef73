"""Sixty made-up English encyclopaedia tables in one folder, and questions over them."""
