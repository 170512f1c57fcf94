"""The text kit: Markdown, highlighting, number and date formatting, SVG charts, translations."""
