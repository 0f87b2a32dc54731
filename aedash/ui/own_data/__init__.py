"""Own data: a person uploads images, sees what was read of them, and has them as a data set."""
