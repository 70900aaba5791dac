"""The server of a book, and the same book as static files; one set of headers for both."""
