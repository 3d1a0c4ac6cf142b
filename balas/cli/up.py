"""`balas up`"""


def up() -> None:
    """Run everything in one process: web, workers, search, and a stand-in for WAHA when none is configured."""
    from balas.bootstrap import open_runtime, open_simulator, working
    from balas.cli.ending import Ending
    from balas.cli.listening import listen, taken
    from balas.cli.opening import open_library
    from balas.cli.server import announce, run_server
    from balas.security.data_folder import hold
    from balas.settings import load_settings
    from balas.telemetry import configure_logging
    from balas.worker import working_aside

    settings = load_settings()
    configure_logging(settings.log_level)
    data = settings.balas_data_dir
    ending = Ending()
    with (
        hold(data),
        taken(settings.balas_host, settings.balas_port) as listener,
        open_runtime(settings, index_dir=data / "index") as runtime,
    ):
        listen(listener)
        announce(runtime)
        with (
            open_library(runtime, samples=True),
            working(runtime, ending.seconds_left),
            working_aside(runtime, ending.told, ending.seconds_left),
        ):
            run_server(runtime, open_simulator(runtime), listener, ending.told)
    ending.leave()
