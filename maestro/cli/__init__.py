"""The command line. One file per command or group, imported when it is used."""
