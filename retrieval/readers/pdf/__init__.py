"""PDF: text that was set for paper, put back into headings, paragraphs and code."""
