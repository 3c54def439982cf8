"""Change notices: owners of cost centres are told of changed rules before the figures made with them are published."""
