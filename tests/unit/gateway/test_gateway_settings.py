"""Where the gateway looks for the services behind it."""

import pytest

from experience_gw.config import GatewaySettings
from service_kit.process import StartError, read_settings
from support import identity


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in GatewaySettings.model_fields:
        monkeypatch.delenv(f"RUNWAY_{name.upper()}", raising=False)
    for name, value in identity.KEYS.environment().items():
        monkeypatch.setenv(name, value)


def test_everything_is_on_this_host_at_its_own_port() -> None:
    settings = read_settings(GatewaySettings)
    assert (settings.gateway_port, settings.http_port) == (50050, 8080)
    assert settings.orchestrator_target == "127.0.0.1:50051"
    assert settings.calculator_target == "127.0.0.1:50052"
    assert settings.default_deadline_seconds == 10


def test_a_port_of_a_service_on_this_host_can_be_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUNWAY_CALCULATOR_PORT", "6000")
    assert read_settings(GatewaySettings).calculator_target == "127.0.0.1:6000"


def test_an_address_goes_before_a_port(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUNWAY_ORCHESTRATOR_PORT", "6000")
    monkeypatch.setenv("RUNWAY_ORCHESTRATOR_ADDRESS", "orchestrator:50051")
    assert read_settings(GatewaySettings).orchestrator_target == "orchestrator:50051"


@pytest.mark.parametrize("name", ["USER_KEYS", "TOKEN_ISSUER", "INNER_KEY_FILE"])
def test_without_keys_there_is_no_gateway(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """There is no way to run one that lets everybody in."""
    monkeypatch.delenv(f"RUNWAY_{name}")
    with pytest.raises(StartError, match=f"RUNWAY_{name}: Field required"):
        read_settings(GatewaySettings)


def test_a_wrong_setting_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUNWAY_HTTP_PORT", "eighty")
    with pytest.raises(StartError, match="RUNWAY_HTTP_PORT"):
        read_settings(GatewaySettings)
