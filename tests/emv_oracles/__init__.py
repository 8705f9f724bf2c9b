"""Our cryptography of cards beside public programs that compute the same."""
