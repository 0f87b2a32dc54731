// What is wrong with a page at this width: a list of sentences, empty for a sound one.
() => {
  const faults = new Set();
  const wide = document.documentElement.clientWidth;
  const FIELDS = ["Selectbox", "MultiSelect", "NumberInput", "TextInput"].map((name) => `[data-testid=st${name}]`).join();
  const LEAST = wide <= 1000 ? 44 : 24; // CSS pixels: a finger's, a pointer's

  const called = (node) => {
    const key = node.closest("[class*=st-key-]");
    const words = node.getAttribute("aria-label") || node.innerText || node.getAttribute("data-testid") || node.tagName;
    const where = key ? [...key.classList].find((name) => name.startsWith("st-key-")) : "the page";
    return `"${words.trim().replace(/\s+/g, " ").slice(0, 40)}" in ${where}`;
  };
  const shown = (node) => {
    const box = node.getBoundingClientRect();
    return box.width > 1 && box.height > 1 && node.checkVisibility({ opacityProperty: true, visibilityProperty: true });
  };
  const hangs = (node) => node.closest("[data-testid=stSidebar]"); // beside the page until it is opened
  const scroller = (node) => {
    for (let up = node.parentElement ?? node.getRootNode().host; up; up = up.parentElement ?? up.getRootNode().host) {
      const sideways = /auto|scroll/.test(getComputedStyle(up).overflowX) && up.scrollWidth > up.clientWidth + 1;
      if (sideways && up.dataset.testid !== "stMain") return up;
    }
    return null;
  };
  const roots = [document];
  for (const root of roots)
    for (const node of root.querySelectorAll("*")) if (node.shadowRoot) roots.push(node.shadowRoot);
  const all = (query) =>
    roots.flatMap((root) => [...root.querySelectorAll(query)]).filter((node) => shown(node) && !hangs(node));
  const outside = (node) => {
    const box = node.getBoundingClientRect();
    return (box.left < -1 || box.right > wide + 1) && !scroller(node);
  };

  for (const node of [document.documentElement, document.querySelector("[data-testid=stMain]")])
    if (node.scrollWidth > node.clientWidth + 1) faults.add("the page scrolls sideways");

  // A field's arrows, the crosses of what is chosen in it, and the help beside a label are parts of it.
  const parts = `:is(${FIELDS}, [data-testid=stTooltipIcon]) *`;
  const controls = all(`button, a[href], textarea, ${FIELDS}`).filter((node) => !node.matches(parts));
  for (const node of controls) {
    const inText = node.tagName === "A" && getComputedStyle(node).display === "inline";
    if (node.getBoundingClientRect().width < LEAST - 0.5 && !inText) faults.add(`narrower than ${LEAST} px: ${called(node)}`);
    if (outside(node)) faults.add(`outside the page: ${called(node)}`);
  }
  const seen = (node) => { // what can be seen of it now, where it scrolls
    const { left, right, top, bottom } = node.getBoundingClientRect();
    const around = scroller(node)?.getBoundingClientRect() ?? { left, right };
    return { left: Math.max(left, around.left), right: Math.min(right, around.right), top, bottom };
  };
  const boxes = controls.map((node) => [node, seen(node), Boolean(node.closest("header"))]);
  boxes.forEach(([one, a, above], index) => {
    for (const [other, b, over] of boxes.slice(index + 1)) {
      const across = Math.min(a.right, b.right) - Math.max(a.left, b.left);
      const down = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
      const nested = one.contains(other) || other.contains(one);
      if (across > 2 && down > 2 && !nested && above === over) faults.add(`overlap: ${called(one)} and ${called(other)}`);
    }
  });

  for (const node of all("*")) {
    if (![...node.childNodes].some((child) => child.nodeType === Node.TEXT_NODE && child.data.trim())) continue;
    const cut = /hidden|clip/.test(getComputedStyle(node).overflowX) && node.scrollWidth > node.clientWidth + 1;
    if (cut && (node.closest("button") || !node.closest("[title]"))) faults.add(`cut, its whole nowhere: ${called(node)}`);
    if (outside(node)) faults.add(`text outside the page: ${called(node)}`);
  }
  return [...faults];
}
