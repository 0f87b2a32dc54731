"""The card of what was touched, on any page that has dots, tiles or samples."""
