"""The tools of Explore, one file each."""
