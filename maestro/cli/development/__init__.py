"""The parts of `maestro dev`: all of Maestro on one machine, started and stopped as one thing."""
