"""Gaps: unanswered questions in clusters, what they lack in the book, and when a gap is closed."""
