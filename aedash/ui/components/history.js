// Streamlit adds a step to the history for each change of the address. A step that only completes a bare address, or
// only changes how the same thing is looked at (view-...), is none: Back would do nothing. Nor is the bare address that
// stands for a moment before another page is opened.
{
  const shown = (search) => {
    const query = [...new URLSearchParams(search)].filter(([name]) => !name.startsWith("view-"));
    return new URLSearchParams(query).toString();
  };
  const push = history.pushState.bind(history);
  history.pushState = (state, title, address) => {
    const next = new URL(address ?? "", location.href);
    const [before, after] = [shown(location.search), shown(next.search)];
    if (next.pathname !== location.pathname) push(state, title, address);
    else if (before === "" || before === after) history.replaceState(state, title, address);
    else if (after !== "") push(state, title, address);
  };
}
