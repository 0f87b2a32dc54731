// In a narrow window the navigation hangs over the page: it goes once a page was chosen in it.
addEventListener("click", (event) => {
  const menu = event.target.closest?.("[data-testid=stSidebar]");
  const overlays = menu && menu.getBoundingClientRect().width > innerWidth / 2;
  if (overlays && event.target.closest("[data-testid=stSidebarNavLink]"))
    menu.querySelector("[data-testid=stSidebarCollapseButton] button")?.click();
});
