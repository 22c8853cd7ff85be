"""What machines report: heartbeats of jobs that must run, and events of monitoring systems."""
