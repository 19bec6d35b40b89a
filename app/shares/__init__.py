"""Shares: what is shared, by which keys, until when; and the visitors who prove that they hold one."""
