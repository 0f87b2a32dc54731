from aedash.ui.data_page import board

board.panel()
