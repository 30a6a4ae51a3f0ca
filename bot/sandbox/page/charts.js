"use strict";
// data_visualization as SVG, with the same numbers one click away as a table.

const HEIGHT = 260;
const EDGE = { left: 52, right: 14, top: 12, bottom: 44 };

// Narrow screens get a narrower drawing, so that its words keep their size.
page.chartWidth = () => Math.min(560, Math.max(290, window.innerWidth - 100));

page.svg = function (tag, attributes, ...children) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes || {})) made.setAttribute(name, value);
  made.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined));
  return made;
};

page.number = (value) => new Intl.NumberFormat("en", { maximumFractionDigits: 2 }).format(value);

page.chart = function (block) {
  const chart = block.chart;
  const width = page.chartWidth();
  const drawn = chart.type === "pie" ? page.pie(chart.segments, width) : page.axes(chart, width);
  const names = chart.type === "pie" ? chart.segments.map((one) => one.label) : chart.series.map((one) => one.name);
  const label = `${block.title}: ${chart.type} chart. ${page.chartInWords(chart)}`;
  return page.node("figure", { class: "chart" },
    page.node("figcaption", {}, block.title),
    page.svg("svg", { viewBox: `0 0 ${width} ${HEIGHT}`, role: "img", "aria-label": label }, drawn),
    names.length > 1 || chart.type === "pie" ? page.legend(names) : null,
    page.node("details", {}, page.node("summary", {}, "View data"), page.chartTable(chart)));
};

page.chartInWords = function (chart) {
  if (chart.type === "pie") return chart.segments.map((one) => `${one.label} ${page.number(one.value)}`).join(", ");
  return chart.series.map((one) => `${one.name}: ${one.data.map((point) => `${point.label} ${page.number(point.value)}`).join(", ")}`).join("; ");
};

page.legend = (names) => page.node("ul", { class: "legend" }, names.map((name, place) =>
  page.node("li", {}, page.node("span", { class: `swatch s${place % 6}`, "aria-hidden": "true" }), name)));

page.chartTable = function (chart) {
  const pie = chart.type === "pie";
  const head = pie ? ["", "Value"] : ["", ...chart.series.map((one) => one.name)];
  const rows = pie ? chart.segments.map((one) => [one.label, one.value])
    : chart.axis_config.categories.map((name, place) => [name, ...chart.series.map((one) => one.data[place].value)]);
  return page.node("div", { class: "table-wrap" }, page.node("table", { class: "table" },
    page.node("thead", {}, page.node("tr", {}, head.map((cell) => page.node("th", { scope: "col" }, cell)))),
    page.node("tbody", {}, rows.map((row) => page.node("tr", {}, row.map((cell, place) =>
      place ? page.node("td", { class: "right" }, page.number(cell)) : page.node("th", { scope: "row" }, cell)))))));
};

page.niceStep = function (span, wanted) {
  const rough = span / wanted || 1;
  const power = 10 ** Math.floor(Math.log10(rough));
  return [1, 2, 2.5, 5, 10].map((step) => step * power).find((step) => step >= rough);
};

page.scale = function (values) {
  const most = Math.max(0, ...values);
  const least = Math.min(0, ...values);
  const step = page.niceStep(most - least || 1, 4);
  const top = Math.ceil(most / step) * step || step;
  const bottom = Math.floor(least / step) * step;
  const plot = HEIGHT - EDGE.top - EDGE.bottom;
  const ticks = [];
  for (let tick = bottom; tick <= top + step / 2; tick += step) ticks.push(tick);
  return { ticks, y: (value) => EDGE.top + plot * (1 - (value - bottom) / (top - bottom)) };
};

page.axes = function (chart, width) {
  const categories = chart.axis_config.categories;
  const scale = page.scale(chart.series.flatMap((one) => one.data.map((point) => point.value)));
  const band = (width - EDGE.left - EDGE.right) / categories.length;
  const centre = (place) => EDGE.left + band * (place + 0.5);
  const grid = scale.ticks.map((tick) => [
    page.svg("line", { class: "grid", x1: EDGE.left, x2: width - EDGE.right, y1: scale.y(tick), y2: scale.y(tick) }),
    page.svg("text", { class: "tick", x: EDGE.left - 8, y: scale.y(tick) + 4, "text-anchor": "end" }, page.number(tick)),
  ]);
  const inside = (name, at) => at + name.length * 3.4 > width ? { x: width - 2, "text-anchor": "end" } : { x: at, "text-anchor": "middle" };
  // As many as find room beside each other, counted from the last, which is never left out.
  const room = Math.max(62, ...categories.map((name) => name.length * 6.8 + 14));
  const every = Math.ceil((categories.length * room) / (width - EDGE.left));
  const labels = categories.map((name, place) => (categories.length - 1 - place) % every ? null :
    page.svg("text", { class: "tick", y: HEIGHT - EDGE.bottom + 18, ...inside(name, centre(place)) }, name));
  const draw = chart.type === "bar" ? page.bars : page.curves;
  return [grid, labels, page.axisNames(chart.axis_config, width), draw(chart, scale, band, centre)];
};

page.axisNames = function (axis, width) {
  const middle = (HEIGHT - EDGE.bottom + EDGE.top) / 2;
  return [
    axis.x_label ? page.svg("text", { class: "axis", x: (width + EDGE.left) / 2, y: HEIGHT - 6, "text-anchor": "middle" }, axis.x_label) : null,
    axis.y_label ? page.svg("text", { class: "axis", x: 12, y: middle, "text-anchor": "middle", transform: `rotate(-90 12 ${middle})` }, axis.y_label) : null,
  ];
};

page.bars = function (chart, scale, band, centre) {
  const inner = band * 0.72;
  const each = inner / chart.series.length;
  return chart.series.map((one, series) => one.data.map((point, place) => {
    const y = Math.min(scale.y(point.value), scale.y(0));
    const height = Math.abs(scale.y(point.value) - scale.y(0));
    const x = centre(place) - inner / 2 + each * series;
    return page.svg("rect", { class: `s${series % 6}`, x, y, width: Math.max(1, each - 1.5), height: Math.max(0.5, height), rx: Math.min(3, each / 4) },
      page.svg("title", {}, `${one.name}, ${point.label}: ${page.number(point.value)}`));
  }));
};

page.curves = (chart, scale, band, centre) => chart.series.map(function (one, series) {
  const points = one.data.map((point, place) => `${centre(place)},${scale.y(point.value)}`);
  const ends = [`${centre(one.data.length - 1)},${scale.y(0)}`, `${centre(0)},${scale.y(0)}`];
  return [
    chart.type === "area" ? page.svg("polygon", { class: `area s${series % 6}`, points: [...points, ...ends].join(" ") }) : null,
    page.svg("polyline", { class: `line s${series % 6}`, points: points.join(" ") }),
    one.data.map((point, place) => page.svg("circle", { class: `s${series % 6}`, cx: centre(place), cy: scale.y(point.value), r: 3.2 },
      page.svg("title", {}, `${one.name}, ${point.label}: ${page.number(point.value)}`))),
  ];
});

page.pie = function (segments, width) {
  const total = segments.reduce((sum, one) => sum + one.value, 0);
  const [cx, cy, radius, hole] = [width / 2, HEIGHT / 2, 112, 62];
  let turned = 0;
  const at = (share, r) => [cx + r * Math.sin(2 * Math.PI * share), cy - r * Math.cos(2 * Math.PI * share)];
  return segments.map(function (one, place) {
    const share = Math.min(one.value / total, 0.99999);
    const [from, to] = [turned, turned + share];
    turned = to;
    const large = share > 0.5 ? 1 : 0;
    const path = `M${at(from, radius)}A${radius} ${radius} 0 ${large} 1 ${at(to, radius)}L${at(to, hole)}A${hole} ${hole} 0 ${large} 0 ${at(from, hole)}Z`;
    return page.svg("path", { class: `slice s${place % 6}`, d: path },
      page.svg("title", {}, `${one.label}: ${page.number(one.value)} (${Math.round((100 * one.value) / total)}%)`));
  });
};
