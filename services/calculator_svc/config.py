"""The settings of the calculator."""

from service_kit.settings import InnerServerSettings, optional_port, port

# A ledger of a large business, with its history of 400 days.
MAXIMUM_REQUEST_BYTES = 64 * 1024 * 1024


class CalculatorSettings(InnerServerSettings):
    """Read from RUNWAY_* variables, once, at start."""

    calculator_port: int = port(50052)
    calculator_metrics_port: int | None = optional_port()
