"""What the comparison pages share."""
