"""`roxy metrics`: what Roxy counts about itself."""

from typing import Any

import typer

from roxy.cli import output
from roxy.cli.opening import with_roxy

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command()
def metrics(*, as_json: output.JsonFlag = False) -> None:
    """Counters and timings in Prometheus' text format. They count since the running Roxy was started.

    \b
    Examples:
      roxy metrics
      roxy metrics --json
    """
    text = with_roxy(lambda assistant: assistant.metrics())
    if as_json:
        output.show(_samples(text), as_json=True, view=str)
    else:
        output.line(text.rstrip())


def _samples(text: str) -> list[dict[str, Any]]:
    # Only `--json` needs the parser.
    from prometheus_client.parser import text_string_to_metric_families  # noqa: PLC0415

    return [
        {"name": sample.name, "labels": sample.labels, "value": sample.value}
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    ]
