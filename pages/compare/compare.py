from aedash.ui import compare_page

compare_page.page()
