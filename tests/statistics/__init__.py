"""Numbers, against scipy and published examples."""
