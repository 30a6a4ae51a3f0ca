"use strict";
// Interactive elements. `context.act(block, element, value)` tells the app; `context.keep` remembers what was put in.

page.ids = 0;
page.freshId = () => `e${(page.ids += 1)}`;

page.element = function (element, block, context) {
  const maker = page.ELEMENTS[element.type];
  return maker ? maker(element, block, context) : page.node("span", { class: "unknown" }, `[${element.type}]`);
};

page.act = async function (element, block, context, value) {
  if (!context.act) return;
  if (element.confirm && !(await page.ask(element.confirm))) return;
  await context.act(block, element, value);
};

// A choice in an input block is only kept; elsewhere, or with dispatch_action, the app hears of it at once.
page.chosen = function (element, block, context, value) {
  context.keep(block, element, value);
  if (block.type !== "input" || block.dispatch_action) page.act(element, block, context, value);
};

page.kept = function (element, block, context, initial) {
  const kept = context.kept(block, element);
  return kept === undefined ? initial : kept;
};

page.button = function (element, block, context) {
  const attributes = { type: "button", class: `button ${element.style || ""}`, "data-action": element.action_id, "aria-label": element.accessibility_label };
  const made = page.node("button", attributes, page.plain(element.text));
  made.addEventListener("click", async () => {
    if (element.url && page.safeUrl(element.url)) window.open(element.url, "_blank", "noopener");
    made.classList.add("busy");
    await page.act(element, block, context, element.value);
    made.classList.remove("busy");
  });
  return made;
};

page.overflow = function (element, block, context) {
  const items = element.options.map((option) => page.node("button", { type: "button", role: "menuitem", onclick: () => {
    menu.open = false;
    if (option.url && page.safeUrl(option.url)) window.open(option.url, "_blank", "noopener");
    page.act(element, block, context, option.value);
  } }, page.plain(option.text)));
  const menu = page.node("details", { class: "menu", "data-action": element.action_id },
    page.node("summary", { class: "button", "aria-label": "More actions" }, "⋯"), page.node("div", { role: "menu" }, items));
  return page.closable(menu);
};

page.closable = function (menu) {
  menu.addEventListener("keydown", (event) => { if (event.key === "Escape") { menu.open = false; menu.querySelector("summary").focus(); event.stopPropagation(); } });
  menu.addEventListener("focusout", (event) => { if (!menu.contains(event.relatedTarget) && event.relatedTarget) menu.open = false; });
  return menu;
};

page.optionsOf = function (element, context) {
  const people = Object.values(context.users).filter((user) => !user.deleted).map((user) => ({ text: { text: user.real_name }, value: user.id }));
  const rooms = Object.values(context.channels).filter((channel) => channel.name).map((channel) => ({ text: { text: "#" + channel.name }, value: channel.id }));
  if (element.type.includes("users_select")) return [{ options: people }];
  if (element.type.includes("channels_select") || element.type.includes("conversations_select")) return [{ options: rooms }];
  return element.option_groups || [{ options: element.options || [] }];
};

page.initialOf = function (element) {
  const one = element.initial_option || element.initial_user || element.initial_conversation || element.initial_channel;
  return one && one.value !== undefined ? one.value : one;
};

page.select = function (element, block, context) {
  const kept = page.kept(element, block, context, page.initialOf(element));
  const option = (one) => page.node("option", { value: one.value, selected: one.value === kept }, page.plain(one.text));
  const groups = page.optionsOf(element, context).map((group) => group.label
    ? page.node("optgroup", { label: page.plain(group.label) }, group.options.map(option)) : group.options.map(option));
  const empty = page.node("option", { value: "", selected: kept === undefined || kept === null }, page.plain(element.placeholder) || "Choose…");
  const made = page.node("select", { class: "select", "data-action": element.action_id, "aria-label": page.labelOf(element, block) }, empty, groups);
  made.addEventListener("change", () => page.chosen(element, block, context, made.value || null));
  return made;
};

page.labelOf = (element, block) => page.plain(block.label) || page.plain(element.placeholder) || (block.text && block.text.text.replace(/[*_~`]/g, "")) || "Choose";

page.multi = function (element, block, context) {
  const initial = element.initial_options ? element.initial_options.map((one) => one.value)
    : element.initial_users || element.initial_channels || element.initial_conversations || [];
  const picked = new Set(page.kept(element, block, context, initial));
  const all = page.optionsOf(element, context).flatMap((group) => group.options);
  const summary = page.node("summary", { class: "select" });
  const say = () => { summary.textContent = all.filter((one) => picked.has(one.value)).map((one) => page.plain(one.text)).join(", ") || page.plain(element.placeholder) || "Choose…"; };
  const boxes = all.map((one) => page.node("label", {}, page.node("input", { type: "checkbox", checked: picked.has(one.value), onchange: (event) => {
    if (event.target.checked) picked.add(one.value); else picked.delete(one.value);
    say();
    page.chosen(element, block, context, [...picked]);
  } }), page.plain(one.text)));
  say();
  return page.closable(page.node("details", { class: "menu multi", "data-action": element.action_id }, summary, page.node("div", {}, boxes)));
};

page.external = function (element, block, context) {
  const list = page.node("datalist", { id: page.freshId() });
  const made = page.node("input", { type: "text", class: "text", list: list.id, "data-action": element.action_id, placeholder: page.plain(element.placeholder), "aria-label": page.labelOf(element, block) });
  let offered = [];
  made.addEventListener("input", async () => {
    const chosen = offered.find((one) => page.plain(one.text) === made.value);
    if (chosen) return page.chosen(element, block, context, chosen);
    if (made.value.length < (element.min_query_length ?? 3)) return undefined;
    offered = await context.suggest(block, element, made.value);
    return list.replaceChildren(...offered.map((one) => page.node("option", { value: page.plain(one.text) })));
  });
  return page.node("span", {}, made, list);
};

page.input = (type, initialName) => function (element, block, context) {
  const value = page.kept(element, block, context, element[initialName]);
  const multiline = type === "text" && element.multiline;
  const made = page.node(multiline ? "textarea" : "input", {
    type: multiline ? null : type, class: "text", "data-action": element.action_id, placeholder: page.plain(element.placeholder),
    maxlength: element.max_length, minlength: element.min_length, min: element.min_value, max: element.max_value,
    step: type === "number" && element.is_decimal_allowed ? "any" : null, "aria-label": page.labelOf(element, block), rows: multiline ? 4 : null,
  });
  if (value !== undefined && value !== null) made.value = value;
  const typing = ["text", "email", "url", "number"].includes(type);
  made.addEventListener("input", () => context.keep(block, element, made.value || null));
  made.addEventListener("change", () => { if (!typing) page.chosen(element, block, context, made.value || null); });
  made.addEventListener("keydown", (event) => { if (event.key === "Enter" && typing && block.dispatch_action) { event.preventDefault(); page.act(element, block, context, made.value); } });
  return made;
};

page.datetime = function (element, block, context) {
  const made = page.node("input", { type: "datetime-local", class: "text", "data-action": element.action_id, "aria-label": page.labelOf(element, block) });
  made.addEventListener("change", () => page.chosen(element, block, context, made.value ? Math.floor(new Date(made.value).getTime() / 1000) : null));
  return made;
};

page.boxes = (type) => function (element, block, context) {
  const many = type === "checkbox";
  const initial = many ? (element.initial_options || []).map((one) => one.value) : page.initialOf(element);
  const kept = page.kept(element, block, context, initial);
  const picked = new Set(many ? kept : [kept]);
  const name = page.freshId();
  const rows = element.options.map((option) => page.node("label", { class: "box" }, page.node("input", {
    type, name, value: option.value, checked: picked.has(option.value), onchange: (event) => {
      if (!many) picked.clear();
      if (event.target.checked) picked.add(option.value); else picked.delete(option.value);
      page.chosen(element, block, context, many ? [...picked] : option.value);
    },
  }), page.node("span", {}, page.textObject(option.text, context), option.description ? page.node("small", {}, page.textObject(option.description, context)) : null)));
  return page.node("div", { class: "boxes", role: many ? "group" : "radiogroup", "data-action": element.action_id, "aria-label": page.labelOf(element, block) }, rows);
};

page.feedback = function (element, block, context) {
  const one = (button, sign) => page.node("button", { type: "button", class: "button round", "aria-label": button.accessibility_label || page.plain(button.text), title: page.plain(button.text),
    onclick: () => page.act(element, block, context, button.value) }, sign);
  return page.node("span", { "data-action": element.action_id }, one(element.positive_button, "👍"), one(element.negative_button, "👎"));
};

page.iconButton = (element, block, context) => page.node("button", { type: "button", class: "button round", "data-action": element.action_id,
  "aria-label": element.accessibility_label || page.plain(element.text), title: page.plain(element.text), onclick: () => page.act(element, block, context, element.value) },
  element.icon === "trash" ? "🗑" : "•");

// A small question before a dangerous click; resolves to true or false.
page.ask = (confirm) => new Promise(function (resolve) {
  const dialog = document.getElementById("question");
  const finish = (answer) => () => { dialog.close(); resolve(answer); };
  dialog.replaceChildren(
    page.node("header", {}, page.node("h2", {}, page.plain(confirm.title))),
    page.node("div", { class: "modal-body" }, page.node("p", {}, page.plain(confirm.text))),
    page.node("footer", {}, page.node("button", { type: "button", class: "button", onclick: finish(false) }, page.plain(confirm.deny)),
      page.node("button", { type: "button", class: `button ${confirm.style || "primary"}`, onclick: finish(true) }, page.plain(confirm.confirm))));
  dialog.oncancel = finish(false);
  dialog.showModal();
});

page.ELEMENTS = {
  button: page.button, workflow_button: page.button, overflow: page.overflow,
  static_select: page.select, users_select: page.select, channels_select: page.select, conversations_select: page.select,
  multi_static_select: page.multi, multi_users_select: page.multi, multi_channels_select: page.multi, multi_conversations_select: page.multi,
  external_select: page.external, multi_external_select: page.external,
  plain_text_input: page.input("text", "initial_value"), email_text_input: page.input("email", "initial_value"),
  url_text_input: page.input("url", "initial_value"), number_input: page.input("number", "initial_value"),
  datepicker: page.input("date", "initial_date"), timepicker: page.input("time", "initial_time"), datetimepicker: page.datetime,
  checkboxes: page.boxes("checkbox"), radio_buttons: page.boxes("radio"), feedback_buttons: page.feedback, icon_button: page.iconButton,
};
