"""What `runway up` does once everything serves: load the demo company, show it, say where to go
on.
"""

import datetime
import shlex
import tempfile
from pathlib import Path
from zoneinfo import ZoneInfo

from rich.console import Console

from orchestrator_svc.connectors.demo_company import write
from runway_cli.after_import import after_import
from runway_cli.books import exists, import_quickbooks, print_import
from runway_cli.client import channel_to, decision_console
from runway_cli.console import print_console
from runway_cli.settings import Settings

BUSINESS_ID = "demo"
TIME_ZONE = "America/Los_Angeles"


def load_and_show(settings: Settings) -> None:
    """Load the demo company unless it is there, print its Decision Console and the addresses."""
    console = Console(highlight=False)
    if not _is_loaded(settings):
        console.print("Loading the demo company …")
        with tempfile.TemporaryDirectory() as folder:
            # Its own day: where this machine stands it may be tomorrow already.
            write(Path(folder), datetime.datetime.now(ZoneInfo(TIME_ZONE)).date())
            done = import_quickbooks(settings, Path(folder), BUSINESS_ID, TIME_ZONE)
            print_import(done, console)
        after_import(settings, BUSINESS_ID, console)
    print_console(decision_console(settings, BUSINESS_ID, None), console)
    _say_where(settings, console)


def _is_loaded(settings: Settings) -> bool:
    """Return whether the demo company has its books: its loading may have been cut short."""
    with channel_to(settings, "orchestrator") as channel:
        if not exists(channel, BUSINESS_ID):
            return False
    return decision_console(settings, BUSINESS_ID, None).HasField("synced_at")


def _say_where(settings: Settings, console: Console) -> None:
    method = "runway.experience.v1.DecisionConsoleService/GetDecisionConsole"
    body = f'{{"businessId": "{BUSINESS_ID}"}}'
    token = f".venv/bin/runway token --business {BUSINESS_ID}"
    authorization = f"Authorization: Bearer $({token})"
    files = settings.curl_tls_options.items()
    tls = "".join(f" --{name} {shlex.quote(str(file))}" for name, file in files)
    scheme = "https" if tls else "http"
    http, grpc = settings.address("http"), settings.address("gateway")
    lines = [
        "Runway is ready. Ctrl-C stops it.",
        "",
        f"  gateway       gRPC {grpc}, HTTP {scheme}://{http}",
        f"  orchestrator  gRPC {settings.address('orchestrator')}",
        f"  calculator    gRPC {settings.address('calculator')}",
        "",
        "Ask it over HTTP:",
        "",
        f"  curl -s{tls} -H 'Content-Type: application/json' -H \"{authorization}\" \\",
        f"    -d '{body}' {scheme}://{http}/{method}",
        "",
        "and over gRPC:",
        "",
        f"  .venv/bin/buf curl --protocol grpc{tls or ' --http2-prior-knowledge'} \\",
        f'    -H "{authorization}" \\',
        f"    -d '{body}' {scheme}://{grpc}/{method}",
        "",
        "Your own books:  .venv/bin/runway import qbo FOLDER --business ID",
    ]
    console.print("\n".join(lines), markup=False, soft_wrap=True)
