"use strict";
// The markdown block: standard Markdown rather than mrkdwn.

page.markdown = function (text, context) {
  const box = page.node("div", { class: "markdown" });
  const lines = text.replace(/\r/g, "").split("\n");
  let at = 0;
  while (at < lines.length) at = page.markdownBlock(lines, at, box, context);
  return box;
};

page.markdownBlock = function (lines, at, box, context) {
  const line = lines[at];
  const heading = /^(#{1,6})\s+(.*?)\s*#*$/.exec(line);
  if (!line.trim()) return at + 1;
  if (/^```/.test(line)) return page.markdownFence(lines, at, box);
  if (heading) {
    box.append(page.node("h" + Math.min(6, heading[1].length + 2), {}, page.markdownInline(heading[2])));
    return at + 1;
  }
  if (/^\s*([-*_])(\s*\1){2,}\s*$/.test(line)) {
    box.append(page.node("hr"));
    return at + 1;
  }
  if (/^\|/.test(line) && /^\|?\s*:?-+/.test(lines[at + 1] || "")) return page.markdownTable(lines, at, box);
  if (/^>\s?/.test(line)) return page.markdownRun(lines, at, /^>\s?(.*)$/, (texts) => box.append(page.node("blockquote", {}, page.markdownLines(texts))));
  if (/^\s*[-*+]\s+/.test(line)) return page.markdownRun(lines, at, /^\s*[-*+]\s+(.*)$/, (texts) => box.append(page.markdownList("ul", texts)));
  if (/^\s*\d+[.)]\s+/.test(line)) return page.markdownRun(lines, at, /^\s*\d+[.)]\s+(.*)$/, (texts) => box.append(page.markdownList("ol", texts)));
  return page.markdownRun(lines, at, /^(?!#|>|\||```|\s*[-*+]\s|\s*\d+[.)]\s)(.*\S.*)$/, (texts) => box.append(page.node("p", {}, page.markdownLines(texts))));
};

page.markdownRun = function (lines, at, pattern, done) {
  const texts = [];
  let found;
  while (at < lines.length && (found = pattern.exec(lines[at]))) {
    texts.push(found[1]);
    at += 1;
  }
  if (!texts.length) texts.push(lines[at++]);
  done(texts);
  return at;
};

page.markdownFence = function (lines, at, box) {
  let end = at + 1;
  while (end < lines.length && !/^```/.test(lines[end])) end += 1;
  box.append(page.node("pre", {}, lines.slice(at + 1, end).join("\n")));
  return end + 1;
};

page.markdownTable = function (lines, at, box) {
  const cells = (line) => line.trim().replace(/^\||\|$/g, "").split("|").map((cell) => cell.trim());
  const head = page.node("tr", {}, cells(lines[at]).map((cell) => page.node("th", { scope: "col" }, page.markdownInline(cell))));
  const body = page.node("tbody");
  let end = at + 2;
  while (end < lines.length && /^\|/.test(lines[end])) {
    body.append(page.node("tr", {}, cells(lines[end]).map((cell) => page.node("td", {}, page.markdownInline(cell)))));
    end += 1;
  }
  box.append(page.node("div", { class: "table-wrap" }, page.node("table", { class: "table" }, page.node("thead", {}, head), body)));
  return end;
};

page.markdownList = (tag, texts) => page.node(tag, {}, texts.map((text) => page.node("li", {}, page.markdownInline(text))));
page.markdownLines = (texts) => texts.flatMap((text, place) => [place ? page.node("br") : "", ...page.markdownInline(text)]);

const MARKDOWN = [
  [/`([^`]+)`/, (found) => page.node("code", {}, found[1])],
  [/\[([^\]]+)\]\(([^)\s]+)\)/, (found) => page.link(found[2], found[1])],
  [/\*\*(.+?)\*\*|__(.+?)__/, (found) => page.node("strong", {}, page.markdownInline(found[1] || found[2]))],
  [/~~(.+?)~~/, (found) => page.node("s", {}, page.markdownInline(found[1]))],
  [/\*([^*\s][^*]*)\*|\b_([^_]+)_\b/, (found) => page.node("em", {}, page.markdownInline(found[1] || found[2]))],
];

page.markdownInline = function (text) {
  for (const [pattern, make] of MARKDOWN) {
    const found = pattern.exec(text);
    if (found) return [...page.markdownInline(text.slice(0, found.index)), make(found), ...page.markdownInline(text.slice(found.index + found[0].length))];
  }
  return text ? [page.withEmoji(text)] : [];
};
