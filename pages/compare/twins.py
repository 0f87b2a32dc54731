from aedash.ui import twins_page

twins_page.page()
