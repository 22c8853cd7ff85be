"""The parts that calls and messages share: one lock, what is remembered, what is told, what is due."""

import threading
import time

from simulator.config import SimulatorConfig
from simulator.courier import Courier
from simulator.events import EventLog
from simulator.faults import Faults
from simulator.scheduler import Scheduler
from simulator.store import MemoryStore


class Switch:
    """`lock` guards everything remembered here; nothing waits for the network while holding it."""

    def __init__(self, config: SimulatorConfig) -> None:
        self.config = config
        self.lock = threading.RLock()
        self.events = EventLog(self.lock)
        self.faults = Faults(self.lock)
        self.scheduler = Scheduler()
        self.store = MemoryStore(config.profiles, config.default_profile)
        self.courier = Courier(config, self.events, self.faults, self.scheduler)

    @staticmethod
    def seconds() -> float:
        return time.monotonic()
