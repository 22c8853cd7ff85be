"""A telephone network for one machine: Twilio's API in front, telephones that you can press behind."""

from simulator.app import create_app
from simulator.config import SimulatorConfig, SimulatorRefused
from simulator.profiles import Profile
from simulator.server import running, serve

__all__ = ["Profile", "SimulatorConfig", "SimulatorRefused", "create_app", "running", "serve"]
