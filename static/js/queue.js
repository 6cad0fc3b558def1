/* Selecting tickets in a list: <form data-queue> around the table and the bulk bar.
   [data-select-all], rows with <input type=checkbox name=ids>, [data-bulk] (shown while something is selected),
   [data-selected-text data-one="%n selected" data-many="%n selected"], [data-clear], [data-select-mode] (phones).
   The selection outlives swaps and "Show updates". */

const d = document;
const KEY = `selected:${location.pathname}`;
const form = () => d.querySelector("form[data-queue]");
const boxes = () => [...(form()?.querySelectorAll("input[type=checkbox][name=ids]") ?? [])];
let chosen = new Set(JSON.parse(sessionStorage.getItem(KEY) || "[]"));
let last = null;

function draw() {
  const all = boxes();
  for (const el of all) el.closest("tr, [data-row]")?.classList.toggle("sel", el.checked);
  const count = all.filter((el) => el.checked).length;
  const every = form()?.querySelector("[data-select-all]");
  if (every) { every.checked = count > 0 && count === all.length; every.indeterminate = count > 0 && count < all.length; }
  for (const bar of d.querySelectorAll("[data-bulk]")) bar.classList.toggle("on", count > 0);
  for (const el of d.querySelectorAll("[data-selected-text]")) {
    el.textContent = (count === 1 ? el.dataset.one : el.dataset.many).replace("%n", count);
  }
}

function remember() {
  chosen = new Set(boxes().filter((el) => el.checked).map((el) => el.value));
  sessionStorage.setItem(KEY, JSON.stringify([...chosen]));
  draw();
}

function restore() {
  for (const el of boxes()) el.checked ||= chosen.has(el.value);
  remember();
}

function clear() {
  for (const el of boxes()) el.checked = false;
  remember();
}

d.addEventListener("click", (e) => {
  const el = e.target;
  if (el.matches?.("input[type=checkbox][name=ids]")) {
    const all = boxes();
    if (e.shiftKey && last && all.includes(last)) {
      const [from, to] = [all.indexOf(last), all.indexOf(el)].sort((a, b) => a - b);
      for (const item of all.slice(from, to + 1)) item.checked = el.checked;
    }
    last = el;
    remember();
  } else if (el.matches?.("[data-select-all]")) {
    for (const item of boxes()) item.checked = el.checked;
    remember();
  } else if (el.closest?.("[data-clear]")) {
    clear();
  } else if (el.closest?.("[data-select-mode]")) {
    const on = form().classList.toggle("selecting");
    el.closest("[data-select-mode]").setAttribute("aria-pressed", String(on));
    if (!on) clear();
  }
});

d.addEventListener("keydown", (e) => {
  if (e.key === "Escape" && !e.defaultPrevented && !d.querySelector("dialog[open]") && chosen.size) clear();
});
d.addEventListener("submit", (e) => { if (e.target === form()) sessionStorage.removeItem(KEY); });
d.addEventListener("htmx:afterSettle", restore);
addEventListener("pageshow", restore);
restore();
