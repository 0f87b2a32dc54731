// Terms of the glossary: what a word means, in one bubble that lies over the page and moves nothing. It opens under the
// mouse, at a tap and with the focus; Escape and a tap elsewhere close it. Components are looked into, too.
{
  const GAP = 6; // CSS pixels to the word
  const EDGE = 8; // and to the edge of the window
  let bubble = null;
  let owner = null;

  const termOf = (event) => event.composedPath().find((node) => node.localName === "dfn");
  const meaning = (term) => term.getAttribute("aria-label").slice(`${term.textContent}: `.length); // sent once
  const within = (low, value, high) => Math.max(low, Math.min(value, high));

  const hide = () => {
    bubble?.remove();
    owner = null;
  };
  const show = (term) => {
    if (term === owner) return;
    bubble ??= Object.assign(document.createElement("div"), { className: "bubble", role: "tooltip" });
    bubble.textContent = meaning(term);
    document.body.append(bubble);
    owner = term;
    place();
  };
  const place = () => {
    if (!owner?.isConnected) return hide();
    const word = owner.getBoundingClientRect();
    const { width, height } = bubble.getBoundingClientRect();
    const below = word.bottom + GAP;
    bubble.style.left = `${within(EDGE, word.left, innerWidth - width - EDGE)}px`;
    bubble.style.top = `${below + height > innerHeight ? word.top - GAP - height : below}px`;
  };
  const follow = (event) => {
    const term = termOf(event);
    if (term) show(term);
    else if (owner && event.target !== bubble) hide();
  };

  addEventListener("pointerover", follow);
  addEventListener("pointerdown", follow);
  addEventListener("focusin", follow);
  addEventListener("focusout", hide);
  addEventListener("scroll", place, { capture: true, passive: true });
  addEventListener("keydown", (event) => {
    if (event.key === "Escape") hide();
    else if ((event.key === "Enter" || event.key === " ") && termOf(event)) {
      event.preventDefault();
      show(termOf(event));
    }
  });
}
