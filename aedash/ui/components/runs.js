// The table of runs. Headings sort on the server; ticks live here, and are told whole, so that a quick hand loses none.

class RunsView {
  constructor(root) {
    this.root = root;
    this.chosen = new Set();
    const bar = htmlNode("div", root, "sorting");
    htmlNode("label", bar, "", "Sort by").htmlFor = "by";
    this.by = htmlNode("select", bar);
    this.by.id = "by";
    this.by.addEventListener("change", () => this.tell("sort", this.by.value));
    this.way = htmlNode("button", bar, "chip switch");
    this.way.addEventListener("click", () => this.tell("sort", this.data.sort));
    const scroll = htmlNode("div", root, "scroll");
    this.table = htmlNode("table", scroll);
    this.table.setAttribute("aria-label", "Runs, a line each");
    this.head = htmlNode("tr", htmlNode("thead", this.table));
    this.body = htmlNode("tbody", this.table);
    this.body.addEventListener("keydown", (event) => this.press(event));
    this.foot = htmlNode("div", root, "foot");
    this.back = this.turn("Previous page", "‹", -1);
    this.place = htmlNode("span", this.foot);
    this.next = this.turn("Next page", "›", 1);
    htmlNode("span", this.foot, "keys", "Arrows move, Space ticks, Enter opens, Page Up and Page Down turn.");
  }

  turn(title, sign, step) {
    const button = htmlNode("button", this.foot, "chip switch", sign);
    assign(button, { "aria-label": title, title });
    button.addEventListener("click", () => this.go(step));
    return button;
  }

  go(step) {
    const page = this.data.page + step;
    if (page >= 1 && page <= this.data.pages) this.tell("page", page);
  }

  update(data, tell) {
    const turned = this.data?.page !== data.page;
    if (this.stamp !== data.stamp) this.chosen = new Set(data.chosen);
    this.stamp = data.stamp;
    Object.assign(this, { data, tell });
    this.headings();
    this.lines();
    this.ticks();
    this.place.textContent = data.pages > 1 ? `Page ${withCommas(String(data.page))} of ${withCommas(String(data.pages))}` : "";
    this.back.disabled = data.page <= 1;
    this.next.disabled = data.page >= data.pages;
    for (const button of [this.back, this.next]) button.hidden = data.pages <= 1;
    if (turned) this.table.parentElement.scrollTop = 0;
  }

  headings() {
    const { heads, sort, rising } = this.data;
    this.head.replaceChildren();
    this.whole = htmlNode("input", htmlNode("th", this.head, "tick"));
    assign(this.whole, { type: "checkbox", "aria-label": "Tick all on this page" });
    this.whole.addEventListener("change", () => this.mark(this.ids(), this.whole.checked));
    for (const { name, title, help, end } of heads) {
      const cell = htmlNode("th", this.head, end ? "end" : "");
      const on = name === sort;
      cell.setAttribute("aria-sort", on ? (rising ? "ascending" : "descending") : "none");
      if (!name) {
        htmlNode("span", cell, "", title);
        continue;
      }
      const button = htmlNode("button", cell, on ? "on" : "", title);
      button.title = help ? `${help} A press sorts all by it.` : "A press sorts all by it.";
      htmlNode("i", button, on ? (rising ? "up" : "down") : "");
      button.addEventListener("click", () => this.tell("sort", name));
    }
    this.by.replaceChildren(...heads.filter(({ name }) => name).map(({ name, title }) => new Option(title, name, false, name === sort)));
    this.way.textContent = (sort === "started" ? ["newest first", "oldest first"] : ["largest first", "smallest first"])[+rising];
  }

  lines() {
    const { lines, heads } = this.data;
    const at = this.rows().findIndex((row) => row.contains(this.root.getRootNode().activeElement));
    this.body.replaceChildren(...lines.map((line) => this.line(line, heads)));
    const titles = this.titles();
    if (titles.length) titles[clamp(at, 0, titles.length - 1)].tabIndex = 0;
    if (at >= 0) titles[Math.min(at, titles.length - 1)]?.focus();
  }

  line({ id, state, cells, pinned, note }, heads) {
    const row = document.createElement("tr");
    row.dataset.id = id;
    const tick = htmlNode("input", htmlNode("td", row, "tick"));
    assign(tick, { type: "checkbox", tabindex: -1, "aria-label": `Tick ${cells[0]}` });
    tick.addEventListener("click", (event) => this.click(event, id, tick.checked));
    cells.forEach((text, i) => {
      const { end, brief, title } = heads[i];
      const cell = htmlNode("td", row, [end ? "end" : "", brief ? "brief" : ""].join(" "));
      if (i === 0) return this.title(cell, id, text, pinned, note);
      if (text === "\u2013") cell.classList.add("none");
      if (i > 1) return Object.assign(cell, { textContent: text }).setAttribute("data-of", title);
      const pill = htmlNode("span", cell, `pill ${state}`);
      htmlNode("i", pill);
      pill.append(text);
    });
    return row;
  }

  title(cell, id, text, pinned, note) {
    const button = htmlNode("button", cell, "open", text);
    button.tabIndex = -1;
    button.title = note ? `${text}\n${note}` : text;
    button.addEventListener("click", () => this.tell("open", id));
    cell.classList.add("named");
    if (pinned) htmlNode("span", cell, "mark", "pinned");
    if (note) htmlNode("span", cell, "mark", "note").title = note;
  }

  rows() {
    return [...this.body.children];
  }

  titles() {
    return [...this.body.querySelectorAll("button.open")];
  }

  ids() {
    return this.data.lines.map(({ id }) => id);
  }

  /** With Shift all lines between the last tick and this one. */
  click(event, id, on) {
    const ids = this.ids();
    const from = event.shiftKey ? ids.indexOf(this.last) : -1;
    const to = ids.indexOf(id);
    this.last = id;
    this.mark(from < 0 ? [id] : ids.slice(Math.min(from, to), Math.max(from, to) + 1), on);
  }

  mark(ids, on) {
    for (const id of ids) on ? this.chosen.add(id) : this.chosen.delete(id);
    this.ticks();
    this.tell("chosen", [...this.chosen]);
  }

  ticks() {
    const on = this.rows().filter((row) => {
      const ticked = this.chosen.has(row.dataset.id);
      row.querySelector("input").checked = ticked;
      row.classList.toggle("on", ticked);
      return ticked;
    });
    this.whole.checked = on.length > 0 && on.length === this.data.lines.length;
    this.whole.indeterminate = on.length > 0 && !this.whole.checked;
  }

  press(event) {
    const titles = this.titles();
    const at = titles.indexOf(this.root.getRootNode().activeElement);
    if (at < 0) return;
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: titles.length - 1 }[event.key];
    const step = { PageDown: 1, PageUp: -1 }[event.key];
    if (to === undefined && step === undefined && event.key !== " ") return;
    event.preventDefault();
    if (step) return this.go(step);
    const id = this.ids()[at];
    if (event.key === " ") return this.mark([id], !this.chosen.has(id));
    if (!titles[to]) return;
    titles[at].tabIndex = -1;
    titles[to].tabIndex = 0;
    titles[to].focus();
  }
}

export default function ({ parentElement, data, setTriggerValue }) {
  const root = parentElement.querySelector(".root");
  root.view ??= new RunsView(root);
  root.view.update(data, setTriggerValue);
}
