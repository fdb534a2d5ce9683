"""Tools: typed functions over one case that a person, a command or a model can call."""
