"""`balas serve`"""


def serve() -> None:
    """Run the web process only; `balas worker` answers."""
    from balas.bootstrap import open_runtime, open_simulator
    from balas.cli.ending import Ending
    from balas.cli.listening import listen, taken
    from balas.cli.opening import open_library
    from balas.cli.server import announce, run_server
    from balas.settings import load_settings
    from balas.telemetry import configure_logging

    settings = load_settings()
    configure_logging(settings.log_level)
    ending = Ending()
    with taken(settings.balas_host, settings.balas_port) as listener, open_runtime(settings) as runtime:
        listen(listener)
        announce(runtime)
        with open_library(runtime, answers=False):
            run_server(runtime, open_simulator(runtime), listener, ending.told)
    ending.leave()
