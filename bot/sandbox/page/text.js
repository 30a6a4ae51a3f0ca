"use strict";
// Text as Slack shows it. Everything becomes text nodes and elements; nothing is ever parsed as HTML.

const page = {};

page.node = function (tag, attributes, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (name === "class") made.className = value;
    else made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== ""));
  return made;
};

page.ICONS = {
  eye: "M10 4.5C5.5 4.5 2.3 8 1.2 10c1.1 2 4.3 5.5 8.8 5.5s7.7-3.5 8.8-5.500C17.7 8 14.5 4.5 10 4.500zm0 9a3.5 3.5 0 1 1 0-7 3.5 3.5 0 0 1 0 7zm0-1.800a1.7 1.7 0 1 0 0-3.4 1.7 1.7 0 0 0 0 3.400z",
  lock: "M5.5 8V6.500a4.5 4.5 0 0 1 9 0V8H15a1.5 1.5 0 0 1 1.5 1.500v6A1.5 1.5 0 0 1 15 17H5a1.5 1.5 0 0 1-1.5-1.500v-6A1.5 1.5 0 0 1 5 8zm1.8 0h5.400V6.500a2.7 2.7 0 0 0-5.4 0z",
  talk: "M3 3.500h14a1.5 1.5 0 0 1 1.5 1.500v8a1.5 1.5 0 0 1-1.5 1.500H9l-4 3v-3H3A1.5 1.5 0 0 1 1.5 13V5A1.5 1.5 0 0 1 3 3.500zm.3 1.800v7.400h3.500v1.500l2-1.500h7.900V5.300z",
  page: "M5 2h7l4 4v11a1 1 0 0 1-1 1H5a1 1 0 0 1-1-1V3a1 1 0 0 1 1-1zm.800 1.800v12.400h8.400V7H11V3.800z",
  app: "M4 3h12a1 1 0 0 1 1 1v12a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1V4a1 1 0 0 1 1-1zm2.5 8.500v3h1.800v-3zm2.7-6v9H11v-9zm2.7 3.500v5.500h1.800V9z",
};

page.icon = function (name) {
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", page.ICONS[name]);
  path.setAttribute("fill-rule", "evenodd");
  const made = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  for (const [key, value] of Object.entries({ viewBox: "0 0 20 20", class: "icon", "aria-hidden": "true", fill: "currentColor" })) made.setAttribute(key, value);
  made.append(path);
  return made;
};

page.EMOJI = {
  "+1": "👍", "-1": "👎", "100": "💯", alarm_clock: "⏰", angry: "😠", arrow_down: "⬇️", arrow_down_small: "🔽", arrow_lower_right: "↘️",
  arrow_right: "➡️", arrow_up: "⬆️", arrow_up_small: "🔼", arrow_upper_right: "↗️", arrows_counterclockwise: "🔄", bar_chart: "📊",
  bell: "🔔", black_circle: "⚫", blue_heart: "💙", blush: "😊", bookmark: "🔖", books: "📚", boom: "💥", bug: "🐛", bulb: "💡", calendar: "📅",
  chart_with_downwards_trend: "📉", chart_with_upwards_trend: "📈", clap: "👏", clipboard: "📋", clock1: "🕐", clock9: "🕘",
  confused: "😕", cry: "😢", disappointed: "😞", door: "🚪", email: "📧", envelope: "✉️", exclamation: "❗", eyes: "👀", file_folder: "📁",
  fire: "🔥", first_place_medal: "🥇", flag: "🏳️", gear: "⚙️", green_heart: "💚", grin: "😁", grinning: "😀", hand: "✋", handshake: "🤝",
  heart: "❤️", heavy_check_mark: "✔️", heavy_minus_sign: "➖", heavy_plus_sign: "➕", hourglass: "⌛", hourglass_flowing_sand: "⏳",
  inbox_tray: "📥", information_source: "ℹ️", key: "🔑", large_blue_circle: "🔵", large_green_circle: "🟢", large_orange_circle: "🟠",
  large_yellow_circle: "🟡", link: "🔗", lock: "🔒", mag: "🔍", mailbox: "📫", mega: "📣", memo: "📝", moneybag: "💰", muscle: "💪",
  neutral_face: "😐", new: "🆕", no_bell: "🔕", no_entry: "⛔", no_entry_sign: "🚫", ok: "🆗", ok_hand: "👌", outbox_tray: "📤",
  package: "📦", page_facing_up: "📄", paperclip: "📎", party_popper: "🎉", pencil: "✏️", pencil2: "✏️", point_down: "👇", point_right: "👉",
  pray: "🙏", pushpin: "📌", question: "❓", rage: "😡", raised_hands: "🙌", red_circle: "🔴", repeat: "🔁", robot_face: "🤖", rocket: "🚀",
  rotating_light: "🚨", scroll: "📜", second_place_medal: "🥈", seedling: "🌱", slightly_frowning_face: "🙁", slightly_smiling_face: "🙂",
  small_blue_diamond: "🔹", small_orange_diamond: "🔸", small_red_triangle: "🔺", small_red_triangle_down: "🔻", smile: "😄", smiley: "😃",
  sos: "🆘", sparkles: "✨", speech_balloon: "💬", star: "⭐", star2: "🌟", stopwatch: "⏱️", sunny: "☀️", tada: "🎉", target: "🎯", dart: "🎯",
  third_place_medal: "🥉", thinking_face: "🤔", thumbsdown: "👎", thumbsup: "👍", ticket: "🎫", timer_clock: "⏲️", trophy: "🏆",
  unlock: "🔓", warning: "⚠️", wastebasket: "🗑️", wave: "👋", white_check_mark: "✅", white_circle: "⚪", wrench: "🔧", x: "❌",
  yellow_heart: "💛", zap: "⚡", zzz: "💤", one: "1️⃣", two: "2️⃣", three: "3️⃣", four: "4️⃣", five: "5️⃣",
};

page.emoji = function (name, unicode) {
  if (unicode) return String.fromCodePoint(...unicode.split("-").map((part) => parseInt(part, 16)));
  return page.shortcode(name.split("::")[0]);
};

// Whether this machine has a glyph: one it lacks is drawn like one that does not exist, and then the shortcode says more.
page.glyphs = {};

page.hasGlyph = function (emoji) {
  if (page.DOTS[emoji]) return true;
  const draw = function (text) {
    const canvas = page.node("canvas", { width: 24, height: 24 });
    const brush = canvas.getContext("2d");
    brush.font = "18px sans-serif";
    brush.fillText(text, 0, 18);
    return canvas.toDataURL();
  };
  page.glyphs.none ||= draw("\u{1FFFD}");
  page.glyphs[emoji] ??= draw(Array.from(emoji)[0]) !== page.glyphs.none;
  return page.glyphs[emoji];
};

page.shortcode = function (name) {
  const emoji = page.EMOJI[name.toLowerCase()];
  return emoji && page.hasGlyph(emoji) ? emoji : `:${name}:`;
};

page.withEmoji = (text) => text.replace(/:([a-z0-9_+-]+):/gi, (whole, name) => page.shortcode(name));

page.unescape = (text) => text.replace(/&lt;/g, "<").replace(/&gt;/g, ">").replace(/&amp;/g, "&");

page.safeUrl = (url) => (/^(https?:|mailto:)/i.test(url) ? url : null);

page.link = function (url, shown) {
  const safe = page.safeUrl(url);
  if (!safe) return document.createTextNode(typeof shown === "string" ? shown : url);
  return page.node("a", { href: safe, target: "_blank", rel: "noopener noreferrer" }, shown || url);
};

page.plain = (object) => page.withEmoji((object && object.text) || "");

page.textObject = function (object, context) {
  if (!object) return null;
  if (object.type === "mrkdwn") return page.mrkdwn(object.text, context);
  return page.node("span", { class: "plain" }, page.lines(page.withEmoji(object.text)));
};

// Status dots are drawn, since they carry meaning and not every machine has the glyphs.
page.DOTS = { "🔴": "red", "🟠": "orange", "🟡": "yellow", "🟢": "green", "🔵": "blue", "⚪": "white", "⚫": "black" };

page.dots = (line) => line.split(/([🔴🟠🟡🟢🔵⚪⚫])/u).filter(Boolean).map((part) =>
  (page.DOTS[part] ? page.node("span", { class: `status-dot ${page.DOTS[part]}`, role: "img", "aria-label": `${page.DOTS[part]} circle` }) : part));

page.lines = (text) => text.split("\n").flatMap((line, place) => (place ? [page.node("br"), ...page.dots(line)] : page.dots(line)));

page.mention = function (id, context, shown) {
  const user = context.users[id];
  const self = id === context.me ? " me" : "";
  return page.node("span", { class: "mention" + self }, "@" + ((user && (user.profile.display_name || user.name)) || shown || id));
};

page.channelLink = function (id, context, shown) {
  const channel = context.channels[id];
  const name = (channel && channel.name) || shown || id;
  return page.node("span", { class: "mention" }, "#" + name);
};

// Slack's own date formats, in the reader's zone and language.
page.date = function (epoch, format, context) {
  const at = new Date(epoch * 1000);
  const say = (options) => new Intl.DateTimeFormat(context.locale, { timeZone: context.tz, ...options }).format(at);
  const day = (when) => new Intl.DateTimeFormat("en-CA", { timeZone: context.tz }).format(when);
  const offset = Math.round((Date.parse(day(at)) - Date.parse(day(new Date(context.now * 1000)))) / 86400000);
  const near = { "-1": "yesterday", 0: "today", 1: "tomorrow" }[offset];
  const short = { month: "short", day: "numeric", year: "numeric" };
  const long = { weekday: "long", month: "long", day: "numeric", year: "numeric" };
  const middle = { month: "long", day: "numeric", year: "numeric" };
  const forms = {
    date_num: () => day(at), date_slash: () => day(at).replace(/-/g, "/"), date: () => say(middle), date_short: () => say(short), date_long: () => say(long),
    date_pretty: () => near || say(middle), date_short_pretty: () => near || say(short), date_long_pretty: () => near || say(long),
    day_divider_pretty: () => near || say({ weekday: "long", month: "long", day: "numeric" }),
    time: () => say({ hour: "numeric", minute: "2-digit" }), time_secs: () => say({ hour: "numeric", minute: "2-digit", second: "2-digit" }),
    ago: () => page.ago(context.now - epoch),
  };
  return format.replace(/\{(\w+)\}/g, (whole, name) => (forms[name] ? forms[name]() : whole));
};

page.ago = function (seconds) {
  const steps = [[86400, "day"], [3600, "hour"], [60, "minute"]];
  for (const [size, word] of steps) {
    const count = Math.floor(seconds / size);
    if (count >= 1) return `${count} ${word}${count === 1 ? "" : "s"} ago`;
  }
  return "just now";
};

// One `<...>` sequence of mrkdwn.
page.sequence = function (inside, context) {
  const bar = inside.indexOf("|");
  const head = bar < 0 ? inside : inside.slice(0, bar);
  const shown = bar < 0 ? "" : page.unescape(inside.slice(bar + 1));
  if (head.startsWith("@")) return page.mention(head.slice(1), context, shown);
  if (head.startsWith("#")) return page.channelLink(head.slice(1), context, shown);
  if (head.startsWith("!date^")) {
    const [, epoch, format, url] = head.split("^");
    const text = page.date(Number(epoch), page.unescape(format || ""), context);
    const time = page.node("time", { datetime: new Date(Number(epoch) * 1000).toISOString(), title: shown }, text);
    return url ? page.link(page.unescape(url), time) : time;
  }
  if (head.startsWith("!subteam^")) return page.node("span", { class: "mention" }, shown || "@group");
  if (head.startsWith("!")) return page.node("span", { class: "mention broadcast" }, "@" + head.slice(1));
  return page.link(page.unescape(head), shown || page.unescape(head).replace(/^mailto:/, ""));
};

const ATOM = "\uE000";
const STYLES = [["*", "strong"], ["_", "em"], ["~", "s"]];

// Bold, italic and strike may nest; code and `<...>` were taken out before and stand as atoms.
page.styled = function (text, atoms) {
  for (const [mark, tag] of STYLES) {
    const escaped = mark === "*" ? "\\*" : mark;
    const pattern = new RegExp(`(^|[\\s\\p{P}\\p{S}${ATOM}])${escaped}(?!\\s)([^\\n${escaped}]+?)(?<!\\s)${escaped}(?=$|[\\s\\p{P}\\p{S}${ATOM}])`, "u");
    const found = pattern.exec(text);
    if (found) {
      const start = found.index + found[1].length;
      const end = found.index + found[0].length;
      return [...page.styled(text.slice(0, start), atoms), page.node(tag, {}, page.styled(found[2], atoms)), ...page.styled(text.slice(end), atoms)];
    }
  }
  return text.split(new RegExp(`${ATOM}(\\d+)${ATOM}`)).flatMap((part, place) =>
    place % 2 ? [atoms[Number(part)]] : page.lines(page.withEmoji(page.unescape(part))));
};

page.inline = function (text, context) {
  const atoms = [];
  const keep = (made) => ATOM + (atoms.push(made) - 1) + ATOM;
  const cut = text.replaceAll(ATOM, "")
    .replace(/```\n?([\s\S]+?)\n?```\n?/g, (whole, code) => keep(page.node("pre", {}, page.unescape(code))))
    .replace(/`([^`\n]+)`/g, (whole, code) => keep(page.node("code", {}, page.unescape(code))))
    .replace(/<([^<>\n]+)>/g, (whole, inside) => keep(page.sequence(inside, context)));
  return page.styled(cut, atoms);
};

page.mrkdwn = function (text, context) {
  const parts = [];
  let quoted = [];
  let said = [];
  const flush = () => {
    if (quoted.length) parts.push(page.node("blockquote", {}, page.inline(quoted.join("\n"), context)));
    if (said.length) parts.push(page.node("span", {}, page.inline(said.join("\n"), context)));
    quoted = [];
    said = [];
  };
  for (const line of (text || "").split("\n")) {
    const quote = /^(?:&gt;|>) ?(.*)$/.exec(line);
    if (quote ? said.length : quoted.length) flush();
    (quote ? quoted : said).push(quote ? quote[1] : line);
  }
  flush();
  return page.node("span", { class: "mrkdwn" }, parts);
};

page.richText = (block, context) => page.node("div", { class: "rich" }, block.elements.map((part) => page.richPart(part, context)));

page.richPart = function (part, context) {
  const inside = () => (part.elements || []).map((one) => page.richElement(one, context));
  if (part.type === "rich_text_list") {
    const items = part.elements.map((item) => page.node("li", {}, page.richPart(item, context)));
    const list = page.node(part.style === "ordered" ? "ol" : "ul", { start: (part.offset || 0) + 1 }, items);
    list.style.marginLeft = `${(part.indent || 0) * 24}px`;
    return list;
  }
  if (part.type === "rich_text_quote") return page.node("blockquote", {}, inside());
  if (part.type === "rich_text_preformatted") return page.node("pre", {}, inside());
  return page.node("span", { class: "rich-line" }, inside());
};

page.richElement = function (element, context) {
  const makers = {
    text: () => page.lines(element.text),
    link: () => page.link(element.url, element.text || element.url),
    user: () => page.mention(element.user_id, context),
    channel: () => page.channelLink(element.channel_id, context),
    emoji: () => page.emoji(element.name, element.unicode),
    broadcast: () => page.node("span", { class: "mention broadcast" }, "@" + element.range),
    usergroup: () => page.node("span", { class: "mention" }, "@group"),
    date: () => page.date(element.timestamp, element.format, context),
    color: () => element.value,
  };
  let made = [makers[element.type] ? makers[element.type]() : ""].flat();
  const style = element.style || {};
  for (const [name, tag] of [["code", "code"], ["bold", "strong"], ["italic", "em"], ["strike", "s"], ["underline", "u"]]) {
    if (style[name]) made = [page.node(tag, {}, made)];
  }
  return made;
};
