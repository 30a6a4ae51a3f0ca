"use strict";
// table and data_table.

page.cell = function (cell, context) {
  if (cell.type === "rich_text") return page.richText(cell, context);
  if (cell.type === "raw_number") return cell.text || page.number(cell.value);
  return page.withEmoji(cell.text || "");
};

page.cellValue = (cell) => (cell.type === "raw_number" ? cell.value : String(cell.text || "").toLowerCase());

page.table = function (block, context) {
  const settings = block.column_settings || [];
  const look = (place, cell) => {
    const column = settings[place] || {};
    const align = column.align || (cell.type === "raw_number" ? "right" : "left");
    return `${align} ${column.is_wrapped ? "wrapped" : ""}`;
  };
  const [head, ...rows] = block.rows;
  return page.node("div", { class: "table-wrap", tabindex: "0", role: "region", "aria-label": "Table" }, page.node("table", { class: "table" },
    page.node("thead", {}, page.node("tr", {}, head.map((cell, place) => page.node("th", { scope: "col", class: look(place, cell) }, page.cell(cell, context))))),
    page.node("tbody", {}, rows.map((row) => page.node("tr", {}, row.map((cell, place) => page.node("td", { class: look(place, cell) }, page.cell(cell, context))))))));
};

page.dataTable = function (block, context) {
  const [head, ...all] = block.rows;
  const shown = { page: 0, sort: -1, down: false, filter: "" };
  const size = block.page_size || 5;
  const box = page.node("div", { class: "data-table" });
  const draw = function () {
    const wanted = shown.filter.toLowerCase();
    const rows = all.filter((row) => !wanted || row.some((cell) => String(page.cellValue(cell)).toLowerCase().includes(wanted)));
    if (shown.sort >= 0) rows.sort((a, b) => page.compare(page.cellValue(a[shown.sort]), page.cellValue(b[shown.sort])) * (shown.down ? -1 : 1));
    const pages = Math.max(1, Math.ceil(rows.length / size));
    shown.page = Math.min(shown.page, pages - 1);
    box.replaceChildren(
      page.dataTableHead(block, shown, all.length > size, draw),
      page.dataTableBody(block, head, rows.slice(shown.page * size, (shown.page + 1) * size), shown, draw, context),
      pages > 1 ? page.dataTableFoot(shown, pages, rows.length, size, draw) : "");
  };
  draw();
  return box;
};

page.compare = (a, b) => (typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b), undefined, { numeric: true }));

page.dataTableHead = function (block, shown, searchable, draw) {
  const search = page.node("input", { type: "search", placeholder: "Filter", "aria-label": `Filter ${block.caption}`, value: shown.filter });
  search.addEventListener("change", () => { shown.filter = search.value; shown.page = 0; draw(); });
  return page.node("div", { class: "data-table-head" }, page.node("strong", {}, block.caption), searchable ? search : null);
};

page.dataTableBody = function (block, head, rows, shown, draw, context) {
  const sorted = (place) => (shown.sort !== place ? "none" : shown.down ? "descending" : "ascending");
  const numeric = (place) => block.rows[1][place].type === "raw_number";
  const press = (place) => () => { shown.down = shown.sort === place && !shown.down; shown.sort = place; draw(); };
  const heads = head.map((cell, place) => page.node("th", { scope: "col", "aria-sort": sorted(place), class: numeric(place) ? "right" : "" },
    page.node("button", { type: "button", class: "sort", onclick: press(place) }, page.cell(cell, context), page.node("span", { "aria-hidden": "true" },
      { none: "", ascending: " ▲", descending: " ▼" }[sorted(place)]))));
  const row = (cells) => page.node("tr", {}, cells.map((cell, place) => place === block.row_header_column_index
    ? page.node("th", { scope: "row" }, page.cell(cell, context))
    : page.node("td", { class: numeric(place) ? "right" : "" }, page.cell(cell, context))));
  return page.node("div", { class: "table-wrap", tabindex: "0", role: "region", "aria-label": block.caption },
    page.node("table", { class: "table" }, page.node("caption", { class: "visually-hidden" }, block.caption),
      page.node("thead", {}, page.node("tr", {}, heads)), page.node("tbody", {}, rows.map(row))));
};

page.dataTableFoot = function (shown, pages, total, size, draw) {
  const go = (step) => () => { shown.page += step; draw(); };
  const first = shown.page * size + 1;
  return page.node("div", { class: "data-table-foot" },
    page.node("span", {}, `${first}–${Math.min(total, first + size - 1)} of ${total}`),
    page.node("button", { type: "button", class: "small", disabled: shown.page === 0, onclick: go(-1), "aria-label": "Previous page" }, "‹"),
    page.node("button", { type: "button", class: "small", disabled: shown.page === pages - 1, onclick: go(1), "aria-label": "Next page" }, "›"));
};
