def up() -> None:
    """Run everything in one process: web, workers, search, and a stand-in for WAHA when none is configured."""
    from balas.bootstrap import open_runtime, start_line
    from balas.cli.server import announce, run_server
    from balas.security.data_folder import hold
    from balas.settings import load_settings
    from balas.telemetry import configure_logging

    settings = load_settings()
    configure_logging(settings.log_level)
    with hold(settings.balas_data_dir), open_runtime(settings, index_dir=settings.balas_data_dir / "index") as opened:
        announce(opened)
        with start_line(opened, samples=True):
            run_server(opened)
