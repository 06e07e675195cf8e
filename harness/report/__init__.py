"""Records to files that people read: tables, plots, pages, csv."""
