"""The sections that tell of a table, a module and a template each; the page is a list of them, in reports/page.py."""
