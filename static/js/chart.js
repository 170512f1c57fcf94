// <line-chart>: draws the table inside it. The first column is x, each other one a series named by its header's data-key.
// live({step, values}) adds a point. uPlot is loaded when the first chart becomes visible.
const ROW_LIMIT = 2000;
let library;

function loadLibrary({ uplot, uplotStyle }) {
  library ??= new Promise((resolve, reject) => {
    document.head.append(Object.assign(document.createElement("link"), { rel: "stylesheet", href: uplotStyle }));
    document.head.append(Object.assign(document.createElement("script"), { src: uplot, onload: () => resolve(window.uPlot), onerror: reject }));
  });
  return library;
}

class LineChart extends HTMLElement {
  connectedCallback() {
    this.place = this.querySelector(".plot");
    this.table = this.querySelector("table");
    this.outputs = [...this.querySelectorAll("output")];
    this.keys = [...this.table.tHead.rows[0].cells].slice(1).map((cell) => cell.dataset.key ?? cell.textContent.trim());
    this.points = this.read();
    this.seen = new IntersectionObserver(([entry]) => entry.isIntersecting && this.draw(), { rootMargin: "200px" });
    this.seen.observe(this);
    this.sized = new ResizeObserver(() => this.plot?.setSize(this.plotSize()));
    this.sized.observe(this.place);
    this.retheme = () => this.plot && this.redraw();
    document.addEventListener("banyan:theme", this.retheme);
  }

  disconnectedCallback() {
    this.seen.disconnect();
    this.sized.disconnect();
    document.removeEventListener("banyan:theme", this.retheme);
    this.plot?.destroy();
  }

  read() {
    const number = (cell) => (cell?.textContent.trim() ? Number(cell.dataset.value ?? cell.textContent) : null);
    return [...this.table.tBodies[0].rows].map((row) => [...row.cells].map(number)).filter((row) => Number.isFinite(row[0]));
  }

  columns() {
    const sorted = [...this.points].sort((a, b) => a[0] - b[0]);
    return [0, ...this.keys.map((_, index) => index + 1)].map((column) => sorted.map((row) => row[column] ?? null));
  }

  plotSize() {
    return { width: this.place.clientWidth, height: this.place.clientHeight };
  }

  color(name) {
    const probe = this.place.appendChild(document.createElement("i"));
    probe.style.color = `var(--${name})`;
    const value = getComputedStyle(probe).color;
    probe.remove();
    return value;
  }

  async draw() {
    if (this.plot || this.drawing || !this.points.length) return;
    this.drawing = true;
    this.seen.disconnect();
    await loadLibrary(this.dataset);
    this.redraw();
  }

  redraw() {
    this.plot?.destroy();
    this.place.replaceChildren();
    this.plot = new window.uPlot(this.options(), this.columns(), this.place);
    this.tell(null);
  }

  axis(size) {
    const grid = { stroke: this.color("line"), width: 1 };
    return { stroke: this.color("soft"), font: `12px ${getComputedStyle(this).fontFamily}`, grid, ticks: { ...grid, size: 4 }, size, gap: 6 };
  }

  // Short tick labels; scientific notation below 0.001.
  tick(value) {
    if (value === 0) return "0";
    return Math.abs(value) < 0.001 ? value.toExponential(1).replace(".0e", "e") : String(Number(value.toPrecision(6)));
  }

  options() {
    return {
      ...this.plotSize(),
      padding: [8, 12, 0, 0],
      legend: { show: false },
      scales: { x: { time: false }, y: this.dataset.scale === "log" ? { distr: 3 } : {} },
      axes: [{ ...this.axis(30), space: 70 }, { ...this.axis(56), space: 36, values: (_, splits) => splits.map(this.tick) }],
      cursor: { y: false, points: { size: 7 }, drag: { x: true, y: false } },
      series: [{}, ...this.keys.map((_, index) => this.series(index))],
      hooks: { setCursor: [(plot) => this.tell(plot.cursor.idx)] },
    };
  }

  series(index) {
    const sparse = this.points.filter((row) => row[index + 1] != null).length < 40;
    return { stroke: this.color(`series-${(index % 8) + 1}`), width: 2, spanGaps: true, points: { show: sparse, size: 5 } };
  }

  // The values at the pointer, else the last ones.
  tell(at) {
    const [steps, ...columns] = this.columns();
    this.outputs.forEach((output, index) => {
      const values = columns[index] ?? [];
      const value = at == null ? values.findLast((each) => each != null) : values[at];
      output.textContent = value == null ? "" : this.tick(Number(value.toPrecision(4)));
    });
    const place = this.querySelector(".at");
    if (place) place.textContent = at == null || steps[at] == null ? "" : `${place.dataset.name} ${steps[at]}`;
  }

  live({ step, values }) {
    if (step == null || !values || !this.keys.some((key) => key in values)) return;
    const row = [step, ...this.keys.map((key) => values[key] ?? null)];
    const same = this.points.find((point) => point[0] === step);
    if (same) row.forEach((value, index) => (same[index] = value ?? same[index]));
    else this.points.push(row);
    this.write(same ?? row);
    this.pending ??= requestAnimationFrame(() => this.update());
  }

  write(row) {
    const body = this.table.tBodies[0];
    const cells = row.map((value) => Object.assign(document.createElement("td"), { className: "number", textContent: value == null ? "" : Number(Number(value).toPrecision(6)) }));
    const line = [...body.rows].find((each) => Number(each.cells[0]?.textContent) === row[0]) ?? body.insertRow();
    line.replaceChildren(...cells);
    if (body.rows.length > ROW_LIMIT) body.rows[0].remove();
  }

  update() {
    this.pending = null;
    if (!this.plot) return this.draw();
    this.plot.setData(this.columns());
    this.tell(null);
  }
}

customElements.define("line-chart", LineChart);
