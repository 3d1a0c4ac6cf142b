from typing import Annotated

import typer


def migrate(
    revision: Annotated[str, typer.Argument(help="Where to; an older revision undoes what came after it.")] = "head",
) -> None:
    """Bring the database to the newest schema, or to an older one."""
    from balas.database import schema
    from balas.database.engine import Database
    from balas.settings import load_settings

    settings = load_settings()
    settings.balas_data_dir.mkdir(parents=True, exist_ok=True)
    database = Database(settings.sqlalchemy_url, settings.database_pool_size)
    try:
        schema.migrate(database, revision)
        typer.echo(f"The database is at revision {schema.current(database) or 'none'}.")
    finally:
        database.close()
