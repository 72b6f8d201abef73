"""What an unattended run reports: a summary, metrics, and a word to somebody when it fails."""
