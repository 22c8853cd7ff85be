"""The rota as managers work on it: its past kept, its changes previewed and saved."""
