"""For language models: a card of the schema to read first, and tools to call over the Model Context Protocol."""
