// Streamlit adds a step to the history for each change of the address. A step that only completes a bare address, or one
// that nobody has touched since it was opened, or that only changes how the same thing is looked at (view-...), is none:
// Back would do nothing. Nor is the bare address that stands for a moment before another page is opened, nor the page
// that is left with the query of the one that is opened: the query comes first, then the path. And who goes back
// twice, quicker than a page can answer, is not sent forward again by the answer of the page in between: after Back and
// Forward only what a person does opens another page.
{
  const shown = (search) => {
    const query = [...new URLSearchParams(search)].filter(([name]) => !name.startsWith("view-"));
    return new URLSearchParams(query).toString();
  };
  const push = history.pushState.bind(history);
  const replace = history.replaceState.bind(history);
  let untouched = true; // nobody has done anything since the page was opened
  let travelled = false; // by Back or Forward, and nothing was done since
  let early = null; // the last step within a page: whether it was added, and what stood there before

  const open = (state, title, address) => {
    const query = new URL(address, location.href).search;
    if (early && query !== "" && query === location.search) {
      if (early.added) return replace(state, title, address);
      replace(early.state, "", early.address);
    }
    push(state, title, address);
  };
  const stay = (state, title, address) => {
    const [before, after] = [location.search, new URL(address, location.href).search].map(shown);
    const takesPlace = untouched || before === "" || before === after;
    if (before !== "" && after === "") return;
    early = { added: !takesPlace, state: history.state, address: location.href };
    (takesPlace ? replace : push)(state, title, address);
  };
  history.pushState = (state, title, address = "") => {
    if (new URL(address, location.href).pathname === location.pathname) return stay(state, title, address);
    if (travelled) return;
    open(state, title, address);
    early = null;
    untouched = true;
  };
  addEventListener("popstate", () => {
    early = null;
    travelled = untouched = true;
  });
  const acted = () => (travelled = untouched = false);
  for (const deed of ["pointerdown", "keydown", "click", "input"]) addEventListener(deed, acted, true);
}
