from aedash.ui import noise_page

noise_page.page()
