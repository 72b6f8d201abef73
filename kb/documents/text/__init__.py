"""What is known of text itself: its encoding, its headings."""
