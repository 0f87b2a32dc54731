// One bar a unit, the strongest first. A bar is a button; arrows go from one to the next.

class UnitsView {
  constructor(root) {
    this.root = root;
    this.axis = htmlNode("div", root, "axis");
    this.bars = htmlNode("div", root, "bars");
    this.reading = htmlNode("div", root, "reading");
    this.loud = htmlNode("div", root, "loud");
    assign(this.bars, { role: "group", "aria-label": "Units, the strongest first" });
    this.bars.addEventListener("keydown", (event) => this.press(event));
  }

  update(data, tell) {
    Object.assign(this, { data, tell });
    const largest = Math.max(...data.bars.map(({ strength }) => strength)) || 1;
    this.bars.classList.toggle("many", data.bars.length > 20);
    this.axis.textContent = `${data.unit}, up to ${numberText(largest)}`;
    while (this.bars.childElementCount > data.bars.length) this.bars.lastElementChild.remove();
    while (this.bars.childElementCount < data.bars.length) this.add(this.bars.childElementCount);
    data.bars.forEach((bar, i) => this.draw(this.bars.children[i], bar, largest));
    if (!this.bars.querySelector("[tabindex='0']")) this.bars.firstElementChild?.setAttribute("tabindex", "0");
    this.read(null);
    this.louder();
  }

  add(i) {
    const button = htmlNode("button", this.bars);
    htmlNode("i", button);
    htmlNode("span", button);
    button.addEventListener("click", () => this.choose(i));
    button.addEventListener("pointerenter", () => this.read(i));
    button.addEventListener("pointerleave", () => this.read(null));
    button.addEventListener("focus", () => this.read(i));
  }

  draw(button, { unit, name, strength, told, active, burda }, largest) {
    const chosen = unit === this.data.chosen;
    assign(button, { "aria-pressed": chosen, "aria-label": `${name}, ${told}${this.state(active, burda)}` });
    button.tabIndex = chosen ? 0 : -1;
    button.classList.toggle("idle", !active);
    button.classList.toggle("disputed", active !== burda);
    button.style.setProperty("--share", Math.max(0.01, strength / largest));
    button.children[1].textContent = this.data.bars.length <= 40 ? unit + 1 : "";
  }

  state(active, burda) {
    if (active === burda) return active ? "" : ", not active";
    return active ? ", active by our rule alone" : ", active by Burda's rule alone";
  }

  read(i) {
    const at = i ?? this.data.bars.findIndex(({ unit }) => unit === this.data.chosen);
    const bar = this.data.bars[at];
    this.reading.textContent = bar ? `${bar.name}: ${bar.told}${this.state(bar.active, bar.burda)}` : "";
  }

  louder() {
    this.loud.replaceChildren();
    if (!this.data.loudest.length) return;
    htmlNode("span", this.loud, "", `Loudest for ${this.data.of}:`);
    for (const [unit, told] of this.data.loudest) {
      const button = htmlNode("button", this.loud, "chip switch", told);
      button.setAttribute("aria-pressed", unit === this.data.chosen);
      button.addEventListener("click", () => this.tell("unit", unit));
    }
  }

  press(event) {
    const at = [...this.bars.children].indexOf(this.root.getRootNode().activeElement);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: this.bars.childElementCount - 1 }[event.key];
    if (to === undefined || !this.bars.children[to]) return;
    event.preventDefault();
    this.bars.children[to].focus();
    this.choose(to);
  }

  choose(i) {
    this.tell("unit", this.data.bars[i].unit);
  }
}

export default function ({ parentElement, data, setTriggerValue }) {
  const root = parentElement.querySelector(".root");
  root.view ??= new UnitsView(root);
  root.view.update(data, setTriggerValue);
}
