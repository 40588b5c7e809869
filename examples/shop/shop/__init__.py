"""The back office of a small shop: prices, stock, orders."""
