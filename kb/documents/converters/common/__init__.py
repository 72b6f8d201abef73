"""What several converters share: programs, HTML and XML, OCR, sheets, office files."""
