"""All that the sandbox sees of this package: it runs answers, and knows nothing of what is right."""
