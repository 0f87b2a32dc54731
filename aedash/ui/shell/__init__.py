"""What every page stands in: server, frame, style, address, notice."""
