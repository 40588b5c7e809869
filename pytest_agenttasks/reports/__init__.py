"""Results for people and programs: properties, terminal summary, Markdown. Pure functions of results."""
