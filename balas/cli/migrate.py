from typing import Annotated

import typer


def migrate(
    revision: Annotated[str, typer.Argument(help="Where to; an older revision undoes what came after it.")] = "head",
) -> None:
    """Bring the database to the newest schema, or to an older one."""
    from balas.database import schema
    from balas.database.engine import Database
    from balas.security import data_folder
    from balas.settings import load_settings
    from balas.telemetry import configure_logging

    if not schema.is_known(revision):
        raise typer.BadParameter(
            f"there is no such revision; the newest is {schema.head()}, and base undoes everything",
            param_hint="REVISION",
        )
    settings = load_settings()
    configure_logging(settings.log_level)
    data_folder.make(settings.balas_data_dir)
    database = Database(settings.sqlalchemy_url, settings.database_pool_size)
    try:
        schema.migrate(database, revision)
        typer.echo(f"The database is at revision {schema.current(database) or 'none'}.")
    finally:
        database.close()
