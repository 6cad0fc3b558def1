/* Shortcuts of one letter, made from the page: <a data-key="c">, <button data-key="g q"> (one after the other),
   <input data-key="/"> (takes focus). [data-key-label] names it on the sheet, else its own text.
   In [data-rows]: J and K move, X selects, Enter opens, with Shift the selection grows.
   They are silent in fields, with Ctrl, Alt or Meta, while an input method composes, under a dialog,
   and altogether on <html data-keys="off">. */

const d = document;
const { clone, words } = globalThis.hd;
let prefix = "";
let timer;

const shown = (el) => el.getClientRects().length > 0 || el.closest("details:not([open])");
const registry = () => [...d.querySelectorAll("[data-key]")].filter((el) => !el.closest("dialog") && shown(el));
const writes = (el) => el.isContentEditable || el.matches?.("textarea, select, input:not([type=checkbox], [type=radio], [type=submit], [type=button])");

function press(el) {
  if (el.matches("input, textarea, select")) { el.focus(); el.select?.(); } else el.click();
}

/* Rows */

const rows = () => [...d.querySelectorAll("[data-rows] tr.row, [data-rows] [data-row]")];
const mainLink = (row) => row.querySelector("[data-open]") ?? row.querySelector("a[href]");

function moveRow(step, select) {
  const all = rows();
  const now = all.findIndex((row) => row.contains(d.activeElement) || row.classList.contains("cur"));
  const next = all[Math.min(all.length - 1, Math.max(0, now + step))];
  if (!next) return;
  all.forEach((row) => row.classList.toggle("cur", row === next));
  mainLink(next)?.focus({ preventScroll: true });
  next.scrollIntoView({ block: "nearest" });
  const tick = next.querySelector("input[type=checkbox]");
  if (select && tick && !tick.checked) tick.click();
}

function rowKey(key, e) {
  if (!rows().length) return false;
  const current = rows().find((row) => row.classList.contains("cur"));
  if (key === "j" || key === "k") moveRow(key === "j" ? 1 : -1, e.shiftKey);
  else if (key === "x" && current) current.querySelector("input[type=checkbox]")?.click();
  else if (key === "enter" && current && e.target === d.body) mainLink(current)?.click();
  else return false;
  return true;
}

/* The sheet: exactly what works on this page */

function line(keys, label) {
  const item = d.createElement("li");
  item.append(Object.assign(d.createElement("span"), { textContent: label }));
  const group = d.createElement("span");
  keys.split(" ").forEach((key, at) => {
    if (at) group.append(keys.startsWith("Ctrl") || keys.startsWith("Shift") ? " + " : ` ${words("t-then")} `);
    group.append(Object.assign(d.createElement("kbd"), { textContent: key.length === 1 ? key.toUpperCase() : key }));
  });
  item.append(group);
  return item;
}

function labelOf(el) {
  if (el.dataset.keyLabel || el.getAttribute("aria-label")) return el.dataset.keyLabel || el.getAttribute("aria-label");
  const copy = el.cloneNode(true);
  copy.querySelectorAll("kbd, .n, .i").forEach((part) => part.remove());
  return copy.textContent.trim();
}

function openSheet() {
  const sheet = clone("t-keys");
  const list = sheet.querySelector("ul");
  for (const el of registry()) list.append(line(el.dataset.key, labelOf(el)));
  for (const el of clone("t-rowkeys").querySelectorAll("[data-k]")) {
    if (d.querySelector(el.dataset.when)) list.append(line(el.dataset.k, el.textContent));
  }
  d.getElementById("dialog-body").replaceChildren(sheet);
  d.getElementById("dialog").showModal();
}
d.addEventListener("click", (e) => { if (e.target.closest?.("[data-keysheet]")) openSheet(); });

d.addEventListener("keydown", (e) => {
  if (d.documentElement.dataset.keys === "off" || e.ctrlKey || e.altKey || e.metaKey) return;
  if (e.isComposing || e.keyCode === 229 || e.defaultPrevented || writes(e.target) || d.querySelector("dialog[open]")) return;
  const key = e.key.toLowerCase();
  if (key === "shift") return;
  const wanted = prefix ? `${prefix} ${key}` : key;
  prefix = "";
  clearTimeout(timer);
  const all = registry();
  const hit = all.find((el) => el.dataset.key === wanted);
  if (hit) { e.preventDefault(); press(hit); return; }
  if (all.some((el) => el.dataset.key.startsWith(`${wanted} `))) {
    prefix = wanted;
    timer = setTimeout(() => { prefix = ""; }, 1200);
    return;
  }
  if (rowKey(wanted, e)) e.preventDefault();
});
