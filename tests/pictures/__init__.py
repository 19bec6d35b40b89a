"""Pictures of every page that visitors see, taken on a phone: ``make pictures``."""
