// Before and after: two sheets on top of one another, the upper one cut off at the thumb of a range input.

class WipeView {
  constructor(root) {
    const names = htmlNode("div", root, "names");
    this.names = [this.name(names), this.name(names)];
    this.frame = htmlNode("div", root, "frame");
    this.sheets = [htmlNode("img", this.frame, "over"), htmlNode("img", this.frame, "under")];
    htmlNode("div", this.frame, "gutters");
    this.range = htmlNode("input", this.frame);
    Object.assign(this.range, { type: "range", min: 0, max: 100, step: 0.5, value: 50 });
    this.range.addEventListener("input", () => this.cut());
  }

  name(parent) {
    const node = htmlNode("span", parent);
    return { swatch: htmlNode("i", node), word: htmlNode("b", node) };
  }

  update(data) {
    this.data = data;
    const { sides, columns, rows, alt } = data;
    this.frame.style.setProperty("--columns", columns);
    this.frame.style.setProperty("--rows", rows);
    sides.forEach(({ name, color, image }, i) => {
      this.names[i].word.textContent = name;
      this.names[i].swatch.style.background = color;
      this.names[i].swatch.hidden = !color;
      this.sheets[i].alt = `${alt}: ${name}`;
      this.load(this.sheets[i], image);
    });
    this.range.setAttribute("aria-label", `Divider between ${sides[0].name} and ${sides[1].name}`);
    this.cut();
  }

  /** Decode first and swap then: no frame is ever blank. A slow picture never replaces a newer one. */
  async load(sheet, image) {
    if (sheet.wanted === image) return;
    sheet.wanted = image;
    sheet.hidden = !image;
    if (!image) return;
    const picture = new Image();
    picture.src = image;
    await picture.decode().catch(() => {});
    if (sheet.wanted === image) sheet.src = image;
  }

  cut() {
    const at = Number(this.range.value);
    this.frame.style.setProperty("--at", `${at}%`);
    const [left, right] = this.data.sides;
    this.range.setAttribute("aria-valuetext", `${Math.round(at)} % ${left.name}, the rest ${right.name}`);
  }
}

export default function ({ parentElement, data }) {
  const root = parentElement.querySelector(".root");
  root.view ??= new WipeView(root);
  root.view.update(data);
}
