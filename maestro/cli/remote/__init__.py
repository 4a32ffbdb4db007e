"""What operators' commands share that ask an installation over HTTP, wherever it runs."""
