"use strict";
// The live page: what is open, what changed, what was typed.

page.state = null;
page.open = { user: page.remembered?.user || "", channel: "", thread: "", tab: "messages", traffic: 0, seen: {} };
page.messageValues = {};

const $ = (id) => document.getElementById(id);

page.remember = (name, value) => { try { localStorage.setItem("sandbox." + name, value); } catch { /* a private window forgets */ } };
page.recall = (name) => { try { return localStorage.getItem("sandbox." + name) || ""; } catch { return ""; } };

page.byId = (list) => Object.fromEntries(list.map((one) => [one.id, one]));

page.context = function () {
  const me = page.state.byUser[page.state.me];
  const files = page.byId(page.state.files);
  return {
    users: page.state.byUser, channels: page.state.byChannel, me: me.id, now: page.state.now, tz: me.tz, locale: me.locale || "en-US",
    picture: (id) => (files[id] && files[id].processed ? "/files/" + encodeURIComponent(id) : null),
    keep: () => undefined, kept: () => undefined, act: null, suggest: async () => [],
  };
};

page.messageContext = function (message) {
  const values = (page.messageValues[message.ts] ||= {});
  const at = (block) => (values[block.block_id] ||= {});
  return {
    ...page.context(), openThread: page.openThread,
    keep: (block, element, value) => { at(block)[element.action_id] = value; },
    kept: (block, element) => at(block)[element.action_id],
    act: (block, element, value) => page.control("click", { user: page.state.me, channel: message.channel, ts: message.ts, block_id: block.block_id, action_id: element.action_id, value, values }),
    suggest: (block, element, value) => page.suggest(block, element, value, { type: "message", message_ts: message.ts, channel_id: message.channel }),
  };
};

page.control = async function (name, args) {
  const response = await fetch("/control/" + name, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(args) });
  const answer = await response.json();
  if (answer.ok) return answer.result;
  page.toast(`${name}: ${answer.error}`);
  return null;
};

page.toast = function (text) {
  const made = page.node("div", { class: "toast" }, text);
  $("toasts").append(made);
  setTimeout(() => made.remove(), 6000);
};

page.refresh = async function () {
  const asked = page.open.user;
  const query = new URLSearchParams({ user: page.open.user, since: $("inspector").hidden ? "999999999" : String(page.open.traffic) });
  const response = await fetch("/state?" + query);
  const state = await response.json();
  if (asked !== page.open.user) return;
  state.byUser = page.byId(state.users);
  state.byChannel = page.byId([...state.channels, ...state.browsable]);
  page.state = state;
  page.open.user = state.me;
  if (!state.byChannel[page.open.channel]) page.open.channel = (state.channels.find((one) => one.name === "support") || state.channels[0]).id;
  page.draw();
};

page.draw = function () {
  page.drawSidebar();
  page.drawHead();
  page.drawMessages();
  page.drawThread();
  page.drawModal();
  page.drawHome();
  page.drawTraffic();
};

page.drawSidebar = function () {
  const { state } = page;
  $("team-name").textContent = state.team.name;
  $("sockets").textContent = state.connections ? `${state.connections} connected` : "app offline";
  $("sockets").classList.toggle("off", !state.connections);
  const people = state.users.filter((user) => !user.is_bot);
  const roles = (user) => (user.is_stranger ? " · external" : user.is_restricted ? " · guest" : user.is_admin ? " · admin" : user.profile.title === "Customer" ? " · customer" : "");
  $("act-as").replaceChildren(...people.map((user) => page.node("option", { value: user.id, selected: user.id === state.me }, user.real_name + roles(user))));
  const rooms = state.channels.filter((one) => !one.is_im);
  $("channels").replaceChildren(
    page.channelList("Channels", rooms), page.channelList("Browse", state.browsable), page.channelList("Apps", state.channels.filter((one) => one.is_im)));
};

page.channelList = function (title, channels) {
  if (!channels.length) return "";
  const rows = channels.map(function (one) {
    const last = page.state.messages.findLast((message) => message.channel === one.id && page.inMain(message));
    const isOpen = one.id === page.open.channel;
    if (isOpen && last) page.open.seen[one.id] = last.ts;
    const unread = last && !isOpen && last.user !== page.state.me && Number(last.ts) > Number(page.open.seen[one.id] || 0);
    const sign = one.is_im ? page.icon("app") : one.is_private ? page.icon("lock") : one.is_ext_shared ? "⇆" : "#";
    const words = page.channelTitle(one) + (one.is_ext_shared ? ", shared with another company" : one.is_private ? ", private" : "") + (unread ? ", unread" : "");
    return page.node("li", {}, page.node("button", { type: "button", class: unread ? "unread" : "", "aria-current": isOpen ? "page" : null, "aria-label": words, "data-channel": one.id,
      onclick: () => page.openChannel(one.id) }, page.node("span", { class: "sign", "aria-hidden": "true" }, sign), page.node("span", { class: "room" }, page.channelTitle(one)), unread ? page.node("span", { class: "dot", "aria-hidden": "true" }) : null));
  });
  return page.node("section", {}, page.node("h2", {}, title), page.node("ul", {}, rows));
};

page.channelTitle = (channel) => (channel.is_im ? page.state.bot.name : channel.name);

page.openChannel = function (id) {
  page.open.channel = id;
  page.open.thread = "";
  page.open.tab = "messages";
  document.body.classList.remove("sidebar-open");
  $("list").dataset.channel = "";
  page.draw();
  $("composer-text").focus({ preventScroll: true });
};

page.drawHead = function () {
  const channel = page.state.byChannel[page.open.channel];
  const member = channel.members.includes(page.state.me);
  const title = page.channelTitle(channel);
  $("channel-name").textContent = (channel.is_im ? "" : "# ") + title;
  document.title = `${title} · ${page.state.team.name}`;
  const outside = channel.is_ext_shared ? "Shared with another company · " : "";
  $("channel-topic").textContent = channel.is_im ? "App" : `${outside}${channel.members.length} members · ${channel.topic.value}`;
  $("tabs").hidden = !channel.is_im;
  const home = channel.is_im && page.open.tab === "home";
  $("tab-home").setAttribute("aria-selected", String(home));
  $("tab-messages").setAttribute("aria-selected", String(!home));
  $("home").hidden = !home;
  $("messages").hidden = home;
  $("composer").hidden = home || !member;
  $("composer-text").placeholder = `Message ${channel.is_im ? title : "#" + title}`;
};

// Failures that people are told about stand among the messages, as Slackbot would put them.
page.noticeRow = (notice) => ({ ts: String(notice.at), user: "USLACKBOT", system: true, channel: notice.channel, ephemeral_to: notice.user || page.state.me, text: notice.text.replace(/&/g, "&amp;").replace(/</g, "&lt;"), rev: `n${notice.id}` });

page.rowsOf = function (channel) {
  const said = page.state.messages.filter((message) => message.channel === channel && page.inMain(message));
  const failed = page.state.notices.filter((notice) => notice.channel === channel || (!notice.channel && page.state.byChannel[channel].is_im)).map(page.noticeRow);
  return [...said, ...failed].sort((a, b) => Number(a.ts) - Number(b.ts));
};

page.drawMessages = function () {
  const list = $("list");
  const box = $("messages");
  const rows = page.rowsOf(page.open.channel);
  const fresh = list.dataset.channel !== page.open.channel + page.state.me;
  if (fresh) page.open.atEnd = true;
  if (fresh) {
    list.replaceChildren();
    list.dataset.channel = page.open.channel + page.state.me;
  }
  const known = new Set([...list.children].map((child) => child.dataset.key));
  page.patch(list, page.messageItems(rows));
  if (!fresh) page.announce(rows.filter((row) => !known.has(page.rowKey(row)) && row.user !== page.state.me));
  page.keepAtEnd();
};

// Pictures come later than their messages: who reads the newest goes on reading it.
page.keepAtEnd = function () {
  const box = $("messages");
  if (page.open.atEnd) box.scrollTop = box.scrollHeight;
};

page.watchEnd = function () {
  const box = $("messages");
  box.addEventListener("scroll", () => { page.open.atEnd = box.scrollHeight - box.scrollTop - box.clientHeight < 120; });
  new ResizeObserver(page.keepAtEnd).observe($("list"));
};

page.rowKey = (row) => `${row.ts}/${row.rev}`;

page.messageItems = function (rows) {
  const items = [];
  let before = null;
  for (const row of rows) {
    const context = page.messageContext(row);
    const day = page.dayOf(row.ts, context);
    const newDay = !before || page.dayOf(before.ts, context) !== day;
    if (newDay) items.push({ key: "day " + day, make: () => page.node("div", { class: "day" }, page.node("span", {}, day)) });
    const grouped = !newDay && page.belongsTogether(before, row);
    items.push({ key: page.rowKey(row) + (grouped ? "g" : ""), make: () => page.message(row, context, { grouped }) });
    before = row;
  }
  if (!rows.length) items.push({ key: "empty", make: () => page.node("p", { class: "empty" }, "Nothing here yet. Type / to see what the app understands.") });
  return items;
};

// Bring a list to the wanted items, touching only what changed, so that focus and half-made choices survive.
page.patch = function (list, items) {
  const wanted = new Set(items.map((item) => item.key));
  for (const child of [...list.children]) if (!wanted.has(child.dataset.key)) child.remove();
  items.forEach(function (item, place) {
    const there = list.children[place];
    if (there && there.dataset.key === item.key) return;
    const known = [...list.children].find((child) => child.dataset.key === item.key);
    const made = known || item.make();
    made.dataset.key = item.key;
    list.insertBefore(made, there || null);
  });
};

page.announce = function (rows) {
  if (rows.length) $("live").textContent = rows.map((row) => `${page.nameOf(row, page.context())}: ${page.unescape(row.text || "")}`).join(" ").slice(0, 1000);
};

page.openThread = function (message) {
  page.open.thread = message.thread_ts || message.ts;
  $("inspector").hidden = true;
  page.draw();
  $("thread-text").focus();
};

page.drawThread = function () {
  $("thread").hidden = !page.open.thread;
  if (!page.open.thread) return;
  const rows = page.state.messages.filter((message) => message.channel === page.open.channel && (message.ts === page.open.thread || message.thread_ts === page.open.thread));
  page.patch($("thread-list"), rows.map((row) => ({ key: page.rowKey(row), make: () => page.message(row, page.messageContext(row), { inThread: true }) })));
};

page.drawTraffic = function () {
  if ($("inspector").hidden || !page.state.traffic.length) return;
  page.open.traffic = page.state.traffic.at(-1).id;
  const rows = page.state.traffic.map(function (entry) {
    const arrow = entry.direction === "in" ? "app → Slack" : "Slack → app";
    const failed = entry.answered && (entry.answered.ok === false || entry.answered.status);
    const text = JSON.stringify({ sent: entry.sent, answered: entry.answered }, null, 2);
    return page.node("li", { class: failed ? "failed" : "" }, page.node("details", {}, page.node("summary", {}, page.node("span", { class: `way ${entry.direction}` }, arrow), page.node("code", {}, entry.name),
      page.node("small", {}, failed ? entry.answered.error : entry.note)), page.node("pre", {}, text)));
  });
  $("traffic").prepend(...rows.reverse());
  while ($("traffic").children.length > 300) $("traffic").lastChild.remove();
};

page.send = async function (text, thread) {
  if (!text.trim()) return;
  const at = { user: page.state.me, channel: page.open.channel, text };
  if (/^\/[\w-]/.test(text) && !thread) await page.control("slash", at);
  else await page.control("say", { ...at, thread_ts: thread });
};

page.hintList = function () {
  const commands = page.state.commands.length ? page.state.commands : [{ name: "/cx", description: "Ask the app", usage_hint: "" }];
  const hints = commands.flatMap(function (command) {
    const ways = command.usage_hint.split("|").map((way) => way.replace(/[[\]]/g, "").trim()).filter(Boolean);
    const first = { text: command.name + " ", name: command.name, what: command.description };
    return [first, ...(ways.length > 1 ? ways.map((way) => ({ text: `${command.name} ${way}`, name: `${command.name} ${way}`, what: "" })) : [])];
  });
  return [...hints, { text: "/invite @" + page.state.bot.name, name: "/invite @" + page.state.bot.name, what: "Bring the app into this channel" }];
};

page.drawHints = function () {
  const typed = $("composer-text").value;
  const found = typed.startsWith("/") ? page.hintList().filter((hint) => hint.text.startsWith(typed) && hint.text !== typed) : [];
  $("hints").hidden = !found.length;
  page.open.hint = -1;
  $("hints").replaceChildren(...found.slice(0, 8).map((hint) => page.node("li", { role: "option", id: page.freshId(), "data-text": hint.text, onmousedown: (event) => { event.preventDefault(); page.takeHint(hint.text); } },
    page.node("strong", {}, hint.name), page.node("span", {}, hint.what))));
};

page.takeHint = function (text) {
  $("composer-text").value = text;
  $("composer-text").focus();
  page.drawHints();
};

page.moveHint = function (step) {
  const items = [...$("hints").children];
  page.open.hint = (page.open.hint + step + items.length) % items.length;
  items.forEach((item, place) => item.setAttribute("aria-selected", String(place === page.open.hint)));
  $("composer-text").setAttribute("aria-activedescendant", items[page.open.hint].id);
};

page.typing = function (event) {
  const hints = $("hints");
  if (!hints.hidden && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
    event.preventDefault();
    return page.moveHint(event.key === "ArrowDown" ? 1 : -1);
  }
  if (!hints.hidden && (event.key === "Tab" || event.key === "Enter") && page.open.hint >= 0) {
    event.preventDefault();
    return page.takeHint(hints.children[page.open.hint].dataset.text);
  }
  if (event.key === "Escape") hints.hidden = true;
  if (event.key === "Enter" && !event.shiftKey) {
    event.preventDefault();
    $("composer").requestSubmit();
  }
  return undefined;
};

page.theme = function (chosen) {
  if (chosen) document.documentElement.dataset.theme = chosen;
  else delete document.documentElement.dataset.theme;
  const dark = chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  $("toggle-theme").setAttribute("aria-pressed", String(dark));
  return dark;
};

page.grow = (box) => { box.style.height = "auto"; box.style.height = `${Math.min(box.scrollHeight, 180)}px`; };

page.wire = function () {
  $("act-as").addEventListener("change", () => {
    page.open.user = $("act-as").value;
    page.open.thread = "";
    page.remember("user", page.open.user);
    page.refresh();
  });
  page.watchEnd();
  $("composer").addEventListener("submit", (event) => {
    event.preventDefault();
    const text = $("composer-text").value;
    $("composer-text").value = "";
    page.drawHints();
    page.grow($("composer-text"));
    page.open.atEnd = true;
    page.send(text, "");
  });
  $("composer-text").addEventListener("input", () => { page.drawHints(); page.grow($("composer-text")); });
  $("composer-text").addEventListener("keydown", page.typing);
  $("composer-text").addEventListener("blur", () => { $("hints").hidden = true; });
  $("thread-composer").addEventListener("submit", (event) => {
    event.preventDefault();
    const text = $("thread-text").value;
    $("thread-text").value = "";
    page.send(text, page.open.thread);
  });
  $("thread-text").addEventListener("keydown", (event) => { if (event.key === "Enter" && !event.shiftKey) { event.preventDefault(); $("thread-composer").requestSubmit(); } });
  $("close-thread").addEventListener("click", () => { page.open.thread = ""; page.draw(); });
  page.wirePanels();
};

page.wirePanels = function () {
  const inspector = (shown) => {
    $("inspector").hidden = !shown;
    $("toggle-inspector").setAttribute("aria-expanded", String(shown));
    document.body.classList.remove("sidebar-open");
    page.refresh();
  };
  $("toggle-inspector").addEventListener("click", () => inspector($("inspector").hidden));
  $("close-inspector").addEventListener("click", () => inspector(false));
  $("open-sidebar").addEventListener("click", () => { document.body.classList.add("sidebar-open"); $("close-sidebar").focus(); });
  $("close-sidebar").addEventListener("click", () => document.body.classList.remove("sidebar-open"));
  $("toggle-theme").addEventListener("click", () => {
    const next = $("toggle-theme").getAttribute("aria-pressed") === "true" ? "light" : "dark";
    page.remember("theme", next);
    page.theme(next);
  });
  $("tab-home").addEventListener("click", () => { page.open.tab = "home"; page.draw(); page.control("home", { user: page.state.me }); });
  $("tab-messages").addEventListener("click", () => { page.open.tab = "messages"; page.draw(); });
  $("modal").addEventListener("cancel", (event) => { event.preventDefault(); page.closeView(page.state.modals.at(-1)); });
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") document.body.classList.remove("sidebar-open"); });
};

page.listen = function () {
  const stream = new EventSource("/changes");
  stream.onmessage = () => page.refresh();
  stream.onerror = () => { $("sockets").textContent = "sandbox stopped"; $("sockets").classList.add("off"); };
};

page.open.user = new URLSearchParams(location.search).get("user") || page.recall("user") || "ana";
page.theme(page.recall("theme"));
page.wire();
page.refresh().then(() => { page.listen(); $("composer-text").focus(); });
