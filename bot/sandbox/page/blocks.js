"use strict";
// Blocks, one function each. A context knows users, channels, pictures, zone and language, and what to do when something is pressed.

page.blocks = function (blocks, context) {
  const tables = blocks.filter((block) => block.type === "table");
  const others = blocks.filter((block) => block.type !== "table");
  return [...others, ...tables].map((block) => page.block(block, context));
};

page.block = function (block, context) {
  const draw = page.BLOCKS[block.type];
  const made = draw ? draw(block, context) : page.node("p", { class: "unknown" }, `[${block.type}]`);
  made.classList.add("block", `block-${block.type}`);
  return made;
};

page.section = function (block, context) {
  const fields = block.fields ? page.node("div", { class: "fields" }, block.fields.map((field) => page.node("div", {}, page.textObject(field, context)))) : null;
  const words = page.node("div", { class: "section-text" }, block.text ? page.node("div", {}, page.textObject(block.text, context)) : null, fields);
  const beside = block.accessory ? page.node("div", { class: "accessory" }, page.accessory(block.accessory, block, context)) : null;
  return page.node("div", {}, words, beside);
};

page.accessory = (element, block, context) => (element.type === "image" ? page.picture(element, context, "thumb") : page.element(element, block, context));

page.pictureSource = function (image, context) {
  if (image.slack_file) return context.picture(image.slack_file.id) || null;
  return /^(https?:|data:image\/)/i.test(image.image_url || "") ? image.image_url : null;
};

page.picture = function (image, context, look) {
  const source = page.pictureSource(image, context);
  if (!source) return page.node("span", { class: "no-picture" }, image.alt_text);
  const made = page.node("img", { src: source, alt: image.alt_text, class: look, loading: "lazy" });
  if (look !== "picture-block") return made;
  return page.node("button", { type: "button", class: "picture-button", "aria-label": `Enlarge: ${image.alt_text}`, onclick: () => page.enlarge(source, image.alt_text) }, made);
};

page.enlarge = function (source, alt) {
  const dialog = document.getElementById("picture");
  if (!dialog) return;
  dialog.replaceChildren(page.node("button", { type: "button", class: "icon-button", "aria-label": "Close the picture", onclick: () => dialog.close() }, "✕"), page.node("img", { src: source, alt }));
  dialog.showModal();
};

page.imageBlock = (block, context) => page.node("figure", {},
  block.title ? page.node("figcaption", {}, page.plain(block.title)) : null, page.picture(block, context, "picture-block"));

page.contextBlock = (block, context) => page.node("div", {}, block.elements.map((element) =>
  (element.type === "image" ? page.picture(element, context, "tiny") : page.node("span", {}, page.textObject(element, context)))));

page.actionsBlock = (block, context) => page.node("div", {}, block.elements.map((element) => page.element(element, block, context)));

page.inputBlock = function (block, context) {
  const error = context.errors && context.errors[block.block_id];
  const element = page.element(block.element, block, context);
  const field = element.matches("input,select,textarea") ? element : element.querySelector("input,select,textarea");
  const label = page.node("label", {}, page.plain(block.label), block.optional ? page.node("span", { class: "optional" }, " (optional)") : null);
  if (field && !element.matches(".boxes")) {
    field.id = field.id || page.freshId();
    label.htmlFor = field.id;
    field.removeAttribute("aria-label");
  }
  const note = page.node("p", { class: "input-error", id: page.freshId() }, error || "");
  if (error && field) {
    field.setAttribute("aria-invalid", "true");
    field.setAttribute("aria-describedby", note.id);
  }
  return page.node("div", { class: error ? "has-error" : "" }, label, element, error ? note : null, block.hint ? page.node("p", { class: "hint" }, page.plain(block.hint)) : null);
};

page.card = (block, context) => page.node("article", {},
  block.hero_image ? page.picture(block.hero_image, context, "hero") : null,
  block.title ? page.node("h4", {}, page.textObject(block.title, context)) : null,
  block.subtitle ? page.node("p", { class: "subtitle" }, page.textObject(block.subtitle, context)) : null,
  block.body ? page.node("p", {}, page.textObject(block.body, context)) : null,
  block.actions ? page.actionsBlock({ ...block, elements: block.actions }, context) : null);

page.container = function (block, context) {
  const inside = page.node("div", { class: "container-body" }, page.blocks(block.child_blocks, context));
  const title = block.title ? page.plain(block.title) : "";
  if (!block.is_collapsible) return page.node("section", {}, title ? page.node("h4", {}, title) : null, inside);
  return page.node("details", { open: !block.default_collapsed }, page.node("summary", {}, title || "Details"), inside);
};

page.alertBlock = (block, context) => page.node("div", { class: `level-${block.level || "default"}`, role: "note" }, page.textObject(block.text, context));

page.BLOCKS = {
  section: page.section,
  header: (block) => page.node("h3", {}, page.plain(block.text)),
  context: page.contextBlock,
  divider: () => page.node("hr"),
  actions: page.actionsBlock,
  context_actions: page.actionsBlock,
  image: page.imageBlock,
  rich_text: page.richText,
  markdown: (block, context) => page.markdown(block.text, context),
  table: page.table,
  data_table: page.dataTable,
  data_visualization: (block) => page.chart(block),
  input: page.inputBlock,
  alert: page.alertBlock,
  card: page.card,
  carousel: (block, context) => page.node("div", {}, block.elements.map((card) => page.block(card, context))),
  container: page.container,
  video: (block) => page.node("p", {}, page.link(block.video_url, page.plain(block.title))),
};
