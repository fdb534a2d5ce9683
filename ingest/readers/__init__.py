"""One reader per media family, registered by media type in `ingest.readers.registry`."""
