"""What judges the work. The agent never sees it."""
