"use strict";
// Modals and the Home tab.

page.values = {};

page.viewContext = function (view) {
  const values = (page.values[view.id] ||= {});
  const at = (block, element) => (values[block.block_id] ||= {});
  return {
    ...page.context(), errors: view.errors,
    keep: (block, element, value) => { at(block, element)[element.action_id] = value; },
    kept: (block, element) => at(block, element)[element.action_id],
    act: (block, element, value) => page.control("click", { user: page.state.me, view_id: view.id, block_id: block.block_id, action_id: element.action_id, value, values }),
    suggest: (block, element, value) => page.suggest(block, element, value, { type: "view", view_id: view.id }),
  };
};

page.suggest = async function (block, element, value, container) {
  const outcome = await page.control("suggest", { user: page.state.me, action_id: element.action_id, block_id: block.block_id, value, container });
  return (outcome && outcome.answer && (outcome.answer.options || (outcome.answer.option_groups || []).flatMap((group) => group.options))) || [];
};

page.drawModal = function () {
  const dialog = document.getElementById("modal");
  const view = page.state.modals.at(-1);
  const key = view ? `${view.id}/${view.rev}` : "";
  if (dialog.dataset.key === key) return;
  dialog.dataset.key = key;
  if (!view) return dialog.close();
  const focused = dialog.contains(document.activeElement) ? document.activeElement.dataset.action : "";
  dialog.replaceChildren(...page.modalParts(view));
  if (!dialog.open) dialog.showModal();
  const invalid = dialog.querySelector("[aria-invalid]");
  const again = focused ? [...dialog.querySelectorAll("[data-action]")].find((one) => one.dataset.action === focused) : null;
  const first = dialog.querySelector(".modal-body input, .modal-body textarea, .modal-body select");
  return (invalid || again || first || dialog.querySelector("button")).focus();
};

page.modalParts = function (view) {
  const context = page.viewContext(view);
  const form = page.node("form", { class: "modal-form", novalidate: true, onsubmit: (event) => { event.preventDefault(); page.submitView(view); } },
    page.node("header", {}, page.node("span", { class: "avatar bot", "aria-hidden": "true" }, "cx"), page.node("h2", { id: "modal-title" }, page.plain(view.title)),
      page.node("button", { type: "button", class: "icon-button", "aria-label": "Close", onclick: () => page.closeView(view) }, "✕")),
    page.node("div", { class: "modal-body" }, page.blocks(view.blocks, context)),
    page.node("p", { class: "modal-notice", role: "alert" }),
    view.submit || view.close ? page.node("footer", {},
      page.node("button", { type: "button", class: "button", onclick: () => page.closeView(view) }, page.plain(view.close) || "Cancel"),
      view.submit ? page.node("button", { type: "submit", class: "button primary" }, page.plain(view.submit)) : null) : null);
  document.getElementById("modal").setAttribute("aria-labelledby", "modal-title");
  return [form];
};

page.submitView = async function (view) {
  const outcome = await page.control("submit", { user: page.state.me, view_id: view.id, values: page.values[view.id] || {} });
  if (outcome && outcome.failure) document.querySelector(".modal-notice").textContent = `The app did not take it (${outcome.failure}). Try again?`;
};

page.closeView = (view) => page.control("close", { user: page.state.me, view_id: view.id });

page.drawHome = function () {
  const box = document.getElementById("home");
  const view = page.state.home;
  const key = view ? `${view.id}/${view.rev}` : "none";
  if (box.dataset.key === key) return;
  box.dataset.key = key;
  box.replaceChildren(view ? page.node("div", { class: "home-body" }, page.blocks(view.blocks, page.viewContext(view)))
    : page.node("p", { class: "empty" }, "The app has not published a Home tab yet."));
};
