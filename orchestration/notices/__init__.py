"""Change notices and alerts: owners are told of changed rules before figures are made with them, and of what idles."""
