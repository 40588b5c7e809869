"""Task files: their schema, a loader that knows line numbers, matrix and templates, JSON Schema, slugs."""
