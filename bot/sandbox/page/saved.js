"use strict";
// A saved transcript: the same rendering, from data in the page itself. Nothing can be pressed.

page.savedContext = function (saved) {
  const reader = saved.users.find((user) => !user.is_bot) || { id: "", tz: "UTC", locale: "en-US" };
  return {
    users: Object.fromEntries(saved.users.map((user) => [user.id, user])), channels: Object.fromEntries(saved.channels.map((channel) => [channel.id, channel])),
    me: "", now: saved.now, tz: saved.tz || reader.tz, locale: saved.locale || "en-US", picture: (id) => saved.pictures[id] || null,
    keep: () => undefined, kept: () => undefined, act: null, suggest: async () => [],
  };
};

page.savedTitle = function (channel, context, id) {
  if (!channel) return id;
  if (!channel.is_im) return "# " + channel.name;
  const peer = context.users[channel.user];
  return "Direct message with " + (peer ? peer.real_name : channel.user);
};

page.savedChannel = function (id, messages, context) {
  let before = null;
  const rows = [];
  for (const message of messages) {
    const day = page.dayOf(message.ts, context);
    const newDay = !before || page.dayOf(before.ts, context) !== day;
    if (newDay) rows.push(page.node("div", { class: "day" }, page.node("span", {}, day)));
    const row = page.message(message, context, { grouped: !newDay && page.belongsTogether(before, message), inThread: true });
    if (!page.inMain(message)) row.classList.add("saved-reply");
    const only = message.ephemeral_to && context.users[message.ephemeral_to];
    if (only) row.querySelector(".only-you").lastChild.textContent = ` Only visible to ${only.real_name}`;
    rows.push(row);
    before = message;
  }
  return page.node("section", { class: "saved-room" }, page.node("h2", { class: "room-head" }, page.savedTitle(context.channels[id], context, id)), rows);
};

page.drawSaved = function (saved) {
  const context = page.savedContext(saved);
  const byChannel = Map.groupBy ? Map.groupBy(saved.messages, (one) => one.channel) : page.groupByChannel(saved.messages);
  document.title = saved.title;
  document.getElementById("saved").append(
    page.node("header", { class: "saved-head" }, page.node("h1", {}, saved.title), page.node("p", {}, "Messages as Slack would show them. Buttons do nothing in a saved page.")),
    ...[...byChannel].map(([id, messages]) => page.savedChannel(id, messages, context)));
};

page.groupByChannel = function (messages) {
  const found = new Map();
  for (const message of messages) found.set(message.channel, [...(found.get(message.channel) || []), message]);
  return found;
};

page.drawSaved(JSON.parse(document.getElementById("data").textContent));
