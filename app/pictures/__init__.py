"""Pictures to take away: what a phone and a friend can look at, made of display frames while they flow."""
