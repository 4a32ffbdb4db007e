"""What of the handbook is made by machine: pages and drawings, from the code."""
