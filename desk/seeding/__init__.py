"""A realistic month of conversations for a book, invented for demonstrations and measurements."""
