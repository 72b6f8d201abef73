"""Who may ask over a network, and what they may see: whatever protocol they speak.

callers.py   Caller, Role: who asks, and what a role covers
users.py     the users of a home, their collections, and the hashes of their tokens
"""
