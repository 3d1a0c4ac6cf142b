"""The bundled embedding model, and vectors kept, centred and compared."""
