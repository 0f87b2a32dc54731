// A link to another page of the app opens it as the navigation does, without loading the app anew. With Ctrl, Shift or
// the middle button it opens a tab of its own, as any link does.
addEventListener("click", (event) => {
  const link = event.composedPath()[0].closest?.("a.inside");
  if (!link || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  history.pushState({}, "", link.href);
  dispatchEvent(new PopStateEvent("popstate"));
});
