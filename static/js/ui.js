/* The manners of every page. All words come from templates/includes/_js_texts.html or from the page.

   ui:input   on search boxes: debounced (data-delay, ms), silent while an input method composes, from 2 Latin or 1 Han characters
   ui:poll    on [data-poll="20"] (seconds): only while the page is visible and online, slower after failures
   [data-focus] takes focus on load and after a swap; [data-autosubmit] sends its form on change
   a[data-dialog] opens its page (the part marked [data-dialog-content]) in the dialog, also instead of what is there; [data-close] closes. A plain form in it
              is sent in the background: 422 and 409 are shown, a redirect reloads the page, HX-Redirect leads elsewhere.
   [data-keep] a form whose text survives the language switch; [data-pane] phone tabs of .cols[data-panes]
   HX-Trigger: "toast" {"value": text}, "dialog:close" */

const d = document;
const root = d.documentElement;
const body = d.body;
const dialog = d.getElementById("dialog");
const box = d.getElementById("dialog-body");
root.classList.add("js");

const clone = (id) => d.getElementById(id)?.content.cloneNode(true);
const words = (id) => d.getElementById(id)?.content.textContent.trim() ?? "";

function send(url, { method = "POST", data, keepalive = false } = {}) {
  const headers = { ...JSON.parse(body.getAttribute("hx-headers") || "{}"), "HX-Request": "true" };
  return fetch(url, { method, body: data, headers, keepalive, credentials: "same-origin", redirect: "manual" });
}

function say(text) {
  const live = d.getElementById("live");
  if (!live) return;
  live.textContent = "";
  setTimeout(() => { live.textContent = text; }, 60);
}

function toast(id, text) {
  const part = clone(id);
  if (!part) return;
  if (text) part.querySelector("p").textContent = text;
  d.getElementById("toasts")?.append(part);
}

/* Other modules can't import this one: the static storage renames files. */
globalThis.hd = { clone, words, send, say, toast };

/* ui:input */

const waiting = new WeakMap();
function typed(field) {
  if (!(field instanceof HTMLInputElement || field instanceof HTMLTextAreaElement)) return;
  clearTimeout(waiting.get(field));
  waiting.set(field, setTimeout(() => {
    const value = field.value.trim();
    if (value && value.length < 2 && !/\p{Script=Han}/u.test(value)) return;
    field.dispatchEvent(new CustomEvent("ui:input", { bubbles: true }));
  }, Number(field.dataset.delay || 300)));
}
d.addEventListener("input", (e) => { if (!e.isComposing) typed(e.target); });
d.addEventListener("compositionstart", (e) => clearTimeout(waiting.get(e.target)));
d.addEventListener("compositionend", (e) => typed(e.target));

/* ui:poll */

const polls = new WeakMap();
function tickPolls(now) {
  if (d.hidden || !navigator.onLine) return;
  for (const el of d.querySelectorAll("[data-poll]")) {
    const every = Math.max(5, Number(el.dataset.poll) || 20) * 1000;
    const state = polls.get(el) ?? { due: now + every, slow: 1 };
    if (!polls.has(el)) polls.set(el, state);
    if (now < state.due || !el.parentElement.checkVisibility()) continue;
    state.due = now + every * state.slow;
    el.dispatchEvent(new CustomEvent("ui:poll"));
  }
}
d.addEventListener("htmx:afterRequest", (e) => {
  const state = polls.get(e.detail.elt);
  if (state) state.slow = e.detail.successful ? 1 : Math.min(8, state.slow * 2);
});
d.addEventListener("visibilitychange", () => {
  if (d.hidden) return;
  for (const el of d.querySelectorAll("[data-poll]")) {
    const state = polls.get(el);
    if (state) state.due = Math.min(state.due, Date.now() + 1000 * state.slow);
  }
});

/* Toasts */

const ages = new WeakMap();
function tickToasts() {
  for (const el of d.querySelectorAll("[data-toast]")) {
    const age = ages.get(el) ?? 0;
    if (age === 0) say(el.querySelector("p").textContent);
    if (el.matches(":hover, :focus-within")) continue;
    ages.set(el, age + 1);
    if (age >= 8 && !("stay" in el.dataset)) el.remove();
  }
}
setInterval(() => { tickPolls(Date.now()); tickToasts(); }, 1000);
body.addEventListener("toast", (e) => toast("t-toast", e.detail.value));

for (const [name, id] of [["htmx:responseError", "t-failed"], ["htmx:sendError", "t-offline"]]) {
  d.addEventListener(name, (e) => { if (!e.detail.elt.hasAttribute("data-poll")) toast(id); });
}

/* Focus */

function moveFocus(part) {
  const el = part?.matches?.("[data-focus]") ? part : part?.querySelector?.("[data-focus]");
  el?.focus();
  return Boolean(el);
}
d.addEventListener("htmx:afterSettle", (e) => moveFocus(e.detail.elt));
moveFocus(body);

/* Dialog */

let dirty = false;

async function fill(response, url, isPost) {
  const to = response.headers.get("HX-Redirect");
  if (to) { location.assign(to); return false; }
  if (response.type === "opaqueredirect" || response.headers.get("HX-Refresh")) {
    if (isPost) location.reload(); else location.assign(url);
    return false;
  }
  if (!response.ok && ![400, 409, 422].includes(response.status)) {
    if (isPost) toast("t-failed"); else location.assign(url);
    return false;
  }
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  box.replaceChildren(d.adoptNode(page.querySelector("[data-dialog-content]") ?? page.getElementById("main") ?? page.body));
  globalThis.htmx?.process(box);
  if (!dialog.open) dialog.showModal();
  if (!moveFocus(box)) box.querySelector("[autofocus], input:not([type=hidden]), select, textarea, button.pri")?.focus();
  return true;
}

async function openDialog(url) {
  try {
    await fill(await send(url, { method: "GET" }), url, false);
    dirty = false;
  } catch { location.assign(url); }
}

const mayLeave = () => !dirty || confirm(words("t-leave"));
function closeDialog() { dirty = false; dialog.close(); }

dialog?.addEventListener("input", () => { dirty = true; });
dialog?.addEventListener("cancel", (e) => { if (!mayLeave()) e.preventDefault(); });
dialog?.addEventListener("close", () => { dirty = false; box.replaceChildren(); });
body.addEventListener("dialog:close", () => dialog?.open && closeDialog());

dialog?.addEventListener("submit", async (e) => {
  const form = e.target;
  if (form.method !== "post" || form.matches("[hx-post], [data-hx-post]")) return;
  e.preventDefault();
  if (form.dataset.sending) return;
  form.dataset.sending = "1";
  try {
    const url = e.submitter?.getAttribute("formaction") || form.getAttribute("action") || location.href;
    await fill(await send(url, { data: new FormData(form, e.submitter) }), url, true);
  } catch { toast("t-offline"); }
  delete form.dataset.sending;
});

/* Clicks, changes, sends */

d.addEventListener("click", (e) => {
  const at = (selector) => e.target.closest?.(selector);
  const plain = e.button === 0 && !e.ctrlKey && !e.metaKey && !e.shiftKey && !e.altKey;
  for (const menu of d.querySelectorAll("details[data-menu][open]")) if (!menu.contains(e.target)) menu.open = false;
  const opener = at("a[data-dialog]");
  if (opener && plain && dialog) {
    e.preventDefault();
    at("details[data-menu]")?.removeAttribute("open");
    if (!dialog.open || mayLeave()) openDialog(opener.href);
  } else if (at("[data-close]") && dialog?.open) {
    e.preventDefault();
    if (mayLeave()) closeDialog();
  } else if (at("[data-toast-close]")) {
    at("[data-toast]").remove();
  } else if (at("[data-show-password]")) {
    const button = at("[data-show-password]");
    const field = d.getElementById(button.getAttribute("aria-controls"));
    const show = field.type === "password";
    field.type = show ? "text" : "password";
    button.setAttribute("aria-pressed", String(show));
  } else if (at("[data-pane]")) {
    e.preventDefault();
    for (const tab of d.querySelectorAll("[data-pane]")) {
      const on = tab === at("[data-pane]");
      if (on) tab.setAttribute("aria-current", "true"); else tab.removeAttribute("aria-current");
      d.getElementById(tab.dataset.pane)?.classList.toggle("on", on);
    }
  }
});

d.addEventListener("keydown", (e) => {
  if (e.key !== "Escape") return;
  const menu = e.target.closest?.("details[data-menu][open]");
  if (menu) { menu.open = false; menu.querySelector("summary").focus(); }
});

d.addEventListener("change", (e) => {
  if (e.target.matches?.("[data-autosubmit]")) e.target.form?.requestSubmit();
});

/* A second click while the first is under way sends nothing. */
d.addEventListener("submit", async (e) => {
  const form = e.target;
  if (e.defaultPrevented || form.method !== "post" || form.matches("[hx-post], [data-hx-post]")) return;
  if (form.matches(".themes")) {
    e.preventDefault();
    const { value } = e.submitter;
    root.dataset.theme = value;
    for (const button of form.querySelectorAll("button")) button.setAttribute("aria-pressed", String(button.value === value));
    send(form.action, { data: new FormData(form, e.submitter) }).catch(() => toast("t-offline"));
    return;
  }
  if (form.matches("[data-language]")) keepTyped();
  if (form.dataset.sending) { e.preventDefault(); return; }
  form.dataset.sending = "1";
  e.submitter?.setAttribute("aria-disabled", "true");
});
addEventListener("pageshow", (e) => {
  if (!e.persisted) return;
  for (const form of d.querySelectorAll("[data-sending]")) delete form.dataset.sending;
  for (const button of d.querySelectorAll("[type=submit][aria-disabled]")) button.removeAttribute("aria-disabled");
});

/* What is typed survives the language switch */

const keepKey = `keep:${location.pathname}`;
const keepable = () => [...d.querySelectorAll("form[data-keep]")].flatMap((form) => [...form.elements])
  .filter((el) => el.name && !["hidden", "password", "file", "submit", "button"].includes(el.type));
function keepTyped() {
  sessionStorage.setItem(keepKey, JSON.stringify(keepable().map((el) => [el.name, el.value, Boolean(el.checked)])));
}
const kept = sessionStorage.getItem(keepKey);
if (kept) {
  sessionStorage.removeItem(keepKey);
  for (const [name, value, checked] of JSON.parse(kept)) {
    for (const el of keepable().filter((item) => item.name === name)) {
      if (el.type === "checkbox" || el.type === "radio") { if (el.value === value) el.checked = checked; } else el.value = value;
    }
  }
}
