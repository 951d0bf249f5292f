"""The explorer: pages over the graph whose query engine runs in the reader's browser, served or from a file."""
