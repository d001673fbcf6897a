"""The text-to-mel model, its decoding, its losses, and loading of previously trained weights."""
