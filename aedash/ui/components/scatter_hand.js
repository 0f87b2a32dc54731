// The hand on the latent map: hovering, touching, the wheel, dragging, two fingers, keys.

const STILL = 5; // pixels that a press may move and be a touch still
const WHEEL = 0.0016; // of zoom, a pixel of the wheel
const WAYS = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

class Hand {
  constructor(view) {
    Object.assign(this, { view, fingers: new Map(), way: 0 });
    const on = (name, act) => view.canvas.addEventListener(name, act.bind(this));
    on("pointerdown", this.down);
    on("pointermove", this.move);
    for (const name of ["pointerup", "pointercancel"]) on(name, this.up);
    on("pointerleave", () => view.hover(-1));
    on("click", (event) => this.way < STILL && view.touch(view.dotAt(...this.place(event)), event));
    on("wheel", this.wheel);
    on("keydown", this.press);
    on("blur", () => view.hover(-1));
  }

  place({ clientX, clientY }) {
    const { left, top } = this.view.canvas.getBoundingClientRect();
    return [clientX - left, clientY - top];
  }

  down(event) {
    if (!this.fingers.size) this.way = 0;
    this.fingers.set(event.pointerId, this.place(event));
    if (this.view.camera.zoom > 1 || this.fingers.size > 1) this.view.canvas.setPointerCapture(event.pointerId);
  }

  move(event) {
    const [now, before] = [this.place(event), this.fingers.get(event.pointerId)];
    if (!before) return this.view.hover(this.view.dotAt(...now));
    const [dx, dy] = [now[0] - before[0], now[1] - before[1]];
    this.way += Math.hypot(dx, dy);
    const other = [...this.fingers].find(([id]) => id !== event.pointerId)?.[1];
    this.fingers.set(event.pointerId, now);
    if (other) this.pinch(before, now, other);
    else this.view.moveBy(dx, dy);
  }

  pinch(before, now, other) {
    const span = (one) => Math.hypot(one[0] - other[0], one[1] - other[1]) || 1;
    this.view.zoomBy(span(now) / span(before), [(now[0] + other[0]) / 2, (now[1] + other[1]) / 2]);
  }

  up({ pointerId }) {
    this.fingers.delete(pointerId);
  }

  /** Zoomed out entirely, the wheel scrolls the page again. */
  wheel(event) {
    if (event.deltaY > 0 && this.view.camera.zoom === 1) return;
    event.preventDefault();
    this.view.zoomBy(Math.exp(-WHEEL * event.deltaY * (event.deltaMode ? 16 : 1)), this.place(event));
  }

  press(event) {
    const middle = [this.view.field.clientWidth / 2, this.view.field.clientHeight / 2];
    if (event.key in WAYS) this.view.step(WAYS[event.key]);
    else if (event.key === "Enter" || event.key === " ") this.view.touch(this.view.hovered);
    else if (event.key === "+" || event.key === "-") this.view.zoomBy(event.key === "+" ? 1.5 : 1 / 1.5, middle);
    else if (event.key === "0") this.view.zoomBy(0, middle);
    else return;
    event.preventDefault();
  }
}
