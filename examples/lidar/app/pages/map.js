// A map of tiles on a canvas: shaded relief below, elevation colours above, moved by dragging and zoomed by the wheel.

const TILE = 256;
const LAYERS = ["hillshade", "elevation"];

export class Map {
  // `onPlace(survey, x, y)` is called with the survey's coordinates when the pointer rests.
  constructor(box, canvas, onPlace) {
    Object.assign(this, { box, canvas, onPlace, survey: null, opacity: 1, tiles: {}, queued: false });
    new ResizeObserver(() => this.resize()).observe(box);
    this.listen();
  }

  show(survey) {
    this.survey = survey;
    this.tiles = {};
    this.zooms = Math.max(0, Math.ceil(Math.log2(Math.max(survey.facts.width, survey.facts.height) / TILE)));
    this.fit();
  }

  setOpacity(opacity) {
    this.opacity = opacity;
    this.draw();
  }

  // Scale is screen pixels for each cell; left and top are where the survey's corner is on the screen.
  fit() {
    if (!this.survey) return;
    const { width, height } = this.survey.facts;
    const { clientWidth, clientHeight } = this.box;
    this.scale = 0.94 * Math.min(clientWidth / width, clientHeight / height);
    this.left = (clientWidth - width * this.scale) / 2;
    this.top = (clientHeight - height * this.scale) / 2;
    this.draw();
  }

  resize() {
    const ratio = window.devicePixelRatio;
    this.canvas.width = this.box.clientWidth * ratio;
    this.canvas.height = this.box.clientHeight * ratio;
    this.canvas.style.width = `${this.box.clientWidth}px`;
    this.fit();
  }

  zoomAt(x, y, factor) {
    if (!this.survey) return;
    const scale = Math.min(16, Math.max(0.05, this.scale * factor));
    this.left = x - (x - this.left) * scale / this.scale;
    this.top = y - (y - this.top) * scale / this.scale;
    this.scale = scale;
    this.draw();
  }

  listen() {
    let from = null;
    let rest = 0;
    this.box.addEventListener("pointerdown", (event) => {
      from = [event.clientX, event.clientY];
      this.box.setPointerCapture(event.pointerId);
    });
    this.box.addEventListener("pointermove", (event) => {
      clearTimeout(rest);
      if (from && this.survey) {
        this.left += event.clientX - from[0];
        this.top += event.clientY - from[1];
        from = [event.clientX, event.clientY];
        this.draw();
      } else {
        rest = setTimeout(() => this.tellPlace(event), 80);
      }
    });
    for (const end of ["pointerup", "pointercancel"]) this.box.addEventListener(end, () => { from = null; });
    this.box.addEventListener("wheel", (event) => {
      event.preventDefault();
      const { left, top } = this.box.getBoundingClientRect();
      this.zoomAt(event.clientX - left, event.clientY - top, Math.exp(-event.deltaY / 400));
    }, { passive: false });
    this.box.addEventListener("dblclick", () => this.fit());
    this.box.addEventListener("keydown", ({ key }) => {
      const factor = { "+": 1.4, "=": 1.4, "-": 1 / 1.4 }[key];
      if (factor) this.zoomAt(this.box.clientWidth / 2, this.box.clientHeight / 2, factor);
    });
  }

  tellPlace(event) {
    if (!this.survey) return;
    const { bounds, cell } = this.survey.facts;
    const { left, top } = this.box.getBoundingClientRect();
    const x = bounds.min[0] + (event.clientX - left - this.left) / this.scale * cell;
    const y = bounds.max[1] - (event.clientY - top - this.top) / this.scale * cell;
    this.onPlace(this.survey, x, y);
  }

  draw() {
    if (this.queued || !this.survey) return;
    this.queued = true;
    requestAnimationFrame(() => { this.queued = false; this.paint(); });
  }

  paint() {
    const ratio = window.devicePixelRatio;
    const context = this.canvas.getContext("2d");
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    context.imageSmoothingEnabled = this.scale * ratio < 4;
    // The coarsest zoom that has a pixel for each pixel of the screen.
    const wanted = this.zooms + Math.ceil(Math.log2(this.scale * ratio));
    const zoom = Math.min(this.zooms, Math.max(0, wanted));
    const side = TILE * 2 ** (this.zooms - zoom) * this.scale;
    const { width, height } = this.survey.facts;
    for (const layer of LAYERS) {
      context.globalAlpha = layer === "elevation" ? this.opacity : 1;
      for (let row = 0; row * side < height * this.scale; row++) {
        for (let column = 0; column * side < width * this.scale; column++) {
          const [x, y] = [this.left + column * side, this.top + row * side];
          const seen = x < this.box.clientWidth && y < this.box.clientHeight && x + side > 0 && y + side > 0;
          const tile = seen && this.tile(`${layer}/${zoom}/${column}/${row}`);
          if (tile) context.drawImage(tile, x * ratio, y * ratio, side * ratio, side * ratio);
        }
      }
    }
  }

  // A tile if it is there; else it is fetched, and drawn when it comes.
  tile(path) {
    if (!(path in this.tiles)) {
      const image = this.tiles[path] = new Image();
      image.onload = () => this.draw();
      image.src = `api/surveys/${this.survey.id}/${path}.png`;
    }
    const image = this.tiles[path];
    return image.complete && image.naturalWidth ? image : null;
  }
}
