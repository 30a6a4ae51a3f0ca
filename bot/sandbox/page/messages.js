"use strict";
// One message as a row: who, when, what. Used by the live page and by saved transcripts alike.

page.avatar = function (message, context) {
  const user = context.users[message.user];
  if (message.bot_id || !user) return page.node("span", { class: "avatar bot", "aria-hidden": "true" }, page.nameOf(message, context).slice(0, 2).toLowerCase());
  const letters = user.real_name.split(/\s+/).map((word) => Array.from(word)[0]).slice(0, 2).join("").toUpperCase();
  const face = page.node("span", { class: "avatar", "aria-hidden": "true" }, letters);
  face.style.backgroundColor = "#" + user.color;
  return face;
};

page.nameOf = function (message, context) {
  const user = context.users[message.user];
  if (message.system) return "Slackbot";
  if (message.bot_id) return (message.bot_profile && message.bot_profile.name) || "App";
  return user ? user.real_name : message.user || "Someone";
};

page.clockTime = (ts, context) => new Intl.DateTimeFormat(context.locale, { timeZone: context.tz, hour: "numeric", minute: "2-digit" }).format(new Date(Number(ts) * 1000));

page.body = function (message, context) {
  const blocks = message.blocks && message.blocks.length ? page.blocks(message.blocks, context)
    : message.text ? [page.node("div", { class: "block" }, page.mrkdwn(message.text, context))] : [];
  const attached = (message.attachments || []).map((attachment) => page.attachment(attachment, context));
  return [blocks, attached, (message.files || []).map((file) => page.file(file, context)), page.reactions(message)];
};

page.attachment = function (attachment, context) {
  const inside = attachment.blocks ? page.blocks(attachment.blocks, context) : [
    attachment.title ? page.node("strong", {}, attachment.title) : null,
    attachment.text || attachment.fallback ? page.node("div", {}, page.mrkdwn(attachment.text || attachment.fallback, context)) : null];
  const made = page.node("div", { class: "attachment" }, inside);
  if (/^#?[0-9a-f]{6}$/i.test(attachment.color || "")) made.style.borderLeftColor = "#" + attachment.color.replace("#", "");
  return made;
};

page.file = function (file, context) {
  const source = context.picture(file.id);
  const caption = page.node("figcaption", {}, file.title || file.name);
  if (source && file.mimetype.startsWith("image/")) return page.node("figure", { class: "file" }, caption, page.picture({ slack_file: { id: file.id }, alt_text: file.alt_txt || file.title }, context, "picture-block"));
  const size = file.size > 1024 ? `${Math.round(file.size / 1024)} kB` : `${file.size} bytes`;
  const name = source ? page.node("a", { href: source, download: file.name }, file.name) : file.name;
  return page.node("div", { class: "file-card" }, page.icon("page"), page.node("span", {}, page.node("strong", {}, name), page.node("small", {}, size)));
};

page.reactions = (message) => (message.reactions && message.reactions.length
  ? page.node("div", { class: "reactions" }, message.reactions.map((one) => page.node("span", { class: "reaction" }, page.emoji(one.name), ` ${one.count}`))) : null);

page.message = function (message, context, { grouped = false, inThread = false } = {}) {
  const time = page.node("time", { class: "when", datetime: new Date(Number(message.ts) * 1000).toISOString() }, page.clockTime(message.ts, context));
  const head = grouped ? null : page.node("div", { class: "message-head" },
    page.node("strong", { class: "who" }, page.nameOf(message, context)),
    message.bot_id ? page.node("span", { class: "badge" }, "APP") : null,
    context.users[message.user] && context.users[message.user].is_stranger ? page.node("span", { class: "badge outside" }, "EXTERNAL") : null,
    time);
  const only = message.ephemeral_to ? page.node("p", { class: "only-you" }, page.icon("eye"), " Only visible to you") : null;
  const edited = message.edited && !message.bot_id ? page.node("span", { class: "edited" }, " (edited)") : null;
  const replies = message.reply_count && !inThread ? page.node("button", { type: "button", class: "replies", onclick: () => context.openThread && context.openThread(message) },
    `${message.reply_count} ${message.reply_count === 1 ? "reply" : "replies"}`) : null;
  const tools = context.openThread && !message.ephemeral_to && !inThread ? page.node("div", { class: "message-tools" },
    page.node("button", { type: "button", "aria-label": "Reply in thread", title: "Reply in thread", onclick: () => context.openThread(message) }, page.icon("talk"))) : null;
  const gutter = grouped ? page.node("div", { class: "gutter" }, time) : page.node("div", { class: "gutter" }, page.avatar(message, context));
  return page.node("article", { class: `message ${message.ephemeral_to ? "ephemeral" : ""} ${message.system ? "system" : ""} ${grouped ? "grouped" : ""}`, "data-ts": message.ts },
    only, page.node("div", { class: "message-row" }, gutter, page.node("div", { class: "message-main" }, head, page.node("div", { class: "message-body" }, page.body(message, context), edited), replies)), tools);
};

page.dayOf = function (ts, context) {
  const day = page.date(Number(ts), "{day_divider_pretty}", context);
  return day.charAt(0).toUpperCase() + day.slice(1);
};

page.belongsTogether = (before, after) => Boolean(before && after && !after.system && !before.system && before.user === after.user && before.ephemeral_to === after.ephemeral_to
  && Number(after.ts) - Number(before.ts) < 300);

page.inMain = (message) => !message.thread_ts || message.thread_ts === message.ts || message.subtype === "thread_broadcast" || Boolean(message.ephemeral_to);
