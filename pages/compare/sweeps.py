from aedash.ui import sweep_page

sweep_page.page()
