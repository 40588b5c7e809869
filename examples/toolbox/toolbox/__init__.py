"""Small tools that other programs here share."""
