"""What is left of a visit: the record as JSON, as a page for one sheet of paper, and as a code that holds the
evidence."""
