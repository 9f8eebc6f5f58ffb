"""The public API: the Opendatasoft Explore API v2.1 over the lake."""
