/* The command palette: Ctrl/⌘ K or [data-palette] opens #palette. What can be done and where one can go is read off the page;
   everything else comes from its data-url, one request per pause in typing, and late answers are dropped. Enter waits for the
   answer to what stands in the field: what is shown until then belongs to what stood there before.
   A combobox over a listbox: the focus stays in the field, arrows move aria-activedescendant. */

const d = document;
const { words } = globalThis.hd;
const palette = d.getElementById("palette");
const field = d.getElementById("palette-q");
const list = d.getElementById("palette-list");
const said = d.getElementById("palette-said");
const PAUSE = 150;
const MOST = 6;
let asked = 0; // counts what was typed and looked for; whatever is older is dropped
let timer = 0;
let looking = null; // the look-up under way
let options = [];
let current = -1;

const plain = (text) => text.normalize("NFKC").toLowerCase().trim();

function nameOf(el) {
  if (el.dataset.keyLabel) return el.dataset.keyLabel;
  const copy = el.cloneNode(true);
  copy.querySelectorAll("kbd, .n, .i, .av").forEach((part) => part.remove());
  return copy.textContent.replace(/\s+/g, " ").trim() || el.getAttribute("aria-label") || "";
}

function fromPage(selector, wanted) {
  const seen = new Set();
  const found = [];
  for (const el of d.querySelectorAll(selector)) {
    const name = nameOf(el);
    if (!name || seen.has(name) || el.closest("dialog") || !plain(name).includes(wanted)) continue;
    seen.add(name);
    found.push({ title: [[name, false]], facts: "", act: () => el.click() });
    if (found.length === MOST) break;
  }
  return found;
}

/* The ticket's own acts, those for the selected rows, then what every page of the desk offers. */
const DO = ".hd .pri, .hd .r1 > .btn.sm:not(.back, .sq), .hd .menu .pop a, .hd .menu .pop button, .bulk.on button, .bulk.on a, header.top a.btn:not(.bell)";
const GO = ".rail a.nav:not([data-palette], :has(.av))";

function option(hit, number) {
  const item = d.createElement("div");
  item.role = "option";
  item.id = `palette-${number}`;
  item.className = "pal-o";
  const title = d.createElement("span");
  title.className = "clip";
  if (hit.number) title.append(`#${hit.number} `);
  for (const [text, isHit] of hit.title) title.append(isHit ? Object.assign(d.createElement("mark"), { textContent: text }) : text);
  item.append(title);
  if (hit.facts) item.append(Object.assign(d.createElement("span"), { className: "muted small clip", textContent: hit.facts }));
  item.addEventListener("mousedown", (e) => { e.preventDefault(); });
  item.addEventListener("click", () => choose(number));
  return item;
}

function show(groups) {
  list.replaceChildren();
  options = [];
  groups.forEach(({ label, hits }, at) => {
    if (!hits.length) return;
    const box = d.createElement("div");
    if (label) {
      box.role = "group";
      box.setAttribute("aria-labelledby", `palette-g${at}`);
      box.append(Object.assign(d.createElement("p"), { id: `palette-g${at}`, className: "cap", textContent: label }));
    } else box.role = "presentation";
    for (const hit of hits) {
      box.append(option(hit, options.length));
      options.push(hit);
    }
    list.append(box);
  });
  field.setAttribute("aria-expanded", String(options.length > 0));
  mark(options.length ? 0 : -1);
}

function tell(template) { said.textContent = template ? words(template) : ""; }

function mark(number) {
  current = number;
  list.querySelectorAll("[role=option]").forEach((item, at) => {
    item.setAttribute("aria-selected", String(at === number));
    if (at === number) item.scrollIntoView({ block: "nearest" });
  });
  if (number < 0) field.removeAttribute("aria-activedescendant");
  else field.setAttribute("aria-activedescendant", `palette-${number}`);
}

function choose(number) {
  const hit = options[number];
  if (!hit) return;
  palette.close();
  if (hit.act) hit.act(); else location.assign(hit.url);
}

function ofPage(text) {
  if (text.startsWith("#")) return [];
  return [{ label: words("t-pal-do"), hits: fromPage(DO, text) }, { label: words("t-pal-go"), hits: fromPage(GO, text) }];
}

/* True once the list shows what the field asks for. */
async function look() {
  const typed = field.value.trim();
  const mine = ++asked;
  const own = ofPage(plain(typed));
  if (!typed) { tell(""); show(own); return true; }
  const everywhere = (url) => ({ label: "", hits: [{ title: [[words("t-pal-all"), false]], facts: typed, url }] });
  try {
    const answer = await fetch(`${palette.dataset.url}?q=${encodeURIComponent(typed)}`, { credentials: "same-origin", headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error(answer.status);
    const { groups, all } = await answer.json();
    if (mine !== asked) return false;
    const found = [...own, ...groups];
    tell(found.some(({ hits }) => hits.length) ? "" : "t-pal-none");
    show([...found, everywhere(all)]);
    return true;
  } catch {
    if (mine !== asked) return false;
    tell("t-pal-failed");
    show([...own, everywhere(`${palette.dataset.all}?q=${encodeURIComponent(typed)}`)]);
    return false;
  }
}

function start() {
  clearTimeout(timer);
  timer = 0;
  const mine = look();
  looking = mine;
  mine.then(() => { if (looking === mine) looking = null; });
}

function drop() {
  clearTimeout(timer);
  timer = 0;
  asked += 1;
}

function typing() {
  drop();
  timer = setTimeout(start, PAUSE);
}

async function enter() {
  if (timer) start();
  const mine = asked;
  if (looking && !await looking) return;
  if (mine === asked && palette.open) choose(current);
}

function open() {
  if (d.querySelector("dialog[open]")) return;
  field.value = "";
  palette.showModal();
  field.focus();
  start();
}

if (palette) {
  field.addEventListener("input", (e) => { if (!e.isComposing) typing(); });
  field.addEventListener("compositionstart", drop);
  field.addEventListener("compositionend", typing);
  field.addEventListener("keydown", (e) => {
    if (e.isComposing || e.keyCode === 229) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[e.key];
    if (step && options.length) {
      e.preventDefault();
      mark((current + step + options.length) % options.length);
    } else if (e.key === "Enter") {
      e.preventDefault();
      enter();
    }
  });
  palette.addEventListener("close", drop);
  palette.addEventListener("click", (e) => { if (e.target === palette || e.target.closest("[data-palette-close]")) palette.close(); });
  d.addEventListener("keydown", (e) => {
    if (e.key.toLowerCase() !== "k" || !(e.ctrlKey || e.metaKey) || e.altKey || e.shiftKey || e.isComposing) return;
    e.preventDefault();
    if (palette.open) palette.close(); else open();
  });
  d.addEventListener("click", (e) => {
    if (!e.target.closest?.("[data-palette]") || e.button || e.ctrlKey || e.metaKey || e.shiftKey) return;
    e.preventDefault();
    open();
  });
}
