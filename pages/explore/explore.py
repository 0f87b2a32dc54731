from aedash.ui.explore import board
from aedash.ui.shell import frame

frame.unseen_title("Explore")
board.panel()
