"""What pages ask of the server: runs, and results computed beside them."""
