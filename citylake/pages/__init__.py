"""What every page of ours stands on: languages, messages, assets, maps without script, routing."""
