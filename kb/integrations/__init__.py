"""kb as a part of what others build. Nothing in kb imports from here."""
