// The hand on the large map: that of the small one, and a lasso, by pointer and by keys.

const LEAP = 12; // pixels of the lasso's cross, and degrees of the map, for a press of an arrow key
const TRACE = 4; // pixels between two corners of a lasso that is drawn

class CloudHand extends Hand {
  constructor(view) {
    super(view);
    view.canvas.addEventListener("contextmenu", (event) => view.flat || event.preventDefault());
  }

  down(event) {
    super.down(event);
    const { lasso, flat, canvas, data } = this.view;
    if (this.fingers.size > 1) lasso.drop();
    else if (data?.tools && (lasso.drawing || event.shiftKey)) lasso.begin(this.place(event));
    if (lasso.path || !flat) canvas.setPointerCapture(event.pointerId);
  }

  move(event) {
    const { view } = this;
    const { path, cursor } = view.lasso;
    view.panning = event.ctrlKey || Boolean(event.buttons & 2);
    if (!path || cursor || !this.fingers.has(event.pointerId)) return super.move(event);
    const now = this.place(event);
    const last = path.at(-1);
    const way = Math.hypot(now[0] - last[0], now[1] - last[1]);
    if (way < TRACE) return;
    this.way += way;
    path.push(now);
    view.mark();
  }

  up(event) {
    super.up(event);
    const { lasso } = this.view;
    if (lasso.path && !lasso.cursor) lasso.close();
  }

  press(event) {
    const { view } = this;
    const { lasso } = view;
    const way = WAYS[event.key];
    view.panning = event.ctrlKey;
    if (event.key === "Escape") view.escape();
    else if (event.key.toLowerCase() === "l" && !event.ctrlKey && !event.metaKey && view.data.tools) lasso.key();
    else if (lasso.cursor && way) lasso.moveCursor(way, event.shiftKey ? 4 * LEAP : LEAP);
    else if (lasso.cursor && (event.key === "Enter" || event.key === " ")) lasso.setCorner();
    else if (way && event.shiftKey) view.moveBy(-LEAP * 2 * way[0], -LEAP * 2 * way[1]);
    else if (event.key === "Enter" || event.key === " ") view.touch(view.hovered, event);
    else return super.press(event);
    event.preventDefault();
  }
}
