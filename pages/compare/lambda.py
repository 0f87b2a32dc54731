from aedash.ui import lambda_page

lambda_page.page()
