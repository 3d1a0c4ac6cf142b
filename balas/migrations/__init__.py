"""Alembic migrations; `balas migrate` runs them, `balas up` does so by itself."""
