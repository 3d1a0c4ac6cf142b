"""The command line: one file a command, each importing what it runs only when it runs."""

import typer

from balas.cli import (
    ask,
    doctor,
    erase,
    evaluate,
    golden,
    ingest,
    init,
    key,
    migrate,
    password,
    reindex,
    rollback,
    search,
    serve,
    simulate,
    trace,
    up,
    worker,
)

app = typer.Typer(
    name="balas",
    help="Answers WhatsApp messages from your own documents.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command("up")(up.up)
app.command("serve")(serve.serve)
app.command("worker")(worker.worker)
app.command("migrate")(migrate.migrate)
app.command("ingest")(ingest.ingest)
app.command("rollback")(rollback.rollback)
app.command("search")(search.search)
app.command("ask")(ask.ask)
app.command("trace")(trace.trace)
app.command("eval")(evaluate.evaluate)
app.add_typer(golden.app, name="golden")
app.command("reindex")(reindex.reindex)
app.command("simulate")(simulate.simulate)
app.command("erase")(erase.erase)
app.command("doctor")(doctor.doctor)
app.command("init")(init.init)
app.add_typer(key.app, name="key")
app.command("password")(password.password)
